//! Pages of lists: `maxResults` and `nextToken`.

use serde_json::{Value, json};

use crate::rehearsal::aws_error::AwsError;

/// One page of `items` under `member`, with `nextToken` where there are more.
///
/// # Errors
/// `InvalidParameterException` for a `maxResults` out of range or a token that is not ours.
pub fn page(body: &Value, member: &str, items: &[String], largest: usize) -> Result<Value, AwsError> {
    let items: Vec<Value> = items.iter().map(|item| json!(item)).collect();
    page_of(body, member, &items, largest)
}

/// One page of documents.
///
/// # Errors
/// Those of [`page`].
pub fn page_of(body: &Value, member: &str, items: &[Value], largest: usize) -> Result<Value, AwsError> {
    let size = match body.get("maxResults").filter(|value| !value.is_null()) {
        None => largest,
        Some(value) => value
            .as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=largest).contains(size))
            .ok_or_else(|| AwsError::parameter(format!("maxResults must be between 1 and {largest}.")))?,
    };
    let first = match body.get("nextToken").and_then(Value::as_str) {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|digits| digits.parse::<usize>().ok())
            .filter(|first| *first <= items.len())
            .ok_or_else(|| AwsError::parameter("Invalid token."))?,
    };
    let end = first.saturating_add(size).min(items.len());
    let mut reply = json!({ member: items.get(first..end).unwrap_or_default() });
    if end < items.len()
        && let Some(members) = reply.as_object_mut()
    {
        members.insert("nextToken".to_owned(), json!(format!("from-{end}")));
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_walked_page_by_page() {
        let items: Vec<String> = (0..5).map(|number| number.to_string()).collect();
        let first = page(&json!({ "maxResults": 3 }), "arns", &items, 100).expect("a page");
        assert_eq!(first, json!({ "arns": ["0", "1", "2"], "nextToken": "from-3" }));
        let second = page(&json!({ "maxResults": 3, "nextToken": "from-3" }), "arns", &items, 100);
        assert_eq!(second, Ok(json!({ "arns": ["3", "4"] })));
    }

    #[test]
    fn a_page_too_large_or_a_token_of_nobody_is_refused() {
        for body in [json!({ "maxResults": 101 }), json!({ "maxResults": 0 }), json!({ "nextToken": "x" })] {
            let error = page(&body, "arns", &[], 100).expect_err("refused");
            assert_eq!(error.code, "InvalidParameterException", "{body}");
        }
    }
}
