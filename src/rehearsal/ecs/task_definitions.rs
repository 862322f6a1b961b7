//! `DescribeTaskDefinition` and `RegisterTaskDefinition`.

use serde_json::{Value, json};

use super::definitions::{Registration, register};
use super::realm::{Context, Realm, last_part, text, wants_tags};
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

/// `DeregisterTaskDefinition`: by `family:revision` or ARN; what runs on it runs on.
pub fn deregister(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let name = last_part(text(body, "taskDefinition"));
    let (family, revision) = name
        .split_once(':')
        .and_then(|(family, revision)| Some((family, revision.parse().ok()?)))
        .ok_or_else(|| AwsError::client("The specified task definition has no revision."))?;
    let definition = realm.definitions.deregister(family, revision, context.now);
    let definition = definition.ok_or_else(|| AwsError::client("The specified task definition does not exist."))?;
    Ok(json!({ "taskDefinition": definition.document }))
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
