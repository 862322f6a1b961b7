//! Looking for writes about tasks.

use super::{Found, Look, text};
use crate::effects::call::{EcsCall, TaskCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Reply;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// ECS tells of a task for at least an hour after it has stopped. It may have stopped as soon as it was started, and
/// AWS's clock and ours may differ.
const REMEMBERED_MILLIS: i64 = 50 * 60 * 1000;

/// Whether `call` happened.
pub async fn reconcile(call: &TaskCall, look: Look<'_>) -> Result<Found, Fault> {
    match call {
        TaskCall::RunTask { session, document } => started(session, document, look).await,
        TaskCall::StopTask { session, cluster, task, .. } => stopped(session, cluster, task, look).await,
        TaskCall::Execute { task, command, .. } => Err(unknowable(task, command)),
        TaskCall::WatchTask { .. } | TaskCall::ListTasks { .. } | TaskCall::GetLogEvents { .. } => {
            Ok(Found::NotHappened)
        }
    }
}

/// A task that says to be started by us is ours. Where none is, asking again is safe while AWS remembers: the client
/// token is the same, and an answer that is still on its way there comes to the same task. Later nobody can tell.
async fn started(session: &str, document: &Value, look: Look<'_>) -> Result<Found, Fault> {
    let (cluster, ours) = (text(document, "cluster"), text(document, "startedBy"));
    let definition = text(document, "taskDefinition");
    let family = definition.rsplit('/').next().unwrap_or(definition).split(':').next().unwrap_or(definition);
    // ECS takes startedBy with no other filter, and tells then only of those that should run
    for (filter, desired_status) in [(("startedBy", ours), "RUNNING"), (("family", family), "STOPPED")] {
        let call = TaskCall::ListTasks {
            session: session.to_owned(),
            cluster: cluster.to_owned(),
            filter: BTreeMap::from([(filter.0.to_owned(), filter.1.to_owned())]),
            desired_status: desired_status.to_owned(),
        };
        let listed = look.at(call).await?.document()?;
        let arns: Vec<String> = strings(&listed, "taskArns");
        if arns.is_empty() {
            continue;
        }
        let described = describe(session, cluster, arns, look).await?;
        let mut tasks = described.get("tasks").and_then(Value::as_array).into_iter().flatten();
        if let Some(task) = tasks.find(|task| text(task, "startedBy") == ours) {
            return Ok(happened(json!({ "tasks": [task], "failures": [] })));
        }
    }
    let gone = look.world.clock().saturating_sub(look.since);
    if gone < REMEMBERED_MILLIS {
        return Ok(Found::NotHappened);
    }
    let message = format!(
        "whether the task {ours} was started in {cluster} cannot be known any more: no task says so, and ECS forgets one \
         an hour after it has stopped"
    );
    Err(Fault::new(FaultKind::Moved, "TaskForgotten", message)
        .hint("look in its log whether it ran; then start the release again from its beginning, or without that task"))
}

/// ECS keeps nothing of a command.
fn unknowable(task: &str, command: &str) -> Fault {
    let task = task.rsplit('/').next().unwrap_or(task);
    let message =
        format!("whether `{command}` in task {task} ran to its end cannot be known: the session with it was cut");
    Fault::new(FaultKind::Moved, "CommandCut", message).hint(
        "look at what it was to change; then start the script again from its beginning, or without that command. It is not \
         executed a second time",
    )
}

async fn stopped(session: &str, cluster: &str, task: &str, look: Look<'_>) -> Result<Found, Fault> {
    let described = describe(session, cluster, vec![task.to_owned()], look).await?;
    let found = described.pointer("/tasks/0");
    let runs = found.is_some_and(|task| text(task, "desiredStatus") == "RUNNING");
    Ok(if runs { Found::NotHappened } else { happened(json!({ "task": found })) })
}

async fn describe(session: &str, cluster: &str, tasks: Vec<String>, look: Look<'_>) -> Result<Value, Fault> {
    let (session, cluster) = (session.to_owned(), cluster.to_owned());
    look.at(EcsCall::DescribeTasks { session, cluster, tasks }).await?.document()
}

fn strings(answer: &Value, member: &str) -> Vec<String> {
    let listed = answer.get(member).and_then(Value::as_array).into_iter().flatten();
    listed.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn happened(answer: Value) -> Found {
    Found::Happened(Box::new(Reply::Document(answer)))
}
