//! `CreateDeployment`: one at a time in a group, of a revision that is an `AppSpec`.

use serde_json::{Value, json};

use super::app_spec;
use super::operations::hosted_of_group;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::digest::hex;
use crate::rehearsal::ecs::{Realm, RevisionOf, RollbackOn, Traffic};
use crate::rehearsal::moment::Moment;

/// Answers `CreateDeployment`.
pub fn call(realm: &mut Realm, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let revision = revision(realm, body)?;
    let hosted = hosted_of_group(realm, body)?;
    let description = body.get("description").and_then(Value::as_str).unwrap_or_default();
    let container = hosted.service.target.as_ref().map(|target| (target.container.clone(), u64::from(target.port)));
    let (wanted, revision) = revision;
    if container.as_ref() != Some(&wanted) {
        return Err(AwsError::new(
            "InvalidECSServiceException",
            format!("The service has no load balancer with container {} and port {}.", wanted.0, wanted.1),
        ));
    }
    let Some(kept) = &hosted.service.code_deploy else {
        return Err(no_group(body));
    };
    if let Some(other) = kept.deployments.last().filter(|last| !last.status.is_over()) {
        return Err(AwsError::new(
            "DeploymentLimitExceededException",
            format!("The Deployment Group '{}' already has an active Deployment '{}'", kept.group.name, other.id),
        ));
    }
    let named =
        body.get("deploymentConfigName").and_then(Value::as_str).unwrap_or(&kept.group.configuration).to_owned();
    let traffic = Traffic::named(&named).ok_or_else(|| {
        AwsError::new(
            "DeploymentConfigDoesNotExistException",
            format!("No Deployment Configuration found for name: {named}"),
        )
    })?;
    let rollback = rollback(body)?;
    let id = hosted.service.code_deploy(revision, (named, traffic), description, now).ok_or_else(|| no_group(body))?;
    if let (Some(events), Some(one)) = (rollback, hosted.service.code_deployment(&id)) {
        one.rolls_back_on = events;
    }
    Ok(json!({ "deploymentId": id }))
}

/// The container and port of the target, and the revision.
fn revision(realm: &Realm, body: &Value) -> Result<((String, u64), RevisionOf), AwsError> {
    let revision =
        body.get("revision").ok_or_else(|| AwsError::new("RevisionRequiredException", "Revision is required"))?;
    if revision.get("revisionType").and_then(Value::as_str) != Some("AppSpecContent") {
        let message = "For the compute platform ECS of this world, revisionType is AppSpecContent.";
        return Err(AwsError::new("InvalidRevisionException", message));
    }
    let content = revision.pointer("/appSpecContent/content").and_then(Value::as_str).unwrap_or_default();
    let sha256 = {
        use sha2::Digest as _;
        hex(&sha2::Sha256::digest(content.as_bytes()))
    };
    if revision.pointer("/appSpecContent/sha256").and_then(Value::as_str).is_some_and(|given| given != sha256) {
        return Err(AwsError::new("InvalidRevisionException", "The sha256 of the AppSpec is not that of its content."));
    }
    let spec = app_spec::read(content)?;
    let found = realm.definitions.find(&spec.task_definition).filter(|found| found.is_active());
    let runs = found.map(|found| found.revision.clone()).ok_or_else(|| {
        AwsError::new(
            "InvalidRevisionException",
            format!("The task definition {} is not active.", spec.task_definition),
        )
    })?;
    Ok((spec.target, RevisionOf { content: content.to_owned(), sha256, runs, hooks: spec.hooks }))
}

/// `autoRollbackConfiguration`, where the request has one of its own.
fn rollback(body: &Value) -> Result<Option<Vec<RollbackOn>>, AwsError> {
    let Some(given) = body.get("autoRollbackConfiguration") else {
        return Ok(None);
    };
    if given.get("enabled").and_then(Value::as_bool) != Some(true) {
        return Ok(Some(Vec::new()));
    }
    let names = given.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let known = |name: &Value| RollbackOn::ALL.into_iter().find(|known| Some(known.name()) == name.as_str());
    let events: Option<Vec<RollbackOn>> = names.iter().map(known).collect();
    let wrong =
        || AwsError::new("InvalidAutoRollbackConfigException", "The events of the automatic rollback are not valid.");
    events.map(Some).ok_or_else(wrong)
}

fn no_group(body: &Value) -> AwsError {
    let name = body.get("deploymentGroupName").and_then(Value::as_str).unwrap_or_default();
    AwsError::new("DeploymentGroupDoesNotExistException", format!("No Deployment Group found for name: {name}"))
}
