//! A plan that a run follows: its calls are the planned ones, and what the plan knew of this machine is kept.

use super::{RunDriver, Step};
use crate::domain::one_off::{self, Standing};
use crate::domain::rollout::Verdict;
use crate::effects::call::{Call, Effect, TaskCall};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::Answer;
use crate::effects::plan::agreement::{Bound, agree, moved};
use crate::effects::plan::{Nature, Plan, Planned};
use crate::effects::reply::Reply;
use crate::effects::summary;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The calls of a plan, and how far they were bound to what AWS chose.
pub struct Followed {
    steps: BTreeMap<String, Planned>,
    bound: Mutex<Bound>,
    /// A wait did not go as well as the plan assumed: what is done about that could not be planned.
    astray: AtomicBool,
}

impl Followed {
    /// The calls of `plan`, none of them met yet.
    pub fn of(plan: Plan) -> Self {
        let steps = plan.steps.into_iter().map(|step| (step.key.to_string(), step)).collect();
        Self { steps, bound: Mutex::default(), astray: AtomicBool::new(false) }
    }

    /// The planned call that `step` is; none once the run has come to where the plan could not look.
    ///
    /// # Errors
    /// `Diverged`, naming both calls.
    pub fn planned(&self, step: &Step<'_>) -> Result<Option<&Planned>, Fault> {
        if self.astray.load(Ordering::SeqCst) {
            return Ok(None);
        }
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
            return Ok(Some(planned));
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

    /// Makes a planned call: the plan's own clock, environment and files are taken again, so that a tag with a date
    /// stays the reviewed one.
    pub async fn perform(&self, run: &RunDriver, step: Step<'_>, planned: &Planned) -> Result<Reply, Fault> {
        match (&planned.nature, &planned.answer) {
            (Nature::Local, Answer::Reply(reply)) => run.given(step, Ok(reply.clone())),
            (Nature::Local, Answer::Fault(fault)) => run.given(step, Err(fault.clone())),
            _ => {
                let result = run.journaled(step).await;
                self.went(planned, &result);
                result
            }
        }
    }

    /// Takes in what a planned call came to, now or in an earlier sitting.
    pub fn went(&self, planned: &Planned, result: &Result<Reply, Fault>) {
        let is_a_guess = planned.nature == Nature::Assumed || planned.call.effect() == Effect::Command;
        if is_a_guess && !went_as(planned, result) {
            self.astray.store(true, Ordering::SeqCst);
        }
    }
}

/// Whether a wait went as the plan assumed: to its good end, or to the pause at the same stage; and whether a command
/// printed nothing, as is assumed of every one.
fn went_as(planned: &Planned, result: &Result<Reply, Fault>) -> bool {
    if let (Call::Task(TaskCall::WatchTask { containers, .. }), Ok(Reply::Document(end))) = (&planned.call, result) {
        let task = end.get("task").unwrap_or(&Value::Null);
        return one_off::standing(task, containers) == Standing::Succeeded;
    }
    if let (Call::Task(TaskCall::Execute { .. }), Ok(printed)) = (&planned.call, result) {
        return matches!(&planned.answer, Answer::Reply(assumed) if assumed == printed);
    }
    let Ok(Reply::Rollout(end)) = result else { return true };
    let assumed = match &planned.answer {
        Answer::Reply(Reply::Rollout(assumed)) => Some(&assumed.verdict),
        _ => None,
    };
    match (&end.verdict, assumed) {
        (Verdict::Awaiting(now), Some(Verdict::Awaiting(then))) => now.stage == then.stage,
        (Verdict::Done { .. }, Some(Verdict::Awaiting(_))) => false,
        (Verdict::Done { .. }, _) => true,
        _ => false,
    }
}

/// What has moved since `planned` was read, made of the world as it is now.
///
/// # Errors
/// The network's, and an interruption: then nothing is known.
pub async fn since_planned(run: &RunDriver, planned: &Planned, events: &Events) -> Result<Vec<String>, Fault> {
    let now = run.cut(run.world.perform(&planned.call, events)).await;
    differences(planned, &now)
}

/// What has moved between `planned` and what the same read gives `now`.
///
/// # Errors
/// As [`since_planned`].
pub fn differences(planned: &Planned, now: &Result<Reply, Fault>) -> Result<Vec<String>, Fault> {
    let lines = match (&planned.answer, now) {
        (Answer::Reply(then), Ok(now)) => moved(&planned.call, then, now),
        (Answer::Fault(then), Err(now)) if then.code == now.code => Vec::new(),
        (Answer::Fault(then), Ok(_)) => vec![format!("it failed with {} and does not any more", then.code)],
        (_, Err(now)) if matches!(now.kind, FaultKind::Network | FaultKind::Interrupted) => return Err(now.clone()),
        (_, Err(now)) => vec![now.message.clone()],
    };
    let what = summary::asked(&planned.call);
    Ok(lines.into_iter().map(|line| format!("{what}: {line}")).collect())
}

/// That the world is not the planned one any more.
pub fn has_moved(message: &str, differences: Vec<String>) -> Fault {
    Fault::new(FaultKind::Moved, "Moved", message).details(differences).hint("look at what has changed, and plan again")
}
