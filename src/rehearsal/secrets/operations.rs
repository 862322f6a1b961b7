//! `GetSecretValue` and `DescribeSecret`.

use serde_json::{Map, Value, json};

use super::vault::{Content, Secret, Vault, Version};
use crate::rehearsal::aws_error::AwsError;

/// The operations there are.
pub const OPERATIONS: [&str; 2] = ["DescribeSecret", "GetSecretValue"];

/// The staging label that is meant where a request names neither it nor a version.
const CURRENT: &str = "AWSCURRENT";

/// Answers a call.
///
/// # Errors
/// What Secrets Manager answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(vault: &Vault, operation: &str, body: &Value) -> Result<Value, AwsError> {
    match operation {
        "GetSecretValue" => value(find(vault, body)?, body),
        "DescribeSecret" => Ok(describe(find(vault, body)?)),
        _ => Err(AwsError::unknown_operation()),
    }
}

fn find<'a>(vault: &'a Vault, body: &Value) -> Result<&'a Secret, AwsError> {
    vault.find(text(body, "SecretId").unwrap_or_default()).ok_or_else(|| missing("secret."))
}

fn value(secret: &Secret, body: &Value) -> Result<Value, AwsError> {
    if secret.deleted {
        return Err(AwsError::new(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    let version = version(secret, text(body, "VersionId"), text(body, "VersionStage"))?;
    let mut answer = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "VersionStages": version.stages,
        "CreatedDate": secret.created.epoch_seconds(),
    });
    let (member, content) = match &version.content {
        Content::Text(text) => ("SecretString", text),
        Content::Binary(base64) => ("SecretBinary", base64),
    };
    if let Some(members) = answer.as_object_mut() {
        members.insert(member.to_owned(), json!(content));
    }
    Ok(answer)
}

fn version<'a>(secret: &'a Secret, id: Option<&str>, stage: Option<&str>) -> Result<&'a Version, AwsError> {
    let labelled = |version: &Version, stage: &str| version.stages.iter().any(|label| label == stage);
    let mut versions = secret.versions.iter();
    let Some(id) = id else {
        let stage = stage.unwrap_or(CURRENT);
        let found = versions.find(|version| labelled(version, stage));
        return found.ok_or_else(|| missing(&format!("secret value for staging label: {stage}")));
    };
    let found = versions.find(|version| version.id == id);
    let found = found.ok_or_else(|| missing(&format!("secret value for VersionId: {id}")))?;
    match stage.filter(|stage| !labelled(found, stage)) {
        None => Ok(found),
        Some(_) => Err(AwsError::new(
            "InvalidRequestException",
            "You provided a VersionStage that is not associated to the provided VersionId.",
        )),
    }
}

fn describe(secret: &Secret) -> Value {
    let stages: Map<String, Value> =
        secret.versions.iter().map(|version| (version.id.clone(), json!(version.stages))).collect();
    let mut answer = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "LastChangedDate": secret.created.epoch_seconds(),
        "CreatedDate": secret.created.epoch_seconds(),
        "VersionIdsToStages": stages,
    });
    if let Some(members) = answer.as_object_mut().filter(|_| secret.deleted) {
        members.insert("DeletedDate".to_owned(), secret.created.epoch_seconds());
    }
    answer
}

fn missing(what: &str) -> AwsError {
    AwsError::new("ResourceNotFoundException", format!("Secrets Manager can't find the specified {what}"))
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member)?.as_str()
}
