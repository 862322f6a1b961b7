//! Waiting for a rollout, and what becomes of one that fails.

use super::deploy::Rollout;
use super::failure::{self, Left};
use super::update;
use crate::domain::rollout::{Policy, Target, Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use crate::effects::reply::RolloutEnd;
use serde::Deserialize;

/// What becomes of a deployment that failed or did not get there in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// The service goes back to the definition it ran before.
    #[default]
    Rollback,
    /// Everything is left as it is.
    Leave,
}

/// Waits until `rollout` is where it is wanted.
///
/// # Errors
/// Of the kind `Rollout`, after `on_failure` was followed: the reason, every finding, and the state that the service is
/// left in.
pub async fn wait(
    gateway: &Gateway,
    rollout: &Rollout,
    until: Until,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    if until == Until::None {
        return Ok(());
    }
    let service = &rollout.service;
    if !rollout.began && !rollout.unchanged {
        gateway.events().step(format!("{service}: no deployment began, so there is none to wait for"));
        return Ok(());
    }
    let deployment = rollout.deployment.as_deref().ok_or_else(|| unknown(rollout))?;
    let target = Target { until, ..target(rollout, deployment) };
    let end = watch(gateway, rollout, target, timeout_millis).await?;
    match &end.verdict {
        Verdict::Done { reached } => {
            let name = short_name(&rollout.task_definition);
            gateway.events().step(match reached {
                Until::None => format!("{service}: nothing was waited for"),
                Until::Traffic => format!("{name} serves in {service}, deployment {deployment}; older tasks may still"),
                Until::Deployed => {
                    format!("{name} is deployed to {service}, deployment {deployment}; older tasks may still drain")
                }
                Until::Drained => format!("{service} is drained: only {name}, deployment {deployment}"),
            });
            Ok(())
        }
        Verdict::Failed(_)
        | Verdict::Failing(_)
        | Verdict::Superseded(_)
        | Verdict::Running { .. }
        | Verdict::Awaiting(_) => {
            let went_back = undo(gateway, rollout, &end, timeout_millis, on_failure).await?;
            let left = failure::left(gateway, service).await?;
            Err(failure::fault(rollout, &end, timeout_millis, went_back, left))
        }
    }
}

fn target(rollout: &Rollout, deployment: &str) -> Target {
    Target {
        deployment: deployment.to_owned(),
        task_definition: rollout.task_definition.clone(),
        previous: (!rollout.unchanged).then(|| rollout.previous.clone()),
        since: None,
        until: Until::Deployed,
        service_deployment: None,
        answered: Vec::new(),
    }
}

async fn watch(gateway: &Gateway, rollout: &Rollout, target: Target, timeout_millis: u64) -> Result<RolloutEnd, Fault> {
    let service = &rollout.service;
    let call = Call::Ecs(EcsCall::WatchRollout {
        session: service.session.clone(),
        cluster: service.cluster.clone(),
        service: service.name.clone(),
        target,
        policy: Policy::default(),
        timeout_millis,
    });
    gateway.perform(call).await?.rollout()
}

/// What was done about a failure.
pub(super) enum WentBack {
    /// ECS did it by itself, or someone else has taken over: nothing of ours is left to undo.
    NotNeeded,
    /// It was not wanted.
    NotWanted,
    /// The service ran the same definition before.
    NothingThere,
    /// It was done, and the service runs what it ran before.
    Done,
    /// It was tried.
    Failed(String),
}

/// # Errors
/// Only what ends the run: an interruption during the way back is one of the run, which can be gone on with.
async fn undo(
    gateway: &Gateway,
    rollout: &Rollout,
    end: &RolloutEnd,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<WentBack, Fault> {
    if end.verdict.is_out_of_our_hands() {
        return Ok(WentBack::NotNeeded);
    }
    if on_failure == OnFailure::Leave {
        return Ok(WentBack::NotWanted);
    }
    if short_name(&rollout.previous) == short_name(&rollout.task_definition) {
        return Ok(WentBack::NothingThere);
    }
    let name = short_name(&rollout.previous);
    gateway.events().log(Level::Warn, format!("{} goes back to {name}", rollout.service));
    match go_back(gateway, rollout, timeout_millis).await {
        Ok(true) => {
            gateway.events().step(format!("{} is back on {name}", rollout.service));
            Ok(WentBack::Done)
        }
        Ok(false) => Ok(WentBack::NotNeeded),
        Err(fault) if fault.ends_the_run() => Err(fault),
        Err(fault) => Ok(WentBack::Failed(fault.message)),
    }
}

/// Whether it went back: where another deployment than ours is PRIMARY by now, somebody has taken over.
async fn go_back(gateway: &Gateway, rollout: &Rollout, timeout_millis: u64) -> Result<bool, Fault> {
    let ours = rollout.deployment.as_deref();
    let Some(deployment) = update::put_back(gateway, &rollout.service, &rollout.previous, ours).await? else {
        return Ok(false);
    };
    let back = Rollout {
        service: rollout.service.clone(),
        deployment,
        task_definition: rollout.previous.clone(),
        previous: rollout.task_definition.clone(),
        unchanged: false,
        began: true,
    };
    let deployment = back.deployment.as_deref().ok_or_else(|| unknown(&back))?;
    let end = watch(gateway, &back, target(&back, deployment), timeout_millis).await?;
    match end.verdict {
        Verdict::Done { .. } => Ok(true),
        Verdict::Failed(failure) => Err(Fault::new(FaultKind::Rollout, "RollbackFailed", failure.reason)),
        Verdict::Superseded(superseded) => Err(Fault::new(FaultKind::Rollout, "RollbackSuperseded", superseded.reason)),
        Verdict::Running { waiting_for, .. } => Err(unfinished(&waiting_for)),
        Verdict::Awaiting(hook) => Err(unfinished(&format!("an answer to {hook}"))),
        Verdict::Failing(failure) => Err(unfinished(&failure.reason)),
    }
}

fn unfinished(waiting_for: &str) -> Fault {
    Fault::new(FaultKind::Rollout, "RollbackUnfinished", format!("it still waits for {waiting_for}"))
}

/// An endpoint that does not tell our deployment's id: waiting could only guess.
fn unknown(rollout: &Rollout) -> Fault {
    let name = short_name(&rollout.task_definition);
    let message =
        format!("the answer to updating {} shows no deployment of {name}, so it cannot be followed", rollout.service);
    Fault::new(FaultKind::Rollout, "DeploymentUnknown", message).hint(
        "the update itself was accepted; against an emulator that knows no deployments, use `none` as how far to wait",
    )
}

impl Left {
    /// Whether anything could be learnt.
    pub(super) fn is_known(&self) -> bool {
        !self.lines.is_empty()
    }
}
