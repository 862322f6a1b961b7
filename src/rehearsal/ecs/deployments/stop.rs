//! `StopServiceDeployment`: back to what completed last, or no further.

use serde_json::{Value, json};

use super::names::parts;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::realm::{Context, Realm, text};
use crate::rehearsal::ecs::scheduler::{NotStopped, Stop};

/// Answers `StopServiceDeployment`. One that stops or rolls back already goes on with that.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let arn = text(body, "serviceDeploymentArn").to_owned();
    let how = match text(body, "stopType") {
        "" | "ROLLBACK" => Stop::Rollback,
        "ABORT" => Stop::Abort,
        other => return Err(AwsError::parameter(format!("Invalid stopType: {other}."))),
    };
    let (cluster, service, id) = parts("service-deployment", &arn)
        .ok_or_else(|| AwsError::parameter(format!("Invalid service-deployment ARN: {arn}.")))?;
    let hosted = realm.clusters.get_mut(cluster).and_then(|cluster| cluster.services.get_mut(service));
    let hosted = hosted.filter(|hosted| hosted.service.history.iter().any(|one| one.id == id));
    let hosted = hosted.ok_or_else(not_found)?;
    let stopped = hosted.service.stop_deployment(id, how, context.now);
    stopped.map_err(|why| match why {
        NotStopped::Over => {
            AwsError::new("ConflictException", "The service deployment is not in a state in which it can be stopped.")
        }
        NotStopped::NoWayBack => {
            AwsError::client("The service has no earlier successful deployment that it could be rolled back to.")
        }
    })?;
    Ok(json!({ "serviceDeploymentArn": arn }))
}

/// No service deployment has this ARN.
pub fn not_found() -> AwsError {
    AwsError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
}
