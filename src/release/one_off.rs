//! A task that is run once: its definition, its start, its end.

mod failure;
mod request;

use super::definition::{Base, Edits, register};
use super::service::Service;
use crate::domain::one_off::{self, Standing, counted, standing};
use crate::domain::task_definition::{TaskDefinition, differences, short_name};
use crate::effects::call::{Call, TaskCall};
use crate::effects::cleanup::TaskToStop;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use request::Placed;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What becomes of a task that is under way when its wait ends, or the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Otherwise {
    /// It goes on.
    #[default]
    Leave,
    /// It is stopped.
    Stop,
}

/// What is to be run, where and how.
#[derive(Clone, Debug, Default)]
pub struct OneOff {
    /// The session.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
    /// The service whose definition, network and capacity are taken where nothing else is said.
    pub like: Option<Service>,
    /// The definition to start from instead.
    pub base: Option<Base>,
    /// What is changed in it: that makes a revision.
    pub edits: Edits,
    /// What this task alone has otherwise.
    pub overrides: Overrides,
    /// `awsvpcConfiguration`, in ECS's words.
    pub network: Option<Value>,
    /// `capacityProviderStrategy`, in ECS's words.
    pub capacity_providers: Option<Value>,
    /// `FARGATE`, `EC2` or `EXTERNAL`.
    pub launch_type: Option<String>,
    /// Of Fargate.
    pub platform_version: Option<String>,
    /// Whether sessions in its containers are allowed.
    pub execute_command: Option<bool>,
    /// `family:NAME` where nothing is said.
    pub group: Option<String>,
    /// Name → value.
    pub tags: BTreeMap<String, String>,
    /// The containers whose exit codes decide; the essential ones where none is named.
    pub deciding: Vec<String>,
    /// Whether its end is waited for.
    pub wait: bool,
    /// How long at the most.
    pub timeout_millis: u64,
    /// Whether what its containers log is told meanwhile.
    pub follow: bool,
    /// What becomes of it when that time is over.
    pub on_timeout: Otherwise,
    /// What becomes of it when the run is told to stop.
    pub on_interrupt: Otherwise,
}

/// What one task has otherwise than its definition.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Container → command.
    pub command: BTreeMap<String, Vec<String>>,
    /// Container → variable → value.
    pub env: BTreeMap<String, BTreeMap<String, String>>,
    /// The task's CPU units.
    pub cpu: Option<u64>,
    /// The task's memory in MiB.
    pub memory: Option<u64>,
    /// Name or ARN of the role that its containers have.
    pub task_role: Option<String>,
    /// Name or ARN of the role that starts it.
    pub execution_role: Option<String>,
    /// `overrides` in ECS's own words, under all that is named by itself.
    pub more: Map<String, Value>,
}

