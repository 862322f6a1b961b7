//! Waiting for a deployment of `CodeDeploy`, and what becomes of one that fails.

use super::super::deploy::Rollout;
use super::super::failure;
use super::super::interruption;
use super::super::service::text;
use super::super::wait::{OnFailure, arrived, unknown};
use super::create::deploys;
use super::undo::undo;
use crate::domain::code_deploy::{ID, Watched};
use crate::domain::rollout::{Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, CodeDeployCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use crate::effects::reply::RolloutEnd;
use serde_json::Value;

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

/// Whether a service that `CodeDeploy` deploys runs the definition of `rollout` in a steady PRIMARY task set: all that can
/// be asked where nothing had to be deployed, and no deployment is known that brought it.
///
/// # Errors
/// Those of a description.
pub async fn stands(gateway: &Gateway, rollout: &Rollout) -> Result<bool, Fault> {
    let described = rollout.service.describe(gateway).await?;
    let sets = described.get("taskSets").and_then(Value::as_array).filter(|_| deploys(&described));
    let primary = sets.and_then(|sets| sets.iter().find(|one| text(one, "status") == "PRIMARY"));
    let name = short_name(&rollout.task_definition);
    let is_there = primary.is_some_and(|one| {
        short_name(text(one, "taskDefinition")) == name && text(one, "stabilityStatus") == "STEADY_STATE"
    });
    if is_there {
        gateway.events().step(format!("{name} serves in {}: its PRIMARY task set is steady", rollout.service));
    }
    Ok(is_there)
}

/// Takes the end of a watch as it is, or follows `on_failure`.
pub(super) async fn settle(
    gateway: &Gateway,
    rollout: &Rollout,
    end: &RolloutEnd,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    interruption::judged(gateway, rollout, &end.verdict);
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
