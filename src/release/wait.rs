//! Waiting for a rollout, and what becomes of one that fails.

use super::code_deploy;
use super::deploy::Rollout;
use super::failure::{self, Left};
use super::interruption;
use super::pause::Pause;
use super::undo;
use crate::domain::rollout::{Policy, Target, Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use crate::effects::reply::RolloutEnd;
use serde::Deserialize;

/// What becomes of a deployment that failed or did not get there in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// The service goes back to what was last deployed to it with success.
    #[default]
    Rollback,
    /// Everything is left as it is.
    Leave,
    /// The deployment is stopped where it stands, while it is under way.
    Stop,
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
    let mut wait = Wait::new(until, timeout_millis, on_failure);
    wait.goes_on(gateway, rollout, Policy::default()).await.map(|_| ())
}

/// A wait, and how far it has come: it may stand at lifecycle hooks, and goes on when they are answered.
#[derive(Clone, Debug)]
pub struct Wait {
    until: Until,
    pub(super) timeout_millis: u64,
    pub(super) on_failure: OnFailure,
    /// So long it has taken; what is done while it stands does not count.
    gone_millis: u64,
    pub(super) answered: Vec<String>,
}

impl Wait {
    /// One that has not begun.
    pub fn new(until: Until, timeout_millis: u64, on_failure: OnFailure) -> Self {
        Self { until, timeout_millis, on_failure, gone_millis: 0, answered: Vec::new() }
    }

    /// Waits until the end, or, where the policy is to stop at hooks, until one waits for an answer.
    ///
    /// # Errors
    /// As [`wait`].
    pub(super) async fn goes_on(
        &mut self,
        gateway: &Gateway,
        rollout: &Rollout,
        policy: Policy,
    ) -> Result<Option<Pause>, Fault> {
        let (until, timeout_millis, on_failure) = (self.until, self.timeout_millis, self.on_failure);
        if until == Until::None {
            return Ok(None);
        }
        let service = &rollout.service;
        if !rollout.began && !rollout.unchanged {
            gateway.events().step(format!("{service}: no deployment began, so there is none to wait for"));
            return Ok(None);
        }
        if code_deploy::drives(rollout) {
            return code_deploy::wait(gateway, rollout, until, timeout_millis, on_failure).await.map(|()| None);
        }
        if rollout.unchanged && rollout.deployment.is_none() && code_deploy::stands(gateway, rollout).await? {
            return Ok(None);
        }
        let deployment = rollout.deployment.as_deref().ok_or_else(|| unknown(rollout))?;
        let target = Target { until, answered: self.answered.clone(), ..target(rollout, deployment) };
        let left = timeout_millis.saturating_sub(self.gone_millis);
        let end = watch(gateway, rollout, target, policy, left).await?;
        self.gone_millis = self.gone_millis.saturating_add(end.millis);
        match &end.verdict {
            Verdict::Awaiting(hook) if policy.stop_at_hooks && !hook.id.is_empty() => {
                Ok(Some(Pause { hook: hook.as_ref().clone(), seen: end.snapshot }))
            }
            _ => self.ended(gateway, rollout, deployment, &end).await.map(|()| None),
        }
    }

    /// Takes the end as it is, or follows `on_failure`.
    async fn ended(
        &self,
        gateway: &Gateway,
        rollout: &Rollout,
        deployment: &str,
        end: &RolloutEnd,
    ) -> Result<(), Fault> {
        interruption::judged(gateway, rollout, &end.verdict);
        if let Verdict::Done { reached } = end.verdict {
            gateway.events().step(arrived(rollout, deployment, reached));
            return Ok(());
        }
        let taken = end.verdict.is_out_of_our_hands();
        let went_back = undo::undo(gateway, rollout, taken, self.timeout_millis, self.on_failure).await?;
        let left = failure::left(gateway, &rollout.service).await?;
        Err(failure::fault(rollout, end, self.timeout_millis, went_back, left))
    }
}

/// What is said when a rollout is where it was wanted.
pub(super) fn arrived(rollout: &Rollout, deployment: &str, reached: Until) -> String {
    let (service, name) = (&rollout.service, short_name(&rollout.task_definition));
    match reached {
        Until::None => format!("{service}: nothing was waited for"),
        Until::Traffic => format!("{name} serves in {service}, deployment {deployment}; older tasks may still"),
        Until::Deployed => {
            format!("{name} is deployed to {service}, deployment {deployment}; older tasks may still drain")
        }
        Until::Drained => format!("{service} is drained: only {name}, deployment {deployment}"),
    }
}

pub(super) fn target(rollout: &Rollout, deployment: &str) -> Target {
    Target {
        deployment: deployment.to_owned(),
        task_definition: rollout.task_definition.clone(),
        previous: (!rollout.unchanged && !rollout.is_first()).then(|| rollout.previous.clone()),
        since: None,
        until: Until::Deployed,
        service_deployment: None,
        answered: Vec::new(),
    }
}

pub(super) async fn watch(
    gateway: &Gateway,
    rollout: &Rollout,
    target: Target,
    policy: Policy,
    timeout_millis: u64,
) -> Result<RolloutEnd, Fault> {
    let service = &rollout.service;
    let call = Call::Ecs(EcsCall::WatchRollout {
        session: service.session.clone(),
        cluster: service.cluster.clone(),
        service: service.name.clone(),
        target,
        policy,
        timeout_millis,
    });
    gateway.perform(call).await?.rollout()
}

/// An endpoint that does not tell our deployment's id: waiting could only guess.
pub(super) fn unknown(rollout: &Rollout) -> Fault {
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
