//! The driver of a run that was planned before: what was reviewed is what happens.

use super::{Driver, RunDriver, Step};
use crate::domain::rollout::Verdict;
use crate::effects::call::HostCall;
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::Answer;
use crate::effects::plan::agreement::{Bound, agree, moved};
use crate::effects::plan::{Nature, Plan, Planned};
use crate::effects::reply::{Identity, Reply, RolloutEnd};
use crate::effects::summary;
use crate::effects::world::Boxed;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Makes the planned calls and no others.
pub struct PlannedDriver {
    run: RunDriver,
    steps: BTreeMap<String, Planned>,
    bound: Mutex<Bound>,
    /// A wait did not go as well as the plan assumed: what is done about that could not be planned.
    astray: AtomicBool,
}

impl PlannedDriver {
    /// Reads again what the plan stands on, and takes the plan when nothing that matters has moved.
    ///
    /// # Errors
    /// `Moved`, with every difference, and nothing written; `Account` for a session that is another one now.
    pub async fn new(run: RunDriver, plan: Plan, events: &Events) -> Result<Self, Fault> {
        let mut differences = Vec::new();
        for (name, then) in &plan.sessions {
            let call = HostCall::Identify { session: name.clone() }.into();
            let now = run.cut(run.world.perform(&call, events)).await?.identity()?;
            if now != *then {
                let told = |one: &Identity| format!("{} in {}", one.account.as_deref().unwrap_or("?"), one.region);
                differences.push(format!("session {name}: {} → {}", told(then), told(&now)));
            }
        }
        for step in plan.steps.iter().filter(|step| step.nature == Nature::Read && step.call.replays()) {
            differences.extend(since_planned(&run, step, events).await?);
        }
        if !differences.is_empty() {
            let message = "the world has moved since this was planned; nothing was written";
            return Err(Fault::new(FaultKind::Moved, "Moved", message)
                .details(differences)
                .hint("look at what has changed, and plan again"));
        }
        let steps = plan.steps.into_iter().map(|step| (step.key.to_string(), step)).collect();
        Ok(Self { run, steps, bound: Mutex::default(), astray: AtomicBool::new(false) })
    }

    fn planned(&self, step: &Step<'_>) -> Result<&Planned, Fault> {
        let now = summary::asked(step.call);
        let diverged = |message: String| {
            Fault::new(FaultKind::Diverged, "Diverged", message)
                .hint("only what was planned is done: plan again, and look at the new plan")
        };
        let Some(planned) = self.steps.get(&step.key.to_string()) else {
            return Err(diverged(format!("the plan has no call {}, and now is `{now}` ({})", step.key, step.origin)));
        };
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if agree(&planned.call, step.call, &mut bound) {
            return Ok(planned);
        }
        let was = summary::asked(&planned.call);
        let was_and_now = if was == now {
            let [was, now] = [&planned.call, step.call].map(|call| serde_json::to_string(call).unwrap_or_default());
            format!("{was}, and now is {now}")
        } else {
            format!("`{was}`, and now is `{now}`")
        };
        Err(diverged(format!("call {} was planned as {was_and_now} ({})", step.key, step.origin)))
    }
}

async fn since_planned(run: &RunDriver, step: &Planned, events: &Events) -> Result<Vec<String>, Fault> {
    let what = summary::asked(&step.call);
    let now = run.cut(run.world.perform(&step.call, events)).await;
    let lines = match (&step.answer, now) {
        (Answer::Reply(then), Ok(now)) => moved(&step.call, then, &now),
        (Answer::Fault(then), Err(now)) if then.code == now.code => Vec::new(),
        (Answer::Fault(then), Ok(_)) => vec![format!("it failed with {} and does not any more", then.code)],
        (_, Err(now)) if matches!(now.kind, FaultKind::Network | FaultKind::Interrupted) => return Err(now),
        (_, Err(now)) => vec![now.message],
    };
    Ok(lines.into_iter().map(|line| format!("{what}: {line}")).collect())
}

impl Driver for PlannedDriver {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            if self.run.stop.is_cancelled() {
                return Err(Fault::interrupted());
            }
            if self.astray.load(Ordering::SeqCst) {
                return self.run.perform(step).await;
            }
            let planned = self.planned(&step)?;
            match (&planned.nature, &planned.answer) {
                // the plan's own clock, environment and files: a tag with a date stays the reviewed one
                (Nature::Local, Answer::Reply(reply)) => self.run.given(step, Ok(reply.clone())),
                (Nature::Local, Answer::Fault(fault)) => self.run.given(step, Err(fault.clone())),
                (Nature::Assumed, _) => {
                    let result = self.run.perform(step).await;
                    let well = |end: &RolloutEnd| matches!(end.verdict, Verdict::Done { .. });
                    if !matches!(&result, Ok(Reply::Rollout(end)) if !well(end)) {
                        return result;
                    }
                    self.astray.store(true, Ordering::SeqCst);
                    result
                }
                _ => self.run.perform(step).await,
            }
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        self.run.session(name, identity)
    }

    fn run(&self) -> &str {
        self.run.run()
    }

    fn clock(&self) -> i64 {
        self.run.clock()
    }
}
