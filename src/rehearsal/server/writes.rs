//! The log of writes that a snapshot shows: what was asked for, of whom, and what became of it.
//!
//! Blobs are not in it: they are content-addressed, and their order is the client's affair.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::registry::{Action, CONTENT_DIGEST, Incoming, Served};

/// Operations that write, the members of their requests that say what, and pointers into the
/// answer for what was made.
type Write = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const WRITES: &[Write] = &[
    ("ecs:RegisterTaskDefinition", &["family"], &[("made", "/taskDefinition/taskDefinitionArn")]),
    (
        "ecs:UpdateService",
        &[
            "cluster",
            "service",
            "taskDefinition",
            "desiredCount",
            "capacityProviderStrategy",
            "deploymentConfiguration",
            "platformVersion",
            "forceNewDeployment",
        ],
        &[("made", "/service/deployments/0/id")],
    ),
    (
        "ecs:CreateService",
        &["cluster", "serviceName", "taskDefinition", "desiredCount"],
        &[("made", "/service/deployments/0/id")],
    ),
    ("ecs:DeleteService", &["cluster", "service", "force"], &[]),
    ("ecs:DeregisterTaskDefinition", &["taskDefinition"], &[]),
    ("ecs:ContinueServiceDeployment", &["serviceDeploymentArn", "hookId", "action"], &[]),
    ("ecs:StopServiceDeployment", &["serviceDeploymentArn", "stopType"], &[]),
    ("ecs:RunTask", &["cluster", "taskDefinition", "count", "overrides"], &[("made", "/tasks/0/taskArn")]),
    ("ecs:StopTask", &["cluster", "task", "reason"], &[]),
    ("ecs:ExecuteCommand", &["cluster", "task", "container", "command"], &[]),
    (
        "application-autoscaling:RegisterScalableTarget",
        &["ResourceId", "MinCapacity", "MaxCapacity", "SuspendedState"],
        &[("made", "/ScalableTargetARN")],
    ),
    (
        "codedeploy:CreateDeployment",
        &["applicationName", "deploymentGroupName", "deploymentConfigName", "revision", "description"],
        &[("made", "/deploymentId")],
    ),
    ("codedeploy:StopDeployment", &["deploymentId", "autoRollbackEnabled"], &[]),
    ("codedeploy:ContinueDeployment", &["deploymentId", "deploymentWaitType"], &[]),
    ("ecr:CreateRepository", &["repositoryName"], &[("made", "/repository/repositoryArn")]),
    ("ecr:BatchDeleteImage", &["repositoryName", "imageIds"], &[]),
    ("ecr:PutImage", &["repositoryName", "imageTag"], &[("made", "/image/imageId/imageDigest")]),
];

/// The entry of an AWS call; none for a call that reads.
pub fn of_call(
    name: &str,
    account: &str,
    region: &str,
    body: &Value,
    answered: &Result<Value, AwsError>,
) -> Option<Value> {
    let (_, members, made) = WRITES.iter().find(|(write, ..)| *write == name)?;
    let mut entry = Map::new();
    entry.insert("operation".to_owned(), json!(name));
    entry.insert("account".to_owned(), json!(account));
    entry.insert("region".to_owned(), json!(region));
    for member in *members {
        if let Some(value) = body.get(member) {
            entry.insert((*member).to_owned(), value.clone());
        }
    }
    match answered {
        Ok(answer) => {
            for (member, pointer) in *made {
                let value = answer.pointer(pointer).cloned().unwrap_or_default();
                entry.insert((*member).to_owned(), value);
            }
        }
        Err(error) => {
            entry.insert("refused".to_owned(), json!(error.code));
        }
    }
    Some(entry.into())
}

/// The entry of a manifest that was pushed; none for any other request, and for one that was told
/// to log in first.
pub fn of_push(host: &str, incoming: &Incoming, served: Option<&Served>) -> Option<Value> {
    let operation = &incoming.operation;
    if operation.action != Action::PutManifest {
        return None;
    }
    let served = served.filter(|served| served.status != StatusCode::UNAUTHORIZED)?;
    let mut entry = json!({
        "operation": "registry:PutManifest",
        "host": host,
        "repository": operation.repository,
        "reference": operation.reference,
    });
    let digest = served.headers.iter().find(|(name, _)| *name == CONTENT_DIGEST);
    let (member, value) = match digest.filter(|_| served.status.is_success()) {
        Some((_, digest)) => ("made", json!(digest)),
        None => ("refused", json!(served.status.as_u16())),
    };
    entry.as_object_mut()?.insert(member.to_owned(), value);
    Some(entry)
}
