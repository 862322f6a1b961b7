//! Waiting for a deployment of `CodeDeploy`, and what becomes of one that fails.

use super::super::deploy::Rollout;
use super::super::failure;
use super::super::wait::{OnFailure, arrived, unknown};
use super::undo::undo;
use crate::domain::code_deploy::{ID, Watched};
use crate::domain::rollout::{Until, Verdict};
use crate::effects::call::{Call, CodeDeployCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use crate::effects::reply::RolloutEnd;

/// Whether a rollout is a deployment of `CodeDeploy`.
pub fn drives(rollout: &Rollout) -> bool {
    rollout.deployment.as_deref().is_some_and(|id| id.starts_with(ID))
}

/// Waits until the deployment is where it is wanted.
///
/// # Errors
/// As for any rollout.
pub async fn wait(
    gateway: &Gateway,
    rollout: &Rollout,
    until: Until,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    let end = watch(gateway, rollout, until, false, timeout_millis).await?;
    settle(gateway, rollout, &end, timeout_millis, on_failure).await
}

/// Takes the end of a watch as it is, or follows `on_failure`.
pub(super) async fn settle(
    gateway: &Gateway,
    rollout: &Rollout,
    end: &RolloutEnd,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    if let Verdict::Done { reached } = end.verdict {
        if reached != Until::None {
            let deployment = rollout.deployment.as_deref().unwrap_or_default();
            gateway.events().step(arrived(rollout, deployment, reached));
        }
        return Ok(());
    }
    let went_back = undo(gateway, rollout, &end.verdict, timeout_millis, on_failure).await?;
    let left = failure::left(gateway, &rollout.service).await?;
    Err(failure::fault(rollout, end, timeout_millis, went_back, left))
}

pub(super) async fn watch(
    gateway: &Gateway,
    rollout: &Rollout,
    until: Until,
    ready_is_enough: bool,
    timeout_millis: u64,
) -> Result<RolloutEnd, Fault> {
    let deployment = rollout.deployment.clone().ok_or_else(|| unknown(rollout))?;
    let service = &rollout.service;
    let call = CodeDeployCall::WatchCodeDeployment {
        session: service.session.clone(),
        cluster: service.cluster.clone(),
        service: service.name.clone(),
        watched: Watched { deployment, task_definition: rollout.task_definition.clone(), until, ready_is_enough },
        timeout_millis,
    };
    gateway.perform(Call::CodeDeploy(call)).await?.rollout()
}
