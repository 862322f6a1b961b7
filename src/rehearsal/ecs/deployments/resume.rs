//! `ContinueServiceDeployment`: a person answers a PAUSE hook.

use serde_json::{Value, json};

use super::names::parts;
use super::stop::not_found;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::realm::{Context, Realm, text};
use crate::rehearsal::ecs::scheduler::TimeoutAction;

/// Answers `ContinueServiceDeployment`; without an action it goes on.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let arn = text(body, "serviceDeploymentArn").to_owned();
    let action = match text(body, "action") {
        "" | "CONTINUE" => TimeoutAction::Continue,
        "ROLLBACK" => TimeoutAction::Rollback,
        other => return Err(AwsError::parameter(format!("Invalid action: {other}."))),
    };
    let (cluster, service, id) = parts("service-deployment", &arn)
        .ok_or_else(|| AwsError::parameter(format!("Invalid service-deployment ARN: {arn}.")))?;
    let hosted = realm.clusters.get_mut(cluster).and_then(|cluster| cluster.services.get_mut(service));
    let hosted = hosted.filter(|hosted| hosted.service.history.iter().any(|one| one.id == id));
    let hosted = hosted.ok_or_else(not_found)?;
    if !hosted.service.answer_pause(id, text(body, "hookId"), action, context.now) {
        return Err(AwsError::parameter("The lifecycle hook is not awaiting an action."));
    }
    Ok(json!({ "serviceDeploymentArn": arn }))
}
