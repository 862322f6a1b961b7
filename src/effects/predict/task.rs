//! What is foreseen of tasks.

use super::{Prediction, known, partition, text};
use crate::domain::one_off::Counted;
use crate::domain::task_definition::short_name;
use crate::effects::call::TaskCall;
use crate::effects::overlay::Overlay;
use crate::effects::reply::Reply;
use serde_json::{Value, json};

/// The prediction of `call`.
pub fn predict(call: &TaskCall, planned: &Overlay) -> Prediction {
    match call {
        TaskCall::RunTask { session, document } => known(started(session, document, planned)),
        TaskCall::WatchTask { task, containers, .. } => Prediction::Assumed(Box::new(ended(task, containers))),
        TaskCall::StopTask { task, .. } => {
            known(Reply::Document(json!({ "task": { "taskArn": task, "desiredStatus": "STOPPED" } })))
        }
        // what it prints nobody can foresee
        TaskCall::Execute { .. } => Prediction::Assumed(Box::new(Reply::Document(json!({ "lines": [] })))),
        TaskCall::ListTasks { .. } | TaskCall::GetLogEvents { .. } => Prediction::Read,
    }
}

/// The task's id is AWS's to choose: a symbol stands for it.
fn started(session: &str, document: &Value, planned: &Overlay) -> Reply {
    let (account, region) = planned.place(session);
    let (cluster, id) = (short_name(text(document, "cluster")), planned.next_task());
    let arn = format!("arn:{}:ecs:{region}:{account}:task/{cluster}/{id}", partition(region));
    let task = json!({
        "taskArn": arn,
        "taskDefinitionArn": document.get("taskDefinition"),
        "lastStatus": "PROVISIONING",
        "desiredStatus": "RUNNING",
        "startedBy": document.get("startedBy"),
    });
    Reply::Document(json!({ "tasks": [task], "failures": [] }))
}

fn ended(task: &str, containers: &[Counted]) -> Reply {
    let ended = |one: &Counted| json!({ "name": one.name, "lastStatus": "STOPPED", "exitCode": 0 });
    let containers: Vec<Value> = containers.iter().map(ended).collect();
    let task = json!({
        "taskArn": task,
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "containers": containers,
    });
    Reply::Document(json!({ "task": task, "logs": {} }))
}
