//! `DescribeLogGroups` and `DescribeLogStreams`.

use serde_json::{Value, json};

use super::operations::{group, page, text};
use super::store::{Event, Logs};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::moment::Moment;

/// Groups or streams a page.
const LARGEST: usize = 50;

/// Answers `DescribeLogGroups`, by name.
pub fn describe(logs: &Logs, place: Whereabouts<'_>, body: &Value) -> Result<Value, AwsError> {
    let prefix = text(body, "logGroupNamePrefix").unwrap_or_default();
    let pattern = text(body, "logGroupNamePattern").unwrap_or_default();
    let wanted = logs.groups.iter().filter(|(name, _)| name.starts_with(prefix) && name.contains(pattern));
    let shown = wanted.map(|(name, group)| {
        let arn = place.arn("logs", &format!("log-group:{name}"));
        json!({
            "logGroupName": name,
            "creationTime": group.created.milliseconds(),
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
            "logGroupArn": arn,
        })
    });
    page(body, "logGroups", &shown.collect::<Vec<_>>(), LARGEST)
}

/// Answers `DescribeLogStreams`, by name or by their last event.
pub fn describe_streams(logs: &Logs, place: Whereabouts<'_>, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let (name, group) = group(logs, body)?;
    let prefix = text(body, "logStreamNamePrefix").unwrap_or_default();
    let by_time = text(body, "orderBy") == Some("LastEventTime");
    if by_time && !prefix.is_empty() {
        return Err(AwsError::parameter("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let mut streams: Vec<_> = group.streams.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    if by_time {
        streams.sort_by_key(|(name, stream)| (stream.seen(now).last().map(|event| event.at), *name));
    }
    if body.get("descending").and_then(Value::as_bool) == Some(true) {
        streams.reverse();
    }
    let shown = streams.into_iter().map(|(stream_name, stream)| {
        let mut shown = json!({
            "logStreamName": stream_name,
            "creationTime": stream.created.milliseconds(),
            "arn": place.arn("logs", &format!("log-group:{name}:log-stream:{stream_name}")),
            "storedBytes": 0,
        });
        let seen = stream.seen(now);
        if let (Some(members), Some(first), Some(last)) = (shown.as_object_mut(), seen.first(), seen.last()) {
            members.insert("firstEventTimestamp".to_owned(), json!(first.at.milliseconds()));
            members.insert("lastEventTimestamp".to_owned(), json!(last.at.milliseconds()));
            members.insert("lastIngestionTime".to_owned(), json!(Event::ingested(last).milliseconds()));
        }
        shown
    });
    page(body, "logStreams", &shown.collect::<Vec<_>>(), LARGEST)
}
