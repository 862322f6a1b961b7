//! Why a rollout goes wrong: the failed tasks and the telling events, each cause once.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::failed_tasks::{failed_tasks, taken_tasks};
use super::hints::hint_for;
use super::observation::{Container, Observation, Task};
use super::read;
use super::service_deployment::{Breaker, ServiceDeployment};
use super::target::Target;
use serde_json::Value;

/// One cause, and how often it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The cause, in ECS's words where it has some.
    pub cause: String,
    /// How many tasks or events say so.
    pub count: usize,
    /// The short ids of the tasks; empty for an event.
    pub tasks: Vec<String>,
    /// The container, where one is to blame.
    pub container: Option<String>,
    /// What its process ended with.
    pub exit_code: Option<i64>,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
    /// The last lines that the container logged, where they could be read.
    #[serde(default)]
    pub log: Vec<String>,
}

impl Finding {
    /// The finding in lines: the cause, and what the container logged last.
    pub fn lines(&self) -> Vec<String> {
        let container = self.container.as_deref().unwrap_or("the container");
        let logged = self.log.iter().map(|line| format!("{container} logged: {line}"));
        std::iter::once(self.to_string()).chain(logged).collect()
    }
}

/// What went wrong with our deployment: first its failed tasks and those that were taken from it, then what ECS's record of it tells, then the service's
/// events since it began.
///
/// A placement that failed leaves no task: the events are then the only trace.
pub fn diagnosis(seen: &Observation, target: &Target) -> Vec<Finding> {
    let mut found = Vec::new();
    for task in failed_tasks(seen, &target.deployment) {
        for finding in of_task(task) {
            add(&mut found, finding);
        }
    }
    for task in taken_tasks(seen, &target.deployment) {
        let code = task.stop_code.as_deref().unwrap_or_default();
        let reason = task.stopped_reason.as_deref().filter(|reason| !reason.is_empty()).map(without_ids);
        let cause = reason.map_or_else(|| code.to_owned(), |reason| format!("{code}: {reason}"));
        add(&mut found, Finding { tasks: vec![task.short_id().to_owned()], ..finding(cause) });
    }
    for cause in seen.service_deployment.iter().flat_map(of_record) {
        add(&mut found, finding(cause));
    }
    let pinned = || seen.service_deployment.as_ref()?.created_at;
    let since = target.since.or_else(|| seen.deployment(&target.deployment)?.created_at).or_else(pinned);
    let mut known = BTreeSet::new();
    for event in &seen.events {
        let in_time = match (since, event.created_at) {
            (Some(since), Some(at)) => at >= since,
            _ => true,
        };
        let new = event.id.is_empty() || known.insert(event.id.as_str());
        if in_time && new && tells(&event.message) {
            add(&mut found, finding(without_ids(&event.message)));
        }
    }
    found
}

/// Counts a cause that is known already instead of telling it twice.
fn add(found: &mut Vec<Finding>, finding: Finding) {
    match found
        .iter_mut()
        .find(|known| known.cause == finding.cause && known.tasks.is_empty() == finding.tasks.is_empty())
    {
        Some(known) => {
            known.count += 1;
            known.tasks.extend(finding.tasks);
        }
        None => found.push(finding),
    }
}

/// A cause that no task is named with.
pub fn plainly(cause: String) -> Finding {
    finding(cause)
}

fn finding(cause: String) -> Finding {
    let hint = hint_for(&cause).map(str::to_owned);
    Finding { cause, count: 1, tasks: Vec::new(), container: None, exit_code: None, hint, log: Vec::new() }
}

/// What guards a deployment and spoke up: the breaker with its counts, alarms, hooks.
fn of_record(one: &ServiceDeployment) -> Vec<String> {
    let mut causes = Vec::new();
    if let Some(breaker) = one.breaker.as_ref().filter(|breaker| breaker.triggered) {
        let Breaker { failures, threshold, .. } = breaker;
        causes.push(format!(
            "the deployment circuit breaker counted {failures} failed tasks of the {threshold} it allows"
        ));
    }
    for name in one.alarms.iter().flat_map(|alarms| &alarms.gone_off) {
        causes.push(format!("alarm {name} went off"));
    }
    for hook in &one.hooks {
        let function = hook.function.as_deref().map(|arn| format!(" ({arn})")).unwrap_or_default();
        match hook.status.as_str() {
            "TIMED_OUT" => causes.push(format!("{hook}{function} had no answer in time")),
            "FAILED" => causes.push(format!("{hook}{function} failed")),
            _ => {}
        }
    }
    causes
}

