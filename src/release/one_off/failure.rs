//! A task that did not end well, in words, and what becomes of one whose time is over.

use super::{OneOff, Otherwise};
use crate::domain::duration;
use crate::domain::one_off::{findings, id};
use crate::domain::rollout::Finding;
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, TaskCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::{Value, json};
use std::time::Duration;

/// The fault of a task that has stopped, with what ECS and its containers say of why.
pub(super) fn failed(definition: &str, task: &Value, logs: &Value, why: &str) -> Fault {
    let findings = findings(task, logs);
    let message = format!("task {} of {} failed: {why}", id(task), short_name(definition));
    let hint = findings.iter().find_map(|finding| finding.hint.clone());
    let details = findings.iter().flat_map(Finding::lines).collect();
    Fault { hint, details, ..Fault::new(FaultKind::Rollout, "TaskFailed", message) }
}

/// The fault of a task that has not ended in time; it is stopped where that is wanted.
///
/// # Errors
/// Only what ends the run.
pub(super) async fn ran_out(
    gateway: &Gateway,
    wanted: &OneOff,
    definition: &str,
    task: &Value,
    status: &str,
) -> Result<Fault, Fault> {
    let limit = duration::brief(Duration::from_millis(wanted.timeout_millis));
    let (name, id) = (short_name(definition), id(task));
    let status = if status.is_empty() { "not described yet" } else { status };
    let message = format!("task {id} of {name} has not ended after {limit}: it is {status}");
    let left = match wanted.on_timeout {
        Otherwise::Leave => format!("task {id} goes on, as on_timeout says"),
        Otherwise::Stop => match stop(gateway, wanted, task).await {
            Ok(()) => format!("task {id} was told to stop, as on_timeout says"),
            Err(fault) if fault.ends_the_run() => return Err(fault),
            Err(fault) => format!("task {id} goes on, and could not be stopped: {fault}"),
        },
    };
    Ok(Fault::new(FaultKind::Rollout, "WaitRanOut", message)
        .details(vec![left])
        .hint("give it more time with `timeout`, or look at its log for what holds it up"))
}

async fn stop(gateway: &Gateway, wanted: &OneOff, task: &Value) -> Result<(), Fault> {
    let arn = task.get("taskArn").cloned().unwrap_or_else(|| json!(""));
    let call = TaskCall::StopTask {
        session: wanted.session.clone(),
        cluster: wanted.cluster.clone(),
        task: arn.as_str().unwrap_or_default().to_owned(),
        reason: "it did not end in the time that its release gave it".to_owned(),
    };
    gateway.perform(Call::Task(call)).await.map(|_| ())
}
