//! Calls of ECS in a few words.

use super::text;
use crate::domain::task_definition::short_name;
use crate::effects::call::EcsCall;
use crate::effects::reply::Reply;
use serde_json::Value;

/// What a call asks for.
pub fn asked(call: &EcsCall) -> String {
    match call {
        EcsCall::DescribeServices { cluster, services, .. } => {
            format!("describe service {cluster}/{}", services.join(", "))
        }
        EcsCall::DescribeTaskDefinition { task_definition, .. } => {
            format!("describe task definition {task_definition}")
        }
        EcsCall::ListTasks { cluster, service, desired_status, .. } => {
            format!("list {} tasks of {cluster}/{service}", desired_status.to_lowercase())
        }
        EcsCall::DescribeTasks { cluster, tasks, .. } => format!("describe {} tasks of {cluster}", tasks.len()),
        EcsCall::ListServiceDeployments { cluster, service, .. } => format!("list deployments of {cluster}/{service}"),
        EcsCall::DescribeServiceRevisions { revisions, .. } => {
            format!("describe {} revisions of a service", revisions.len())
        }
        EcsCall::DescribeServiceDeployments { deployments, .. } => {
            format!("describe {}", deployments.iter().map(|arn| place(arn)).collect::<Vec<_>>().join(", "))
        }
        EcsCall::ContinueServiceDeployment { deployment, hook, action, .. } => {
            format!("answer hook {hook} of deployment {} ({})", place(deployment), action.to_lowercase())
        }
        EcsCall::StopServiceDeployment { deployment, how, .. } => {
            format!("stop deployment {} ({})", place(deployment), how.to_lowercase())
        }
        EcsCall::WatchCount { cluster, service, count, .. } => {
            format!("wait for {cluster}/{service} to run {count} tasks")
        }
        EcsCall::RegisterTaskDefinition { document, .. } => {
            format!("register a revision of task definition {}", text(document, "family"))
        }
        EcsCall::CreateService { document, .. } => {
            format!("create service {}/{}", text(document, "cluster"), text(document, "serviceName"))
        }
        EcsCall::UpdateService { document, .. } => {
            format!("update service {}/{}", text(document, "cluster"), text(document, "service"))
        }
        EcsCall::WatchRollout { cluster, service, target, .. } => {
            format!("wait for {cluster}/{service} to be {}", target.until)
        }
    }
}

/// What a write came to.
pub fn done(call: &EcsCall, reply: &Reply) -> Option<String> {
    match (call, reply) {
        (EcsCall::RegisterTaskDefinition { .. }, Reply::Document(answer)) => {
            let arn = answer.pointer("/taskDefinition/taskDefinitionArn").and_then(Value::as_str);
            Some(format!("registered task definition {}", arn.map_or("?", short_name)))
        }
        (EcsCall::CreateService { document, .. }, _) => {
            let (cluster, service) = (text(document, "cluster"), text(document, "serviceName"));
            let definition = short_name(text(document, "taskDefinition"));
            Some(format!("created service {cluster}/{service} with {definition}"))
        }
        (EcsCall::UpdateService { document, .. }, _) => {
            let (cluster, service) = (text(document, "cluster"), text(document, "service"));
            Some(match document.get("taskDefinition").and_then(Value::as_str) {
                Some(arn) => format!("updated service {cluster}/{service} to {}", short_name(arn)),
                None => format!("updated service {cluster}/{service}"),
            })
        }
        (EcsCall::ContinueServiceDeployment { deployment, hook, action, .. }, _) => {
            Some(format!("answered hook {hook} of deployment {} ({})", place(deployment), action.to_lowercase()))
        }
        (EcsCall::StopServiceDeployment { deployment, .. }, _) => {
            Some(format!("stopped deployment {}", place(deployment)))
        }
        _ => None,
    }
}

/// `CLUSTER/SERVICE/ID` of a service deployment's ARN.
fn place(arn: &str) -> &str {
    arn.split_once(":service-deployment/").map_or(arn, |(_, place)| place)
}