/// Why a task, as `DescribeTasks` tells it, stopped.
pub fn findings_of_task(task: &Value) -> Vec<Finding> {
    of_task(&read::task(task))
}

fn of_task(task: &Task) -> Vec<Finding> {
    let tasks = vec![task.short_id().to_owned()];
    let stopped = task.stopped_reason.as_deref().unwrap_or_default();
    let blamed = to_blame(&task.containers);
    if task.stop_code.as_deref() == Some("ServiceSchedulerInitiated") && !stopped.is_empty() {
        // how containers end that the scheduler ends explains nothing
        let silent = blamed.iter().all(|container| container.reason.is_none());
        let only = task.containers.first().filter(|_| task.containers.len() == 1);
        if silent {
            let container = only.map(|container| container.name.clone());
            return vec![Finding { tasks, container, ..finding(without_ids(stopped)) }];
        }
    }
    if blamed.is_empty() {
        let cause = match (stopped, task.stop_code.as_deref()) {
            ("", code) => format!("stopped with {}", code.unwrap_or("no reason given")),
            (reason, _) => without_ids(reason),
        };
        return vec![Finding { tasks, ..finding(cause) }];
    }
    let of_container = |container: &Container| {
        let mut cause = match container.exit_code {
            Some(code) => format!("container `{}` exited with {code}", container.name),
            None => format!("container `{}` did not start", container.name),
        };
        // the task's reason often repeats the container's
        let reason = container.reason.as_deref().unwrap_or_default();
        let stopped = if reason.contains(stopped) { "" } else { stopped };
        let reason = if stopped.contains(reason) { "" } else { reason };
        for text in [reason, stopped].into_iter().filter(|text| !text.is_empty()) {
            cause.push_str(": ");
            cause.push_str(&without_ids(text));
        }
        let (container, exit_code) = (Some(container.name.clone()), container.exit_code);
        Finding { tasks: tasks.clone(), container, exit_code, ..finding(cause) }
    };
    blamed.into_iter().map(of_container).collect()
}

/// The containers that explain a task's end: those with a reason or a code of their own; else those that were killed,
/// which is how the others end; else those that just ended.
fn to_blame(containers: &[Container]) -> Vec<&Container> {
    let of_tier = |tier: Tier| containers.iter().filter(|container| blame(container) == Some(tier)).collect::<Vec<_>>();
    let tiers = [Tier::Speaks, Tier::Killed, Tier::Ended].map(of_tier);
    tiers.into_iter().find(|blamed| !blamed.is_empty()).unwrap_or_default()
}

/// How much a container explains.
#[derive(Clone, Copy, PartialEq)]
enum Tier {
    Speaks,
    Killed,
    Ended,
}

fn blame(container: &Container) -> Option<Tier> {
    match (&container.reason, container.exit_code) {
        (None, None) => None,
        (None, Some(0)) => Some(Tier::Ended),
        // by SIGKILL or SIGTERM
        (None, Some(137 | 143)) => Some(Tier::Killed),
        (Some(_), _) | (None, Some(_)) => Some(Tier::Speaks),
    }
}

/// Whether an event says that something goes wrong.
fn tells(message: &str) -> bool {
    let parts = ["unable to", "is unhealthy", "failed", "rolling back", "rolled back"];
    parts.iter().any(|part| message.contains(part))
}

/// The message without ids of tasks (32 hexadecimal digits), so that one cause of many tasks is one cause.
fn without_ids(message: &str) -> String {
    let separates = |c: char| !c.is_ascii_alphanumeric();
    let shown = |piece: &str| {
        let word = piece.trim_end_matches(separates);
        match piece.strip_prefix(word) {
            Some(end) if is_task_id(word) => format!("…{end}"),
            _ => piece.to_owned(),
        }
    };
    message.split_inclusive(separates).map(shown).collect()
}

fn is_task_id(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tasks.as_slice() {
            [] => {}
            [task] => write!(f, "task {task}: ")?,
            [task, others @ ..] => write!(f, "task {task} and {} more: ", others.len())?,
        }
        f.write_str(&self.cause)?;
        if self.tasks.is_empty() && self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        Ok(())
    }
}
