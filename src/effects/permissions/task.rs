//! What calls about tasks need.

use super::{Permission, one};
use crate::domain::one_off::LogPlace;
use crate::effects::call::TaskCall;
use serde_json::Value;

/// What `call` needs.
pub fn permissions(call: &TaskCall) -> Vec<Permission> {
    match call {
        TaskCall::RunTask { session, document } => running(session, document),
        TaskCall::WatchTask { session, cluster, containers, .. } => {
            let logs = containers.iter().filter_map(|one| one.log.as_ref());
            let read = logs.flat_map(|LogPlace { group, .. }| one(session, "logs:GetLogEvents", stream(group, "*")));
            one(session, "ecs:DescribeTasks", task(cluster, "*")).into_iter().chain(read).collect()
        }
        TaskCall::StopTask { session, cluster, task: id, .. } => one(session, "ecs:StopTask", task(cluster, id)),
        TaskCall::Execute { session, cluster, task: id, .. } => {
            let described = one(session, "ecs:DescribeTasks", task(cluster, id));
            one(session, "ecs:ExecuteCommand", task(cluster, id)).into_iter().chain(described).collect()
        }
        TaskCall::ListTasks { session, cluster, .. } => {
            one(session, "ecs:ListTasks", format!("arn:aws:ecs:*:*:container-instance/{}/*", name(cluster)))
        }
        TaskCall::GetLogEvents { session, group, stream: of, .. } => {
            one(session, "logs:GetLogEvents", stream(group, of))
        }
    }
}

/// Running passes the roles of the definition, which the request does not name, or those that are put in their place.
fn running(session: &str, document: &Value) -> Vec<Permission> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let definition = text("/taskDefinition").unwrap_or("*");
    let definition = match definition.split_once(":task-definition/") {
        Some(_) => definition.to_owned(),
        None => format!("arn:aws:ecs:*:*:task-definition/{definition}"),
    };
    let mut needed = one(session, "ecs:RunTask", definition);
    if document.get("tags").is_some() {
        let cluster = text("/cluster").unwrap_or("*");
        needed.extend(one(session, "ecs:TagResource", task(cluster, "*")));
    }
    let named = ["taskRoleArn", "executionRoleArn"].map(|role| text(&format!("/overrides/{role}")));
    for role in named {
        needed.extend(one(session, "iam:PassRole", role.unwrap_or("arn:aws:iam::*:role/*").to_owned()));
    }
    needed.dedup();
    needed
}

fn task(cluster: &str, id: &str) -> String {
    format!("arn:aws:ecs:*:*:task/{}/{}", name(cluster), name(id))
}

fn stream(group: &str, stream: &str) -> String {
    format!("arn:aws:logs:*:*:log-group:{group}:log-stream:{stream}")
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
