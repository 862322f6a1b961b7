//! What becomes of a rollout that is under way when the run is told to stop.

use super::deploy::Rollout;
use super::history::History;
use super::service::{Service, primary, text};
use super::undo::not_stopped;
use crate::domain::code_deploy;
use crate::domain::rollout::{Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, CodeDeployCall, EcsCall, TaskCall};
use crate::effects::cleanup::{Promise, TaskToStop, Then};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde::Deserialize;
use serde_json::json;

/// What is done about a rollout that is under way when the run is told to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInterrupt {
    /// It goes on by itself, and the run can be gone on with.
    #[default]
    Leave,
    /// It is taken back, and the run is over.
    Rollback,
    /// It is stopped where it stands, and the run is over.
    Stop,
}

impl OnInterrupt {
    /// What is promised by it.
    pub(super) fn then(self) -> Then {
        match self {
            Self::Leave => Then::Left,
            Self::Rollback => Then::TakenBack,
            Self::Stop => Then::Stopped,
        }
    }
}

/// What came of the promises.
#[derive(Debug, Default)]
pub struct Followed {
    /// Whether a rollout was taken back or stopped: then the run has failed, and there is nothing to go on with.
    pub over: bool,
    /// What could not be done.
    pub failed: Vec<Fault>,
}

/// Promises what becomes of `deployment`, which has begun on a service that ran `previous` (an ARN) before.
pub(super) fn promise(
    gateway: &Gateway,
    service: &Service,
    deployment: &str,
    previous: &str,
    on_interrupt: OnInterrupt,
) {
    let Service { session, cluster, name } = service.clone();
    let (deployment, previous) = (deployment.to_owned(), previous.to_owned());
    gateway.promise(Promise { session, cluster, service: name, deployment, previous, then: on_interrupt.then() });
}

/// Nothing is promised any more of a rollout that has come to its end, for better or worse; one that only serves is still
/// under way.
pub(super) fn judged(gateway: &Gateway, rollout: &Rollout, verdict: &Verdict) {
    let under_way = matches!(verdict, Verdict::Done { reached } if *reached < Until::Deployed);
    if let Some(deployment) = rollout.deployment.as_deref().filter(|_| !under_way) {
        gateway.release(deployment);
    }
}

/// Does what was promised for the rollouts and one-off tasks that are under way. It is asked for, and not waited for.
pub async fn follow(gateway: &Gateway) -> Followed {
    let mut followed = Followed::default();
    stop_tasks(gateway, &mut followed).await;
    for promise in gateway.promises() {
        let place = format!("{}/{}", promise.cluster, promise.service);
        if promise.then == Then::Left {
            gateway
                .events()
                .step(format!("{place}: our deployment goes on by itself, since on_interrupt is \"leave\""));
            continue;
        }
        match keep(gateway, &promise).await {
            Ok(Kept::Asked(what)) => {
                followed.over = true;
                gateway.events().step(format!("{place}: {what}, as on_interrupt says; it is not waited for"));
            }
            Ok(Kept::NotUnderWay) => {
                gateway
                    .events()
                    .step(format!("{place}: our deployment is not under way any more, and is left as it is"));
            }
            Err(fault) => {
                let message = format!("{place} is left as it is, against on_interrupt: {}", fault.message);
                let hint = "`gantry resume` goes on with the rollout; `gantry rollback` takes it back";
                let hint = fault.hint.as_ref().map_or_else(|| hint.to_owned(), |why| format!("{why}; {hint}"));
                followed.failed.push(Fault { message, ..fault }.hint(hint));
            }
        }
    }
    followed
}

/// Stops the one-off tasks that are not to outlive the run.
async fn stop_tasks(gateway: &Gateway, followed: &mut Followed) {
    for TaskToStop { session, cluster, task } in gateway.tasks_to_stop() {
        let name = short_name(&task).to_owned();
        let reason = "the release that started it was interrupted".to_owned();
        let hint =
            format!("`gantry resume` goes on with it; by hand: aws ecs stop-task --cluster {cluster} --task {name}");
        match gateway.last(TaskCall::StopTask { session, cluster, task, reason }).await {
            Ok(_) => {
                followed.over = true;
                gateway.events().step(format!("task {name} is stopped, as on_interrupt says; it is not waited for"));
            }
            Err(fault) => {
                let message = format!("task {name} goes on, against on_interrupt: {}", fault.message);
                followed.failed.push(Fault { message, ..fault }.hint(hint));
            }
        }
    }
}

