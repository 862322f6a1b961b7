//! `DescribeTaskDefinition` and `RegisterTaskDefinition`.

use serde_json::{Value, json};

use super::definitions::{Registration, register};
use super::realm::{Context, Realm, text, wants_tags};
use crate::rehearsal::aws_error::AwsError;

/// `DescribeTaskDefinition`: by family, `family:revision` or ARN; tags only when asked for.
pub fn describe(realm: &Realm, body: &Value) -> Result<Value, AwsError> {
    let definition = realm
        .definitions
        .find(text(body, "taskDefinition"))
        .ok_or_else(|| AwsError::client("Unable to describe task definition."))?;
    Ok(if wants_tags(body) {
        json!({ "taskDefinition": definition.document, "tags": definition.tags })
    } else {
        json!({ "taskDefinition": definition.document })
    })
}

/// `RegisterTaskDefinition`: the family's next revision; tags are answered beside it.
pub fn register_one(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let Realm { account, region, definitions, .. } = realm;
    let registration = Registration { account, region, by: &context.caller.arn, at: context.now };
    let definition = register(definitions, body, None, &registration)?;
    Ok(if definition.tags.is_empty() {
        json!({ "taskDefinition": definition.document })
    } else {
        json!({ "taskDefinition": definition.document, "tags": definition.tags })
    })
}
