//! `GetLogEvents`, whose token repeats at the end of a stream, and `FilterLogEvents`.

use serde_json::{Value, json};

use super::operations::{bad_token, group, limit, page, text};
use super::pattern::Pattern;
use super::store::{Event, Logs};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// Events a call.
const LARGEST: usize = 10_000;

/// Answers `GetLogEvents`: from the start of the stream with `startFromHead`, its last events without. The tokens are
/// places between events, so that the forward one stays the same as long as nothing new is written.
pub fn get(logs: &Logs, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let (_, group) = group(logs, body)?;
    let stream = group.streams.get(text(body, "logStreamName").unwrap_or_default());
    let missing = || AwsError::new("ResourceNotFoundException", "The specified log stream does not exist.");
    let within = within(body);
    // a stream that gets its first event later is there from the container's start
    let seen: Vec<&Event> = stream.ok_or_else(missing)?.seen(now).iter().filter(|event| within(event)).collect();
    let limit = limit(body, LARGEST)?;
    let from_head = body.get("startFromHead").and_then(Value::as_bool) == Some(true);
    let (first, end) = match text(body, "nextToken") {
        None if from_head => (0, limit.min(seen.len())),
        None => (seen.len().saturating_sub(limit), seen.len()),
        Some(token) => {
            let (forward, place) = place(token).ok_or_else(bad_token)?;
            let place = place.min(seen.len());
            if forward {
                (place, place.saturating_add(limit).min(seen.len()))
            } else {
                (place.saturating_sub(limit), place)
            }
        }
    };
    let events: Vec<Value> = seen.get(first..end).unwrap_or_default().iter().map(|event| shown(event)).collect();
    Ok(json!({
        "events": events,
        "nextForwardToken": format!("f/{end:056}/s"),
        "nextBackwardToken": format!("b/{first:056}/s"),
    }))
}

/// Answers `FilterLogEvents`: the events of all streams, or of those named, by time.
pub fn filter(logs: &Logs, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let (_, group) = group(logs, body)?;
    let prefix = text(body, "logStreamNamePrefix").unwrap_or_default();
    let named = body.get("logStreamNames").and_then(Value::as_array);
    if named.is_some() && !prefix.is_empty() {
        return Err(AwsError::parameter("Cannot specify both logStreamNames and logStreamNamePrefix."));
    }
    let wanted = |name: &str| named.is_none_or(|named| named.iter().any(|one| one == name)) && name.starts_with(prefix);
    let pattern = Pattern::read(text(body, "filterPattern").unwrap_or_default());
    let within = within(body);
    let mut found = Vec::new();
    for (name, stream) in group.streams.iter().filter(|(name, _)| wanted(name)) {
        for (number, event) in stream.seen(now).iter().enumerate() {
            if within(event) && pattern.fits(&event.message) {
                found.push((event.at, name, number, event));
            }
        }
    }
    found.sort_by(|one, other| (one.0, one.1, one.2).cmp(&(other.0, other.1, other.2)));
    let events = found.into_iter().map(|(_, name, number, event)| {
        let mut shown = shown(event);
        if let Some(members) = shown.as_object_mut() {
            members.insert("logStreamName".to_owned(), json!(name));
            members.insert("eventId".to_owned(), json!(identifier::decimal(&["event", name, &number.to_string()])));
        }
        shown
    });
    let mut answer = page(body, "events", &events.collect::<Vec<_>>(), LARGEST)?;
    if let Some(members) = answer.as_object_mut() {
        members.insert("searchedLogStreams".to_owned(), json!([]));
    }
    Ok(answer)
}

fn shown(event: &Event) -> Value {
    json!({
        "timestamp": event.at.milliseconds(),
        "message": event.message,
        "ingestionTime": event.ingested().milliseconds(),
    })
}

/// `startTime` belongs to the range, `endTime` does not.
fn within(body: &Value) -> impl Fn(&Event) -> bool {
    let bound = |member: &str| body.get(member).and_then(Value::as_i64);
    let (start, end) = (bound("startTime"), bound("endTime"));
    move |event| {
        let at = event.at.milliseconds();
        start.is_none_or(|start| at >= start) && end.is_none_or(|end| at < end)
    }
}

/// Reads a token of ours: whether it goes forward, and from where.
fn place(token: &str) -> Option<(bool, usize)> {
    let (way, rest) = token.strip_suffix("/s")?.split_once('/')?;
    let forward = match way {
        "f" => true,
        "b" => false,
        _ => return None,
    };
    Some((forward, rest.parse().ok()?))
}
