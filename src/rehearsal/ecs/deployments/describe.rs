//! `DescribeServiceDeployments`: twenty at most; those that are not there are failures.

use serde_json::{Value, json};

use super::names::{find, parts};
use super::show::deployment;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::realm::{Context, Realm, texts};

/// ARNs a call may name.
pub const LARGEST: usize = 20;

/// Answers `DescribeServiceDeployments`.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let arns = arns(body, "serviceDeploymentArns", "service-deployment")?;
    let mut described = Vec::new();
    let mut failures = Vec::new();
    for arn in arns {
        let found = find(realm, "service-deployment", arn).and_then(|(cluster, hosted, id)| {
            let mut history = hosted.service.history.iter();
            let one = history.find(|one| one.id == id)?;
            hosted.is_seen(one.created, context.now).then(|| deployment(cluster, hosted, one))
        });
        match found {
            Some(document) => described.push(document),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(json!({ "serviceDeployments": described, "failures": failures }))
}

/// The ARNs of a request: some, not too many, and each of this kind.
///
/// # Errors
/// `InvalidParameterException`
pub fn arns<'a>(body: &'a Value, member: &str, kind: &str) -> Result<Vec<&'a str>, AwsError> {
    let arns = texts(body, member);
    if arns.is_empty() {
        return Err(AwsError::parameter(format!("{member} cannot be empty.")));
    }
    // worded after the limit of DescribeServices, whose text is known
    if arns.len() > LARGEST {
        return Err(AwsError::parameter(format!("{member} can have at most {LARGEST} items.")));
    }
    match arns.iter().find(|arn| parts(kind, arn).is_none()) {
        Some(wrong) => Err(AwsError::parameter(format!("Invalid {kind} ARN: {wrong}."))),
        None => Ok(arns),
    }
}
