//! Which function answers which operation, and what they share.

use serde_json::{Value, json};

use super::store::{Group, Logs};
use super::{events, groups};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::moment::Moment;

/// The operations there are.
pub const OPERATIONS: [&str; 4] = ["DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"];

/// Answers a call.
///
/// # Errors
/// What `CloudWatch` Logs answers to a mistaken request; `UnknownOperationException` for what is not in [`OPERATIONS`].
pub fn call(
    logs: &Logs,
    place: Whereabouts<'_>,
    operation: &str,
    body: &Value,
    now: Moment,
) -> Result<Value, AwsError> {
    match operation {
        "DescribeLogGroups" => groups::describe(logs, place, body),
        "DescribeLogStreams" => groups::describe_streams(logs, place, body, now),
        "FilterLogEvents" => events::filter(logs, body, now),
        "GetLogEvents" => events::get(logs, body, now),
        _ => Err(AwsError::unknown_operation()),
    }
}

/// The group that a request names, by name or by ARN.
pub fn group<'a>(logs: &'a Logs, body: &Value) -> Result<(&'a String, &'a Group), AwsError> {
    let name = text(body, "logGroupName").or_else(|| text(body, "logGroupIdentifier")).unwrap_or_default();
    let name = name.split_once(":log-group:").map_or(name, |(_, name)| name).trim_end_matches(":*");
    let found = logs.groups.get_key_value(name);
    found.ok_or_else(|| AwsError::new("ResourceNotFoundException", "The specified log group does not exist."))
}

/// A text of a request.
pub fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member)?.as_str()
}

/// `limit`, from 1 to the largest; the largest where there is none.
pub fn limit(body: &Value, largest: usize) -> Result<usize, AwsError> {
    let Some(limit) = body.get("limit").filter(|limit| !limit.is_null()) else {
        return Ok(largest);
    };
    let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
    limit.filter(|limit| (1..=largest).contains(limit)).ok_or_else(|| {
        AwsError::parameter(format!(
            "Value at 'limit' failed to satisfy constraint: Member must be from 1 to {largest}"
        ))
    })
}

/// A place in a list, as a token of ours says it: `from-12`.
pub fn first(body: &Value, count: usize) -> Result<usize, AwsError> {
    let Some(token) = text(body, "nextToken") else {
        return Ok(0);
    };
    let first = token.strip_prefix("from-").and_then(|first| first.parse().ok());
    first.filter(|first| *first <= count).ok_or_else(bad_token)
}

/// A token that is not ours.
pub fn bad_token() -> AwsError {
    AwsError::parameter("The specified nextToken is invalid.")
}

/// One page of a list under `member`.
pub fn page(body: &Value, member: &str, items: &[Value], largest: usize) -> Result<Value, AwsError> {
    let first = first(body, items.len())?;
    let end = first.saturating_add(limit(body, largest)?).min(items.len());
    let mut answer = json!({ member: items.get(first..end).unwrap_or_default() });
    if let Some(members) = answer.as_object_mut().filter(|_| end < items.len()) {
        members.insert("nextToken".to_owned(), json!(format!("from-{end}")));
    }
    Ok(answer)
}
