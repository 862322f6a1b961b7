//! `ExecuteCommand`: a session of Systems Manager in a container that runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::describe_tasks::container_arn;
use crate::rehearsal::ecs::list_tasks::arn;
use crate::rehearsal::ecs::realm::{Context, Realm, last_part, text};
use crate::rehearsal::ecs::scheduler::Task;
use crate::rehearsal::identifier;

/// How long after a task's start its agent is connected.
const CONNECTS: Duration = Duration::from_secs(3);

/// Answers `ExecuteCommand`. Nothing is executed, and nobody listens at the stream's address.
///
/// # Errors
/// `TargetNotConnectedException` as long as the agent is not connected; `InvalidParameterException` for a task that was
/// started without `enableExecuteCommand`, and for what else is mistaken.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let id = last_part(text(body, "task"));
    let of_service = cluster.services.values().find_map(|hosted| {
        let enabled = hosted.members.get("enableExecuteCommand").and_then(Value::as_bool) == Some(true);
        Some((hosted.service.tasks.get(id)?, enabled))
    });
    let found = of_service.or_else(|| cluster.runs.tasks.get(id).map(|run| (&run.task, run.order.exec)));
    let (task, enabled) = found.ok_or_else(|| AwsError::parameter("The referenced task was not found."))?;
    if body.get("interactive").and_then(Value::as_bool) != Some(true) {
        return Err(AwsError::parameter("Interactive is the only mode supported currently."));
    }
    if text(body, "command").is_empty() {
        return Err(AwsError::parameter("Command cannot be empty."));
    }
    let container = container(task, text(body, "container"))?;
    if !enabled || !task.is_running() {
        return Err(AwsError::parameter(
            "The execute command failed because execute command was not enabled when the task was run or the execute \
             command agent isn't running. Wait and try again or run a new task with execute command enabled and try again.",
        ));
    }
    if task.started_at.is_none_or(|started| context.now < started.after(CONNECTS)) {
        return Err(AwsError::new(
            "TargetNotConnectedException",
            "The execute command failed due to an internal error. Try again later.",
        ));
    }
    let session =
        format!("ecs-execute-command-{}", identifier::hexadecimal(&["session", id, text(body, "command")], 17));
    Ok(json!({
        "clusterArn": cluster.arn,
        "containerArn": container_arn(realm, cluster, task, &container),
        "containerName": container,
        "interactive": true,
        "session": {
            "sessionId": session,
            "streamUrl": format!(
                "wss://ssmmessages.{}.amazonaws.com/v1/data-channel/{session}?role=publish_subscribe",
                realm.region
            ),
            "tokenValue": identifier::hexadecimal(&["session-token", &session], 64),
        },
        "taskArn": arn(realm, cluster, id),
    }))
}

fn container(task: &Task, named: &str) -> Result<String, AwsError> {
    let found = match (task.containers.as_slice(), named) {
        ([only], "") => Some(only),
        (containers, named) => containers.iter().find(|container| container.name == named),
    };
    found.map(|container| container.name.clone()).ok_or_else(|| {
        AwsError::parameter(if named.is_empty() {
            "A container name must be specified for a task with several containers.".to_owned()
        } else {
            format!("The container {named} was not found in the task.")
        })
    })
}
