//! Auto scaling of a service, suspended while something is done with it.

use super::service::Service;
use crate::domain::scaling::{SuspendedState, resource};
use crate::effects::call::{Call, ScalingCall};
use crate::effects::cleanup::by_hand;
use crate::effects::event::Level;
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// What has to be done to let auto scaling go on as it was; nothing where nothing was suspended.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspended(Option<Call>);

/// Suspends what of the service's auto scaling is not suspended yet. From then on it is owed that it is put back.
///
/// # Errors
/// Of the calls: nothing is suspended then, or that it may be is owed.
pub async fn suspend(gateway: &Gateway, service: &Service) -> Result<Suspended, Fault> {
    let resource = resource(&service.cluster, &service.name);
    let session = service.session.clone();
    let describe = ScalingCall::DescribeScalableTarget { session: session.clone(), resource: resource.clone() };
    let answer = gateway.perform(describe).await?.document()?;
    let is_ours = |target: &&Value| target.get("ResourceId").and_then(Value::as_str) == Some(&resource);
    let targets = answer.get("ScalableTargets").and_then(Value::as_array);
    let Some(target) = targets.and_then(|all| all.iter().find(is_ours)) else {
        gateway.events().step(format!("{service} has no auto scaling: nothing to suspend"));
        return Ok(Suspended(None));
    };
    let before = SuspendedState::of(target);
    if before == SuspendedState::ALL {
        gateway.events().step(format!("{service}: auto scaling is suspended already, and stays so"));
        return Ok(Suspended(None));
    }
    let (suspended, before) = (SuspendedState::ALL, Some(before));
    let call = Call::Scaling(ScalingCall::RegisterScalableTarget { session, resource, suspended, before });
    gateway.perform(call.clone()).await?;
    gateway.events().step(format!("{service}: auto scaling is suspended"));
    Ok(Suspended(call.undone_by()))
}

impl Suspended {
    /// Puts auto scaling back as it was, as a step of the script.
    ///
    /// # Errors
    /// Of the call: it is still owed then.
    pub async fn restore(self, gateway: &Gateway, service: &Service) -> Result<(), Fault> {
        let Some(call) = self.0 else { return Ok(()) };
        let hint = by_hand(&call).map(|line| format!("by hand: {line}"));
        gateway.perform(call).await.map_err(|fault| Fault { hint: hint.or(fault.hint.clone()), ..fault })?;
        gateway.events().step(format!("{service}: auto scaling is as it was"));
        Ok(())
    }

    /// Puts it back after what was done has failed: a run that goes on suspends it again. What cannot be put back now is
    /// tried again at the run's end.
    pub async fn put_back(self, gateway: &Gateway) {
        let Some(call) = self.0 else { return };
        for fault in gateway.clean_up(Some(&call)).await {
            gateway.events().log(Level::Warn, fault.message);
        }
    }
}
