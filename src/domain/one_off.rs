//! A task that runs once: which of its containers decide, where they log, and how it ended.

use super::rollout::{Finding, findings_of_task};
use super::task_definition::TaskDefinition;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A container of a task that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Its name in the task definition.
    pub name: String,
    /// Whether it has to end with 0 for the task to have succeeded.
    pub decides: bool,
    /// Where it logs, where that is `CloudWatch` Logs.
    pub log: Option<LogPlace>,
}

/// Where the log driver awslogs writes what a container of any task of a definition logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPlace {
    /// `awslogs-group`.
    pub group: String,
    /// `awslogs-stream-prefix`; without one, the stream has the name of the container's runtime.
    pub prefix: Option<String>,
    /// `awslogs-region`.
    pub region: Option<String>,
}

impl LogPlace {
    /// Of a container of a task definition; none where it logs elsewhere.
    pub fn of(container: &Value) -> Option<Self> {
        let text = |pointer: &str| container.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if text("/logConfiguration/logDriver")? != "awslogs" {
            return None;
        }
        Some(Self {
            group: text("/logConfiguration/options/awslogs-group")?,
            prefix: text("/logConfiguration/options/awslogs-stream-prefix"),
            region: text("/logConfiguration/options/awslogs-region"),
        })
    }

    /// The stream of one container of one task, as `DescribeTasks` tells it: `PREFIX/CONTAINER/TASK-ID`.
    pub fn stream(&self, container: &str, task: &Value) -> Option<String> {
        match &self.prefix {
            Some(prefix) => Some(format!("{prefix}/{container}/{}", id(task))),
            None => containers(task)
                .find(|one| one.get("name").and_then(Value::as_str) == Some(container))
                .and_then(|one| one.get("runtimeId")?.as_str())
                .map(str::to_owned),
        }
    }
}

/// The containers of a definition: those that decide are named in `deciding`, or the essential ones where none is.
pub fn counted(definition: &TaskDefinition, deciding: &[String]) -> Vec<Counted> {
    let listed = definition.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten();
    let counted = |container: &Value| {
        let name = container.get("name").and_then(Value::as_str)?.to_owned();
        // ECS takes what is not said for true
        let essential = container.get("essential").and_then(Value::as_bool).unwrap_or(true);
        let decides = if deciding.is_empty() { essential } else { deciding.contains(&name) };
        Some(Counted { decides, log: LogPlace::of(container), name })
    };
    listed.filter_map(counted).collect()
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It has not stopped yet; its last status.
    Runs(String),
    /// It ended by itself, and every container that decides ended with 0.
    Succeeded,
    /// It has stopped otherwise: why, in a sentence.
    Failed(String),
}

/// What a task, as `DescribeTasks` tells it, came to.
///
/// A code of 0 of a task that somebody or something stopped proves nothing: a process may end well on being told to.
pub fn standing(task: &Value, counted: &[Counted]) -> Standing {
    let text = |member: &str| task.get(member).and_then(Value::as_str).unwrap_or_default();
    if text("lastStatus") != "STOPPED" {
        return Standing::Runs(text("lastStatus").to_owned());
    }
    let reason = text("stoppedReason");
    match text("stopCode") {
        "TaskFailedToStart" => return Standing::Failed("it did not start".to_owned()),
        "" | "EssentialContainerExited" => {}
        "UserInitiated" => return Standing::Failed(format!("it was stopped ({})", said(reason))),
        code => return Standing::Failed(format!("it was stopped by AWS ({code}: {})", said(reason))),
    }
    let ended = exit_codes(task);
    let code_of = |name: &str| ended.iter().find(|(known, _)| known == name).and_then(|(_, code)| *code);
    for one in counted.iter().filter(|one| one.decides) {
        match code_of(&one.name) {
            Some(0) => {}
            Some(code) => return Standing::Failed(format!("container `{}` exited with {code}", one.name)),
            None => return Standing::Failed(format!("container `{}` has no exit code", one.name)),
        }
    }
    Standing::Succeeded
}

fn said(reason: &str) -> &str {
    if reason.is_empty() { "no reason given" } else { reason }
}

/// Container → what its process ended with; none where it never ran, or has not ended.
pub fn exit_codes(task: &Value) -> Vec<(String, Option<i64>)> {
    let code = |one: &Value| {
        let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
        (name.to_owned(), one.get("exitCode").and_then(Value::as_i64))
    };
    containers(task).map(code).collect()
}

/// Why it stopped, by container, with what each has logged last.
pub fn findings(task: &Value, logs: &Value) -> Vec<Finding> {
    let mut findings = findings_of_task(task);
    for finding in &mut findings {
        let lines = finding.container.as_deref().and_then(|name| logs.get(name)?.as_array());
        finding.log = lines.into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned)).collect();
    }
    findings
}

/// The last part of a task's ARN, by which people know it.
pub fn id(task: &Value) -> &str {
    let arn = task.get("taskArn").and_then(Value::as_str).unwrap_or_default();
    arn.rsplit('/').next().unwrap_or(arn)
}

fn containers(task: &Value) -> impl Iterator<Item = &Value> {
    task.get("containers").and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests;
