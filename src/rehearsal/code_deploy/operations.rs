//! The operations of `CodeDeploy` that there are.

use serde_json::{Value, json};

use super::{create, show};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::{CodeDeploy, CodeDeployStatus, CodeDeployment, Hosted, Realm};
use crate::rehearsal::moment::Moment;

/// The operations there are.
pub const OPERATIONS: [&str; 10] = [
    "BatchGetDeploymentTargets",
    "ContinueDeployment",
    "CreateDeployment",
    "GetApplication",
    "GetDeployment",
    "GetDeploymentGroup",
    "GetDeploymentTarget",
    "ListDeploymentTargets",
    "ListDeployments",
    "StopDeployment",
];

/// Answers a call.
///
/// # Errors
/// What `CodeDeploy` answers to a mistaken request; `UnknownOperationException` for what is not in [`OPERATIONS`].
pub fn call(realm: &mut Realm, operation: &str, body: &Value, now: Moment) -> Result<Value, AwsError> {
    match operation {
        "GetApplication" => {
            let name = text(body, "applicationName");
            group(realm, |kept| kept.group.application == name).ok_or_else(|| no_application(name))?;
            Ok(json!({ "application": { "applicationName": name, "computePlatform": "ECS", "linkedToGitHub": false } }))
        }
        "GetDeploymentGroup" => {
            let hosted = hosted_of_group(realm, body)?;
            Ok(json!({ "deploymentGroupInfo": show::group(hosted) }))
        }
        "CreateDeployment" => create::call(realm, body, now),
        "GetDeployment" => {
            let (hosted, one) = deployment(realm, body)?;
            Ok(json!({ "deploymentInfo": show::deployment(hosted, one) }))
        }
        "ListDeployments" => list(realm, body),
        "ListDeploymentTargets" => {
            let (hosted, one) = deployment(realm, body)?;
            started(one)?;
            Ok(json!({ "targetIds": [show::target_id(hosted)] }))
        }
        "GetDeploymentTarget" => {
            let (hosted, one) = deployment(realm, body)?;
            started(one)?;
            named(hosted, body.get("targetId").and_then(Value::as_str))?;
            Ok(json!({ "deploymentTarget": show::target(hosted, one) }))
        }
        "BatchGetDeploymentTargets" => {
            let (hosted, one) = deployment(realm, body)?;
            started(one)?;
            for id in body.get("targetIds").and_then(Value::as_array).into_iter().flatten() {
                named(hosted, id.as_str())?;
            }
            Ok(json!({ "deploymentTargets": [show::target(hosted, one)] }))
        }
        "StopDeployment" => stop(realm, body, now),
        "ContinueDeployment" => go_on(realm, body, now),
        _ => Err(AwsError::unknown_operation()),
    }
}

fn stop(realm: &mut Realm, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let (_, one) = deployment(realm, body)?;
    let id = one.id.clone();
    unfinished(one)?;
    let rolls_back = body.get("autoRollbackEnabled").and_then(Value::as_bool) == Some(true);
    if let Some(hosted) = hosted_of_deployment(realm, &id) {
        hosted.service.stop_code_deployment(&id, rolls_back, now);
    }
    Ok(
        json!({ "status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution in the deployment." }),
    )
}

fn go_on(realm: &mut Realm, body: &Value, now: Moment) -> Result<Value, AwsError> {
    let (_, one) = deployment(realm, body)?;
    let id = one.id.clone();
    unfinished(one)?;
    let may = match body.get("deploymentWaitType").and_then(Value::as_str) {
        None | Some("READY_WAIT") => one.status == CodeDeployStatus::Ready,
        Some("TERMINATION_WAIT") => one.waits_for_termination,
        Some(_) => return Err(AwsError::new("InvalidDeploymentWaitTypeException", "The wait type is invalid.")),
    };
    if !may {
        let message = format!("Deployment {id} is not in a state that can be continued.");
        return Err(AwsError::new("DeploymentIsNotInReadyStateException", message));
    }
    if let Some(hosted) = hosted_of_deployment(realm, &id) {
        hosted.service.continue_code_deployment(&id, now);
    }
    Ok(json!({}))
}

