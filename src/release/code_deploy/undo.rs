//! What becomes of a deployment of `CodeDeploy` that failed: while it is under way it is stopped, and taken back.

use super::super::deploy::Rollout;
use super::super::service::{Service, text};
use super::super::undo::WentBack;
use super::super::wait::OnFailure;
use super::wait::watch;
use crate::domain::rollout::{Undone, Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, CodeDeployCall};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// Follows `on_failure`. A deployment that `CodeDeploy` takes back by itself is left to it.
///
/// # Errors
/// Only what ends the run.
pub async fn undo(
    gateway: &Gateway,
    rollout: &Rollout,
    verdict: &Verdict,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<WentBack, Fault> {
    if on_failure == OnFailure::Leave {
        return Ok(WentBack::NotWanted);
    }
    if rollout.unchanged {
        return Ok(WentBack::NothingThere);
    }
    let undone = match verdict {
        // its rollback is under way: what comes of it is waited for
        Verdict::Failing(_) => taken_back(gateway, rollout, timeout_millis).await,
        Verdict::Failed(_) => back(gateway, rollout).await,
        _ => stop(gateway, rollout, timeout_millis, on_failure).await,
    };
    match undone {
        Err(fault) if !fault.ends_the_run() => Ok(WentBack::Failed(fault.message)),
        other => other,
    }
}

async fn stop(
    gateway: &Gateway,
    rollout: &Rollout,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<WentBack, Fault> {
    let rollback = on_failure == OnFailure::Rollback;
    let service = &rollout.service;
    if rollback {
        gateway.events().log(Level::Warn, format!("{service} goes back to what was last good"));
    }
    let (session, deployment) = (service.session.clone(), rollout.deployment.clone().unwrap_or_default());
    let call = Call::CodeDeploy(CodeDeployCall::StopDeployment { session, deployment, rollback });
    gateway.perform(call).await?;
    if rollback { taken_back(gateway, rollout, timeout_millis).await } else { Ok(WentBack::Stopped) }
}

/// Waits until `CodeDeploy` has taken the deployment back.
async fn taken_back(gateway: &Gateway, rollout: &Rollout, timeout_millis: u64) -> Result<WentBack, Fault> {
    let end = watch(gateway, rollout, Until::Deployed, false, timeout_millis).await?;
    let unfinished = |why: String| Err(Fault::new(FaultKind::Rollout, "RollbackUnfinished", why));
    match end.verdict {
        // only a plan
        Verdict::Done { .. } => Ok(WentBack::Done(short_name(&rollout.previous).to_owned())),
        Verdict::Failed(failure) if failure.undone == Undone::Failed => {
            unfinished("the deployment that takes it back failed as well".to_owned())
        }
        Verdict::Failed(_) => back(gateway, rollout).await,
        _ => unfinished("CodeDeploy still takes it back".to_owned()),
    }
}

/// What the service runs now that the deployment is over.
async fn back(gateway: &Gateway, rollout: &Rollout) -> Result<WentBack, Fault> {
    let runs = running(gateway, &rollout.service).await?;
    if short_name(&runs) == short_name(&rollout.task_definition) {
        let why = format!(
            "{} has the traffic, and deployment {} is over without a rollback: deploy {} again",
            short_name(&runs),
            rollout.deployment.as_deref().unwrap_or_default(),
            short_name(&rollout.previous)
        );
        return Err(Fault::new(FaultKind::Rollout, "NotRolledBack", why));
    }
    Ok(WentBack::Done(short_name(&runs).to_owned()))
}

/// The definition of the PRIMARY task set.
async fn running(gateway: &Gateway, service: &Service) -> Result<String, Fault> {
    let described = service.describe(gateway).await?;
    let sets = described.get("taskSets").and_then(Value::as_array);
    let primary = sets.and_then(|sets| sets.iter().find(|one| text(one, "status") == "PRIMARY"));
    Ok(primary.map_or_else(|| text(&described, "taskDefinition"), |one| text(one, "taskDefinition")).to_owned())
}