/// Runs a task, and waits for its end where that is wanted. Gives `task`, `arn`, `cluster`, `task_definition`, `status`,
/// `exit_codes` by container, `stop_code`, `stopped_reason`, `started_at` and `stopped_at`.
///
/// A run that is gone on with finds the task that it has started, and never starts a second one.
///
/// # Errors
/// `Rollout`: it could not start, a container that decides did not end with 0, it was stopped, or its time is over, with
/// what is known of why. What AWS refuses; a container that the definition does not have.
pub async fn run(gateway: &Gateway, wanted: &OneOff) -> Result<Value, Fault> {
    let described = match &wanted.like {
        Some(service) => service.describe(gateway).await?,
        None => Value::Null,
    };
    let (arn, definition) = definition(gateway, wanted, &described).await?;
    let placed = Placed { definition: &definition, arn: &arn, like: &described };
    let document = request::request(wanted, placed, &started_by(gateway))?;
    let counted = counted(&definition, &wanted.deciding);
    let session = wanted.session.clone();
    let answer = gateway.perform(Call::Task(TaskCall::RunTask { session, document })).await?.document()?;
    let Some(task) = answer.pointer("/tasks/0").filter(|task| !one_off::id(task).is_empty()) else {
        let message = format!("the answer to running a task of {} names none", short_name(&arn));
        return Err(Fault::new(FaultKind::Verification, "NoTask", message));
    };
    let task_arn = task.get("taskArn").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, cluster) = (one_off::id(task), short_name(&wanted.cluster));
    gateway.events().step(format!("task {id} of {} is started in {cluster}", short_name(&arn)));
    if !wanted.wait {
        return Ok(result(wanted, &arn, task));
    }
    let (session, cluster) = (wanted.session.clone(), wanted.cluster.clone());
    if wanted.on_interrupt == Otherwise::Stop {
        let (session, cluster, task) = (session.clone(), cluster.clone(), task_arn.clone());
        gateway.stop_at_interruption(TaskToStop { session, cluster, task });
    }
    let call = TaskCall::WatchTask {
        session,
        cluster,
        task: task_arn.clone(),
        containers: counted.clone(),
        follow: wanted.follow,
        timeout_millis: wanted.timeout_millis,
    };
    let end = gateway.perform(Call::Task(call)).await?.document()?;
    gateway.leave_alone(&task_arn);
    let (task, logs) = (end.get("task").unwrap_or(&Value::Null), end.get("logs").unwrap_or(&Value::Null));
    match standing(task, &counted) {
        Standing::Succeeded => {
            let codes: Vec<String> = one_off::exit_codes(task)
                .iter()
                .filter_map(|(name, code)| code.map(|code| format!("{name} exited with {code}")))
                .collect();
            gateway.events().step(format!("task {} has ended: {}", one_off::id(task), codes.join(", ")));
            Ok(result(wanted, &arn, task))
        }
        Standing::Failed(why) => Err(failure::failed(&arn, task, logs, &why)),
        Standing::Runs(status) => Err(failure::ran_out(gateway, wanted, &arn, task, &status).await?),
    }
}

/// What names this task among all: the run, and the place in it. ECS takes letters, numbers, `-`, `_` and `/`.
fn started_by(gateway: &Gateway) -> String {
    /// With the key the whole stays below ECS's 128.
    const LONGEST: usize = 80;
    let plain = |text: &str| -> String {
        text.chars().map(|one| if one.is_ascii_alphanumeric() || "-_/".contains(one) { one } else { '_' }).collect()
    };
    let run = gateway.run();
    // a plan's run is a symbol, and bound to the run that follows it
    let run = if run.starts_with('<') { run.to_owned() } else { plain(run).chars().take(LONGEST).collect() };
    format!("gantry/{run}/{}", plain(&gateway.next_key().to_string()))
}

/// The definition that is run, and its ARN: what was changed in it is registered.
async fn definition(gateway: &Gateway, wanted: &OneOff, like: &Value) -> Result<(String, TaskDefinition), Fault> {
    let place = Service { session: wanted.session.clone(), cluster: wanted.cluster.clone(), name: String::new() };
    let (base, given) = match &wanted.base {
        Some(Base::Given(document)) => (document.clone(), true),
        Some(Base::Named(name)) => (place.task_definition(gateway, name).await?, false),
        None => match like.get("taskDefinition").and_then(Value::as_str) {
            Some(name) => (place.task_definition(gateway, name).await?, false),
            None => {
                return Err(Fault::usage("run_task: nothing says what to run")
                    .hint("name a `task_definition`, or a service that it is `like`"));
            }
        },
    };
    let edited = wanted.edits.applied(gateway, &place, &base).await?;
    let registered = base.arn().filter(|_| !given && differences(&base, &edited).is_empty());
    let arn = match registered {
        Some(arn) => arn.to_owned(),
        None => register(gateway, &wanted.session, &edited).await?.0,
    };
    Ok((arn, edited))
}

fn result(wanted: &OneOff, definition: &str, task: &Value) -> Value {
    let codes = one_off::exit_codes(task).into_iter().map(|(name, code)| (name, json!(code)));
    json!({
        "task": one_off::id(task),
        "arn": task.get("taskArn"),
        "cluster": wanted.cluster,
        "task_definition": short_name(definition),
        "status": task.get("lastStatus"),
        "exit_codes": codes.collect::<Map<_, _>>(),
        "stop_code": task.get("stopCode"),
        "stopped_reason": task.get("stoppedReason"),
        "started_at": task.get("startedAt"),
        "stopped_at": task.get("stoppedAt"),
    })
}
