//! Tasks of anybody: listed, stopped, and what their containers have logged.

use super::definition::described;
use super::service::text;
use crate::domain::one_off::{LogPlace, id};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall, TaskCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where tasks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The session.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
}

/// Which tasks, by what ECS wants of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// Those that should run.
    #[default]
    Running,
    /// Those that should not: the ones that drain, and those that have stopped within the last hour.
    Stopped,
    /// All of them.
    All,
}

/// The tasks of a place that `filter` picks, in ECS's words, each with `id`, `arn`, `task_definition`, `status`, `wanted`,
/// `health`, `group`, `started_by`, `started_at`, `stopped_at`, `stop_code`, `stopped_reason` and `containers`.
///
/// # Errors
/// Of the reads.
pub async fn list(
    gateway: &Gateway,
    place: &Place,
    filter: &BTreeMap<String, String>,
    wanted: Wanted,
) -> Result<Vec<Value>, Fault> {
    let statuses: &[&str] = match wanted {
        Wanted::Running => &["RUNNING"],
        Wanted::Stopped => &["STOPPED"],
        Wanted::All => &["RUNNING", "STOPPED"],
    };
    let mut arns = Vec::new();
    for status in statuses {
        let call = TaskCall::ListTasks {
            session: place.session.clone(),
            cluster: place.cluster.clone(),
            filter: filter.clone(),
            desired_status: (*status).to_owned(),
        };
        let listed = gateway.perform(Call::Task(call)).await?.document()?;
        arns.extend(members(&listed, "taskArns").filter_map(Value::as_str).map(str::to_owned));
    }
    Ok(describe(gateway, place, arns).await?.iter().map(task).collect())
}

async fn describe(gateway: &Gateway, place: &Place, tasks: Vec<String>) -> Result<Vec<Value>, Fault> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let (session, cluster) = (place.session.clone(), place.cluster.clone());
    let answer = gateway.perform(Call::Ecs(EcsCall::DescribeTasks { session, cluster, tasks })).await?.document()?;
    Ok(members(&answer, "tasks").cloned().collect())
}

/// A described task as scripts see it.
pub fn task(one: &Value) -> Value {
    let container = |one: &Value| {
        json!({
            "name": text(one, "name"),
            "status": text(one, "lastStatus"),
            "health": one.get("healthStatus"),
            "image": text(one, "image"),
            "digest": one.get("imageDigest"),
            "exit_code": one.get("exitCode"),
            "reason": one.get("reason"),
        })
    };
    json!({
        "id": id(one),
        "arn": text(one, "taskArn"),
        "task_definition": short_name(text(one, "taskDefinitionArn")),
        "status": text(one, "lastStatus"),
        "wanted": text(one, "desiredStatus"),
        "health": one.get("healthStatus"),
        "group": one.get("group"),
        "started_by": one.get("startedBy"),
        "started_at": one.get("startedAt"),
        "stopped_at": one.get("stoppedAt"),
        "stop_code": one.get("stopCode"),
        "stopped_reason": one.get("stoppedReason"),
        "containers": members(one, "containers").map(container).collect::<Vec<_>>(),
    })
}

/// Stops tasks, one after the other. A service starts others in the place of its own.
///
/// # Errors
/// Of the first that cannot be stopped.
pub async fn stop(gateway: &Gateway, place: &Place, tasks: &[String], reason: &str) -> Result<(), Fault> {
    for task in tasks {
        let (session, cluster) = (place.session.clone(), place.cluster.clone());
        let (task, reason) = (task.clone(), reason.to_owned());
        let told = format!("task {} is stopped", short_name(&task));
        gateway.perform(Call::Task(TaskCall::StopTask { session, cluster, task, reason })).await?;
        gateway.events().step(told);
    }
    Ok(())
}

/// What is executed in a task that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// With its arguments, in one text.
    pub text: String,
    /// In which container, where the task has several.
    pub container: Option<String>,
    /// Whether it has the terminal.
    pub terminal: bool,
    /// How long it may take, where it does not have the terminal.
    pub timeout_millis: u64,
}

/// Executes a command in a task: the lines that it printed. ECS tells no exit status.
///
/// # Errors
/// Usage for a command of no words; those of ECS; `Missing` without AWS's plugin for sessions.
pub async fn execute(gateway: &Gateway, place: &Place, task: &str, command: Command) -> Result<Vec<Value>, Fault> {
    let Command { text, container, terminal, timeout_millis } = command;
    if text.trim().is_empty() {
        return Err(Fault::usage("there is no command to execute").hint("give it as one text: \"bin/check --all\""));
    }
    let (session, cluster) = (place.session.clone(), place.cluster.clone());
    gateway.events().step(format!("`{text}` is executed in task {}", short_name(task)));
    let task = task.to_owned();
    let call = TaskCall::Execute { session, cluster, task, container, command: text, terminal, timeout_millis };
    let answer = gateway.perform(Call::Task(call)).await?.document()?;
    Ok(members(&answer, "lines").cloned().collect())
}

/// The last lines that a container of a task has logged to `CloudWatch` Logs; of its only container where none is named.
///
/// # Errors
/// `Missing`: ECS does not tell of the task, or the log is not there; a container that it does not have, or that logs
/// elsewhere.
pub async fn log(
    gateway: &Gateway,
    place: &Place,
    task: &str,
    container: Option<&str>,
    limit: u32,
) -> Result<Vec<Value>, Fault> {
    let found = describe(gateway, place, vec![task.to_owned()]).await?;
    let Some(found) = found.first() else {
        let message = format!("cluster {} does not tell of task {}", short_name(&place.cluster), short_name(task));
        return Err(Fault::new(FaultKind::Missing, "TaskMissing", message)
            .hint("check its id and the cluster; ECS forgets a task an hour after it has stopped"));
    };
    let (session, task_definition) = (place.session.clone(), text(found, "taskDefinitionArn").to_owned());
    let call = EcsCall::DescribeTaskDefinition { session, task_definition };
    let definition = described(gateway.perform(Call::Ecs(call)).await?.document()?)?;
    let names = definition.containers();
    let name = match (container, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, _) => {
            let hint = format!("name the `container`: {}", names.join(", "));
            return Err(Fault::usage(format!("task {} has {} containers", id(found), names.len())).hint(hint));
        }
    };
    let listed = definition.get("containerDefinitions").unwrap_or(&Value::Null).as_array().into_iter().flatten();
    let Some(document) = listed.into_iter().find(|one| text(one, "name") == name) else {
        let message = format!("{} has no container `{name}`", definition.short_name());
        return Err(Fault::usage(message).hint(format!("it has: {}", names.join(", "))));
    };
    let log = LogPlace::of(document);
    let Some((group, stream)) = log.and_then(|log| log.stream(name, found).map(|stream| (log.group, stream))) else {
        let message = format!("container `{name}` of {} does not log to CloudWatch Logs", definition.short_name());
        return Err(Fault::usage(message).hint("its `logConfiguration` says where it does"));
    };
    let session = place.session.clone();
    let call = TaskCall::GetLogEvents { session, group, stream, limit };
    let answer = gateway.perform(Call::Task(call)).await?.document()?;
    let event = |one: &Value| json!({ "at": one.get("timestamp"), "line": text(one, "message") });
    Ok(members(&answer, "events").map(event).collect())
}

fn members<'a>(document: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    document.get(member).and_then(Value::as_array).into_iter().flatten()
}