enum Kept {
    Asked(String),
    NotUnderWay,
}

/// `CodeDeploy` takes back or stops its own deployments, and ECS what it has a record of; without one, the definition
/// from before is deployed.
async fn keep(gateway: &Gateway, promise: &Promise) -> Result<Kept, Fault> {
    if let Then::Counted(count) = promise.then {
        return count_again(gateway, promise, count).await;
    }
    if promise.deployment.starts_with(code_deploy::ID) {
        return tell_code_deploy(gateway, promise).await;
    }
    let session = promise.session.clone();
    let (cluster, service) = (promise.cluster.clone(), promise.service.clone());
    let list = EcsCall::ListServiceDeployments { session: session.clone(), cluster, service };
    let history = match gateway.last(list).await {
        Ok(reply) => Some(History::of_answer(&reply.document()?)),
        Err(fault) if fault.kind == FaultKind::Network => return Err(fault),
        // not permitted, or an endpoint without records
        Err(_) => None,
    };
    if let Some(history) = &history {
        if let Some(deployment) = history.under_way(&promise.deployment) {
            let (how, told) = if promise.then == Then::TakenBack {
                ("ROLLBACK", "our deployment is being rolled back")
            } else {
                ("ABORT", "our deployment is being stopped")
            };
            let stop = EcsCall::StopServiceDeployment { session, deployment, how: how.to_owned() };
            gateway.last(stop).await.map_err(|fault| not_stopped(how, fault))?;
            return Ok(Kept::Asked(told.to_owned()));
        }
        if history.of(&promise.deployment).is_some() {
            return Ok(Kept::NotUnderWay);
        }
    }
    if promise.then != Then::TakenBack {
        let message = "the endpoint does not tell its service deployment, so it cannot be stopped";
        return Err(Fault::new(FaultKind::Rollout, "NotUnderWay", message));
    }
    put_back(gateway, promise).await
}

async fn count_again(gateway: &Gateway, promise: &Promise, count: i64) -> Result<Kept, Fault> {
    let document = json!({ "cluster": promise.cluster, "service": promise.service, "desiredCount": count });
    let session = promise.session.clone();
    gateway.last(Call::Ecs(EcsCall::UpdateService { session, document, before: None })).await?;
    Ok(Kept::Asked(format!("{count} tasks are wanted again")))
}

async fn tell_code_deploy(gateway: &Gateway, promise: &Promise) -> Result<Kept, Fault> {
    let (session, deployment) = (promise.session.clone(), promise.deployment.clone());
    let rollback = promise.then == Then::TakenBack;
    let told = if rollback { "is being taken back" } else { "is being stopped" };
    match gateway.last(Call::CodeDeploy(CodeDeployCall::StopDeployment { session, deployment, rollback })).await {
        Ok(_) => Ok(Kept::Asked(format!("deployment {} {told} by CodeDeploy", promise.deployment))),
        Err(fault) if fault.code.contains("AlreadyCompleted") => Ok(Kept::NotUnderWay),
        Err(fault) => Err(fault),
    }
}

async fn put_back(gateway: &Gateway, promise: &Promise) -> Result<Kept, Fault> {
    let (session, cluster) = (promise.session.clone(), promise.cluster.clone());
    let services = vec![promise.service.clone()];
    let answer = gateway.last(EcsCall::DescribeServices { session, cluster, services }).await?.document()?;
    let now = answer.pointer("/services/0").and_then(primary);
    let under_way = now.is_some_and(|now| {
        text(now, "id") == promise.deployment && matches!(text(now, "rolloutState"), "" | "IN_PROGRESS")
    });
    if !under_way {
        return Ok(Kept::NotUnderWay);
    }
    let document =
        json!({ "cluster": promise.cluster, "service": promise.service, "taskDefinition": promise.previous });
    let (session, before) = (promise.session.clone(), Some(promise.deployment.clone()));
    gateway.last(Call::Ecs(EcsCall::UpdateService { session, document, before })).await?;
    let previous = short_name(&promise.previous);
    Ok(Kept::Asked(format!("{previous} is deployed again")))
}
