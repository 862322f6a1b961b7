//! `DescribeServices`: ten at most; those that are not there are failures, not errors.

use serde_json::{Value, json};

use super::realm::{Context, Realm, last_part, texts, wants_tags};
use crate::rehearsal::aws_error::AwsError;

/// Services a call may name.
const LARGEST: usize = 10;

/// Answers `DescribeServices`.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let named = texts(body, "services");
    if named.is_empty() {
        return Err(AwsError::parameter("Services cannot be empty."));
    }
    if named.len() > LARGEST {
        return Err(AwsError::parameter(format!("service names can have at most {LARGEST} items.")));
    }
    let mut services = Vec::new();
    let mut failures = Vec::new();
    for name in named {
        if let Some(hosted) = cluster.services.get(last_part(name)) {
            let mut document = hosted.seen(cluster, context.now);
            if wants_tags(body)
                && let Some(members) = document.as_object_mut()
            {
                members.insert("tags".to_owned(), json!(hosted.tags));
            }
            services.push(document);
        } else {
            let arn = realm.arn(&format!("service/{}/{}", cluster.name, last_part(name)));
            failures.push(json!({ "arn": arn, "reason": "MISSING" }));
        }
    }
    Ok(json!({ "services": services, "failures": failures }))
}
