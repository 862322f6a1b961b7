//! A rollout that stands at a lifecycle hook until somebody answers: the script that waits for it does.

use super::deploy::Rollout;
use super::failure;
use super::undo::{self, WentBack, taken_back};
use super::wait::{OnFailure, Wait};
use crate::domain::rollout::{Hook, Policy, Snapshot, Verdict};
use crate::effects::call::{Call, EcsCall};
use crate::effects::event::Level;
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// The hook that waits for an answer.
    pub hook: Hook,
    /// The rollout as it was seen then.
    pub seen: Box<Snapshot>,
}

/// What a script says to a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The deployment goes on with its next stage.
    Continue,
    /// It is taken back.
    Rollback,
    /// No answer came of it: `on_failure` says what becomes of the deployment.
    None {
        /// Why.
        why: String,
        /// What to do about that.
        hint: Option<String>,
    },
}

impl Wait {
    /// Waits until the end, or until a hook waits for an answer.
    ///
    /// # Errors
    /// As [`wait`](super::wait::wait).
    pub async fn until_a_pause(&mut self, gateway: &Gateway, rollout: &Rollout) -> Result<Option<Pause>, Fault> {
        self.goes_on(gateway, rollout, Policy { stop_at_hooks: true, ..Policy::default() }).await
    }

    /// Answers a pause. An answer that comes too late, because the hook's time is over or somebody else was quicker, is
    /// told of, and what came of it is for the wait to see.
    ///
    /// # Errors
    /// Of the kind `Rollout`, after the deployment was taken back or `on_failure` was followed: `PauseRefused` for a
    /// script that said no, `PauseUnanswered` where it gave no answer or ECS did not take it.
    pub async fn answer(
        &mut self,
        gateway: &Gateway,
        rollout: &Rollout,
        pause: &Pause,
        answer: Answer,
    ) -> Result<(), Fault> {
        let hook = &pause.hook;
        let (code, why, hint) = match answer {
            Answer::Continue => match say(gateway, rollout, hook, "CONTINUE").await {
                Ok(()) => {
                    gateway
                        .events()
                        .step(format!("{}: {hook} is answered, and the deployment goes on", rollout.service));
                    self.answered.push(hook.id.clone());
                    return Ok(());
                }
                Err(fault) if fault.ends_the_run() => return Err(fault),
                Err(fault) => {
                    if !still_waits(gateway, rollout, hook).await? {
                        let told = format!("{}: {hook} waits for no answer any more ({fault})", rollout.service);
                        gateway.events().log(Level::Warn, told);
                        self.answered.push(hook.id.clone());
                        return Ok(());
                    }
                    ("PauseUnanswered", format!("{hook} could not be answered: {}", fault.message), fault.hint)
                }
            },
            Answer::Rollback => ("PauseRefused", format!("on_pause said no at {hook}"), None),
            Answer::None { why, hint } => {
                ("PauseUnanswered", format!("on_pause gave no answer to {hook}: {why}"), hint)
            }
        };
        let refused = code == "PauseRefused" || self.on_failure == OnFailure::Rollback;
        let went_back = if refused && !rollout.is_first() {
            self.turns_back(gateway, rollout, hook).await?
        } else {
            undo::undo(gateway, rollout, false, self.timeout_millis, self.on_failure).await?
        };
        if let Some(deployment) = &rollout.deployment {
            gateway.release(deployment);
        }
        let left = failure::left(gateway, &rollout.service).await?;
        let verdict = Verdict::Awaiting(Box::new(hook.clone()));
        Err(failure::refused(rollout, code, &why, hint, &verdict, went_back, left))
    }

    /// The hook's own answer takes the deployment back; where ECS does not take it, what takes any deployment back does.
    async fn turns_back(&self, gateway: &Gateway, rollout: &Rollout, hook: &Hook) -> Result<WentBack, Fault> {
        let back = match say(gateway, rollout, hook, "ROLLBACK").await {
            Ok(()) => taken_back(gateway, rollout, self.timeout_millis).await,
            Err(fault) if fault.ends_the_run() => return Err(fault),
            Err(fault) => {
                gateway.events().log(Level::Warn, format!("{}: {fault}; it is stopped instead", rollout.service));
                return undo::undo(gateway, rollout, false, self.timeout_millis, OnFailure::Rollback).await;
            }
        };
        match back {
            Err(fault) if !fault.ends_the_run() => Ok(WentBack::Failed(fault.message)),
            other => other,
        }
    }
}

async fn say(gateway: &Gateway, rollout: &Rollout, hook: &Hook, action: &str) -> Result<(), Fault> {
    let call = EcsCall::ContinueServiceDeployment {
        session: rollout.service.session.clone(),
        deployment: hook.deployment.clone(),
        hook: hook.id.clone(),
        action: action.to_owned(),
    };
    gateway.perform(Call::Ecs(call)).await.map(|_| ())
}

/// Whether the hook waits for an answer all the same; what cannot be looked at is taken to.
async fn still_waits(gateway: &Gateway, rollout: &Rollout, hook: &Hook) -> Result<bool, Fault> {
    let (session, deployments) = (rollout.service.session.clone(), vec![hook.deployment.clone()]);
    let look = gateway.perform(Call::Ecs(EcsCall::DescribeServiceDeployments { session, deployments })).await;
    let answer = match look.and_then(crate::effects::reply::Reply::document) {
        Ok(answer) => answer,
        Err(fault) if fault.ends_the_run() => return Err(fault),
        Err(_) => return Ok(true),
    };
    let hooks = answer.pointer("/serviceDeployments/0/lifecycleHookDetails").and_then(Value::as_array);
    Ok(hooks.into_iter().flatten().any(|one| {
        let text = |member: &str| one.get(member).and_then(Value::as_str).unwrap_or_default();
        text("hookId") == hook.id && text("status") == "AWAITING_ACTION"
    }))
}