fn list(realm: &mut Realm, body: &Value) -> Result<Value, AwsError> {
    let hosted = hosted_of_group(realm, body)?;
    let statuses = body.get("includeOnlyStatuses").and_then(Value::as_array);
    let second = |member: &str| body.pointer(&format!("/createTimeRange/{member}")).and_then(Value::as_f64);
    let (from, to) = (second("start"), second("end"));
    let kept = hosted.service.code_deploy.iter().flat_map(|kept| kept.deployments.iter().rev());
    let wanted = kept.filter(|one| {
        let created = one.created.epoch_seconds().as_f64().unwrap_or_default();
        let has_status = statuses.is_none_or(|list| list.iter().any(|name| name == one.status.name()));
        has_status && from.is_none_or(|from| created >= from) && to.is_none_or(|to| created <= to)
    });
    let ids: Vec<&String> = wanted.map(|one| &one.id).collect();
    Ok(json!({ "deployments": ids }))
}

/// The service that a group of a request deploys.
///
/// # Errors
/// `ApplicationDoesNotExistException`, `DeploymentGroupDoesNotExistException`
pub fn hosted_of_group<'a>(realm: &'a mut Realm, body: &Value) -> Result<&'a mut Hosted, AwsError> {
    let (application, name) = (text(body, "applicationName"), text(body, "deploymentGroupName"));
    if application.is_empty() {
        return Err(AwsError::new("ApplicationNameRequiredException", "Application name is required."));
    }
    group(realm, |kept| kept.group.application == application).ok_or_else(|| no_application(application))?;
    let wrong = || {
        let message = format!("No Deployment Group found for name: {name}");
        AwsError::new("DeploymentGroupDoesNotExistException", message)
    };
    group(realm, |kept| kept.group.application == application && kept.group.name == name).ok_or_else(wrong)
}

fn group(realm: &mut Realm, wanted: impl Fn(&CodeDeploy) -> bool) -> Option<&mut Hosted> {
    let mut all = realm.clusters.values_mut().flat_map(|cluster| cluster.services.values_mut());
    all.find(|hosted| hosted.service.code_deploy.as_ref().is_some_and(&wanted))
}

fn hosted_of_deployment<'a>(realm: &'a mut Realm, id: &str) -> Option<&'a mut Hosted> {
    group(realm, |kept| kept.deployments.iter().any(|one| one.id == id))
}

fn deployment<'a>(realm: &'a mut Realm, body: &Value) -> Result<(&'a Hosted, &'a CodeDeployment), AwsError> {
    let id = text(body, "deploymentId");
    if id.is_empty() {
        return Err(AwsError::new("DeploymentIdRequiredException", "Deployment ID is required."));
    }
    let unknown = || {
        let message = format!("The deployment {id} could not be found.");
        AwsError::new("DeploymentDoesNotExistException", message)
    };
    let hosted: &Hosted = hosted_of_deployment(realm, id).ok_or_else(unknown)?;
    let kept = hosted.service.code_deploy.as_ref();
    let one = kept.and_then(|kept| kept.deployments.iter().find(|one| one.id == id)).ok_or_else(unknown)?;
    Ok((hosted, one))
}

fn unfinished(one: &CodeDeployment) -> Result<(), AwsError> {
    if one.status.is_over() {
        let message = format!("The deployment {} has already completed.", one.id);
        return Err(AwsError::new("DeploymentAlreadyCompletedException", message));
    }
    Ok(())
}

fn started(one: &CodeDeployment) -> Result<(), AwsError> {
    if one.started.is_none() {
        let message = format!("The deployment {} has not started.", one.id);
        return Err(AwsError::new("DeploymentNotStartedException", message));
    }
    Ok(())
}

fn named(hosted: &Hosted, id: Option<&str>) -> Result<(), AwsError> {
    if id == Some(show::target_id(hosted).as_str()) {
        return Ok(());
    }
    let message = format!("The deployment target {} does not exist.", id.unwrap_or_default());
    Err(AwsError::new("DeploymentTargetDoesNotExistException", message))
}

fn no_application(name: &str) -> AwsError {
    AwsError::new("ApplicationDoesNotExistException", format!("No application found for name: {name}"))
}

fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body.get(member).and_then(Value::as_str).unwrap_or_default()
}
