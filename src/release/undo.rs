//! What becomes of a failed deployment: it is stopped, the service goes back to what was last good, or all is left.

use super::deploy::Rollout;
use super::history::{History, history, last_good};
use super::service::{Service, primary, text};
use super::update;
use super::wait::{OnFailure, target, unknown, watch};
use crate::domain::rollout::{Policy, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;

/// What was done about a failure.
pub(super) enum WentBack {
    /// ECS did it by itself, or someone else has taken over: nothing of ours is left to undo.
    NotNeeded,
    /// It was not wanted.
    NotWanted,
    /// The service ran the same definition before.
    NothingThere,
    /// The service was created by this release.
    NothingBefore,
    /// The deployment was stopped, and everything is left as it was then.
    Stopped,
    /// It was done, and the service runs this definition.
    Done(String),
    /// It was tried.
    Failed(String),
}

/// Follows `on_failure`, unless the service is somebody else's by now (`taken`).
///
/// # Errors
/// Only what ends the run: an interruption during the way back is one of the run, which can be gone on with.
pub(super) async fn undo(
    gateway: &Gateway,
    rollout: &Rollout,
    taken: bool,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<WentBack, Fault> {
    if taken {
        return Ok(WentBack::NotNeeded);
    }
    let undone = match on_failure {
        OnFailure::Leave => return Ok(WentBack::NotWanted),
        _ if rollout.unchanged => return Ok(WentBack::NothingThere),
        OnFailure::Rollback if rollout.is_first() => return Ok(WentBack::NothingBefore),
        OnFailure::Stop => stop(gateway, rollout).await,
        OnFailure::Rollback => go_back(gateway, rollout, timeout_millis).await,
    };
    match undone {
        Err(fault) if !fault.ends_the_run() => Ok(WentBack::Failed(fault.message)),
        other => other,
    }
}

async fn stop(gateway: &Gateway, rollout: &Rollout) -> Result<WentBack, Fault> {
    let history = history(gateway, &rollout.service).await?;
    let under_way = history.as_ref().zip(rollout.deployment.as_ref()).and_then(|(all, ours)| all.under_way(ours));
    let Some(arn) = under_way else {
        let message = "it is not under way any more, or the endpoint does not tell its service deployment";
        return Err(Fault::new(FaultKind::Rollout, "NotUnderWay", message));
    };
    stop_deployment(gateway, &rollout.service, &arn, "ABORT").await?;
    gateway.events().step(format!("{}: our deployment is stopped", rollout.service));
    Ok(WentBack::Stopped)
}

pub(super) async fn stop_deployment(gateway: &Gateway, service: &Service, arn: &str, how: &str) -> Result<(), Fault> {
    let (session, deployment) = (service.session.clone(), arn.to_owned());
    let call = Call::Ecs(EcsCall::StopServiceDeployment { session, deployment, how: how.to_owned() });
    gateway.perform(call).await.map(|_| ()).map_err(|fault| not_stopped(how, fault))
}

/// The refusal to stop a deployment, with what else there is: ECS's reference has both ways to stop one, and says that
/// `ROLLBACK` is valid.
pub(super) fn not_stopped(how: &str, fault: Fault) -> Fault {
    if how == "ABORT" && fault.kind == FaultKind::Refused && !fault.retryable {
        return fault.hint(
            "ECS may refuse to stop a deployment where it stands: \"rollback\" takes it back instead of \"stop\"",
        );
    }
    fault
}

/// While ours is under way ECS takes it back, traffic and settings included; else the definition that was last good is
/// deployed, or the one before ours where there is no history.
async fn go_back(gateway: &Gateway, rollout: &Rollout, timeout_millis: u64) -> Result<WentBack, Fault> {
    let service = &rollout.service;
    gateway.events().log(Level::Warn, format!("{service} goes back to what was last good"));
    let history = history(gateway, service).await?;
    if let Some(arn) = history.as_ref().zip(rollout.deployment.as_ref()).and_then(|(all, ours)| all.under_way(ours)) {
        match stop_deployment(gateway, service, &arn, "ROLLBACK").await {
            Ok(()) => return taken_back(gateway, rollout, timeout_millis).await,
            Err(fault) if fault.ends_the_run() => return Err(fault),
            // it has ended meanwhile, or nothing has completed before it
            Err(fault) => gateway.events().log(Level::Warn, format!("{service}: {fault}; deploying instead")),
        }
    }
    let good = good(gateway, rollout, history.as_ref()).await?;
    if short_name(&good) == short_name(&rollout.task_definition) {
        return Ok(WentBack::NothingThere);
    }
    // where another deployment than ours is PRIMARY by now, somebody has taken over
    let Some(deployment) = update::put_back(gateway, service, &good, rollout.deployment.as_deref()).await? else {
        return Ok(WentBack::NotNeeded);
    };
    arrive(gateway, rollout, good, deployment, timeout_millis).await
}

async fn good(gateway: &Gateway, rollout: &Rollout, history: Option<&History>) -> Result<String, Fault> {
    let found = match history {
        Some(history) => last_good(gateway, &rollout.service, history, &rollout.task_definition).await?,
        None => None,
    };
    Ok(found.unwrap_or_else(|| rollout.previous.clone()))
}

/// Waits until ECS has taken `rollout` back.
pub(super) async fn taken_back(gateway: &Gateway, rollout: &Rollout, timeout_millis: u64) -> Result<WentBack, Fault> {
    let service = &rollout.service;
    let ours = rollout.deployment.as_deref().ok_or_else(|| unknown(rollout))?;
    // that its tasks fail is known
    let policy = Policy { crash_loop: 0, ..Policy::default() };
    let end = watch(gateway, rollout, target(rollout, ours), policy, timeout_millis).await?;
    let described = service.describe(gateway).await?;
    let now = primary(&described);
    let (id, definition) = now.map_or(("", ""), |now| (text(now, "id"), text(now, "taskDefinition")));
    if let Verdict::Done { .. } = end.verdict {
        if id == ours && now.is_some_and(|now| text(now, "rolloutState") == "COMPLETED") {
            let name = short_name(definition);
            let message = format!("deployment {ours} completed before it could be taken back: {service} runs {name}");
            return Err(Fault::new(FaultKind::Rollout, "RollbackTooLate", message)
                .hint("`gantry rollback` goes back to what was last good"));
        }
        // what a plan assumes
        return Ok(WentBack::Done(short_name(&rollout.previous).to_owned()));
    }
    if id.is_empty() || id == ours {
        let message = format!("deployment {ours} was told to go back, and is still there");
        return Err(Fault::new(FaultKind::Rollout, "RollbackUnfinished", message));
    }
    arrive(gateway, rollout, definition.to_owned(), Some(id.to_owned()), timeout_millis).await
}

/// Waits for the deployment of the way back, and judges it like any other.
async fn arrive(
    gateway: &Gateway,
    rollout: &Rollout,
    good: String,
    deployment: Option<String>,
    timeout_millis: u64,
) -> Result<WentBack, Fault> {
    let back = Rollout {
        service: rollout.service.clone(),
        deployment,
        task_definition: good,
        previous: rollout.task_definition.clone(),
        unchanged: false,
        began: true,
    };
    let deployment = back.deployment.as_deref().ok_or_else(|| unknown(&back))?;
    let end = watch(gateway, &back, target(&back, deployment), Policy::default(), timeout_millis).await?;
    let name = short_name(&back.task_definition).to_owned();
    let fault = |code: &str, message: String| Err(Fault::new(FaultKind::Rollout, code, message));
    let unfinished = |waiting_for: &str| fault("RollbackUnfinished", format!("it still waits for {waiting_for}"));
    match end.verdict {
        Verdict::Done { .. } => {
            gateway.events().step(format!("{} is back on {name}", back.service));
            Ok(WentBack::Done(name))
        }
        Verdict::Failed(failure) => fault("RollbackFailed", failure.reason),
        Verdict::Superseded(superseded) => fault("RollbackSuperseded", superseded.reason),
        Verdict::Running { waiting_for, .. } => unfinished(&waiting_for),
        Verdict::Awaiting(hook) => unfinished(&format!("an answer to {hook}")),
        Verdict::Failing(failure) => unfinished(&failure.reason),
    }
}
