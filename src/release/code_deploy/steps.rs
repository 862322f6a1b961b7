//! What a script does while a deployment of `CodeDeploy` waits: traffic is continued after a check, and the original
//! tasks are ended before their time.

use super::super::deploy::Rollout;
use super::super::wait::OnFailure;
use super::wait::{drives, settle, watch};
use crate::domain::rollout::Until;
use crate::effects::call::{Call, CodeDeployCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;

/// Waits until the deployment is ready to move its traffic, or has moved it.
///
/// # Errors
/// `NoCodeDeploy` for any other rollout; as for any wait.
pub async fn wait_ready(
    gateway: &Gateway,
    rollout: &Rollout,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    check(rollout)?;
    let end = watch(gateway, rollout, Until::Traffic, true, timeout_millis).await?;
    settle(gateway, rollout, &end, timeout_millis, on_failure).await
}

/// Moves the traffic of a deployment that is ready.
///
/// # Errors
/// `NoCodeDeploy`; AWS's refusal where it is not ready.
pub async fn continue_traffic(gateway: &Gateway, rollout: &Rollout) -> Result<(), Fault> {
    go_on(gateway, rollout, "READY_WAIT").await
}

/// Ends the original tasks now, and not when the group's wait is over.
///
/// # Errors
/// `NoCodeDeploy`; AWS's refusal where they do not wait for it.
pub async fn end_old_tasks(gateway: &Gateway, rollout: &Rollout) -> Result<(), Fault> {
    go_on(gateway, rollout, "TERMINATION_WAIT").await
}

async fn go_on(gateway: &Gateway, rollout: &Rollout, wait: &str) -> Result<(), Fault> {
    let deployment = check(rollout)?;
    let session = rollout.service.session.clone();
    let call = CodeDeployCall::ContinueDeployment { session, deployment, wait: wait.to_owned() };
    gateway.perform(Call::CodeDeploy(call)).await.map(|_| ())
}

fn check(rollout: &Rollout) -> Result<String, Fault> {
    rollout.deployment.clone().filter(|_| drives(rollout) && rollout.began).ok_or_else(|| {
        let message = format!("the rollout of {} is no deployment of CodeDeploy that began", rollout.service);
        Fault::new(FaultKind::Usage, "NoCodeDeploy", message)
    })
}
