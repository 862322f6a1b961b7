//! Judged by ECS's own record of our deployment.

use super::crash_loop::crash_loop;
use super::listed::{is_drained, what_is_left};
use super::replaced::{is_older, named, other_primary, superseded};
use super::{LAG, failure, listed_as_ours, shifts_traffic};
use crate::domain::rollout::cause::{cause, in_words};
use crate::domain::rollout::observation::Observation;
use crate::domain::rollout::service_deployment::{ServiceDeployment, Status};
use crate::domain::rollout::target::{Policy, Target, Until};
use crate::domain::rollout::verdict::{Failure, FailureKind, Stage, Undone, Verdict};

pub(super) fn judge(
    seen: &Observation,
    ours: &ServiceDeployment,
    target: &Target,
    policy: Policy,
    now: f64,
) -> Verdict {
    let failed = |what: &str, undone| failed(seen, ours, target, what, undone);
    match ours.status {
        Status::Pending | Status::InProgress | Status::StopRequested => under_way(seen, ours, target, policy, now),
        Status::RollbackRequested => Verdict::Failing(failed("is to be rolled back", Undone::UnderWay)),
        Status::RollbackInProgress => Verdict::Failing(failed("is being rolled back", Undone::UnderWay)),
        Status::Successful => successful(seen, ours, target),
        Status::Stopped => match other_primary(seen, target).filter(|other| !is_older(other, seen, target)) {
            // stopped because somebody else deployed, and not for a cause of its own
            Some(other) if cause(ours) == FailureKind::Stopped => superseded(other, target),
            None if is_told_before_it_is_shown(ours, now) => Verdict::Running {
                stage: Stage::Starting,
                waiting_for: "the service's description to show what has replaced it".to_owned(),
            },
            _ => Verdict::Failed(failed("was stopped", Undone::Nothing)),
        },
        Status::RollbackSuccessful => Verdict::Failed(failed("was rolled back", Undone::Done)),
        Status::RollbackFailed => Verdict::Failed(failed("failed, and so did its rollback", Undone::Failed)),
    }
}

fn failed(seen: &Observation, ours: &ServiceDeployment, target: &Target, what: &str, undone: Undone) -> Failure {
    let why = in_words(ours).map(|why| format!(": {why}")).unwrap_or_default();
    let reason = format!("deployment {} {what}{why}", target.deployment);
    let other = if undone == Undone::Nothing { None } else { other_primary(seen, target).map(named) };
    Failure { other, undone, ..failure(target, cause(ours), reason) }
}

/// Whether it was stopped for a newer deployment, as ECS's words (or their absence) let it seem, so lately that the
/// service's description may still be one from before.
fn is_told_before_it_is_shown(ours: &ServiceDeployment, now: f64) -> bool {
    let says = |words: String| ["newer", "superseded", "replaced", "another"].iter().any(|word| words.contains(word));
    let may_be = in_words(ours).is_none_or(|words| says(words.to_lowercase()));
    may_be && cause(ours) == FailureKind::Stopped && ours.finished_at.is_some_and(|at| now - at < LAG)
}

/// ECS has ended it well. That nothing else is left is for `deployments[]`, tasks and targets to tell.
fn successful(seen: &Observation, ours: &ServiceDeployment, target: &Target) -> Verdict {
    if target.until < Until::Drained {
        return Verdict::Done { reached: target.until };
    }
    let draining = |waiting_for| Verdict::Running { stage: Stage::Draining, waiting_for };
    match (listed_as_ours(seen, target), seen.primary()) {
        (Some(listed), Some(primary)) if primary.id == listed.id => {
            if is_drained(seen, listed) {
                return Verdict::Done { reached: Until::Drained };
            }
            let mut left = what_is_left(seen, listed);
            if ours.cleanup_deferred {
                left.push_str("; their cleanup is deferred, which may take two weeks");
            }
            draining(left)
        }
        (_, Some(primary)) if !is_older(primary, seen, target) => superseded(primary, target),
        _ => draining("the service's description to show that".to_owned()),
    }
}

/// How far it is while ECS neither ends it nor undoes it.
fn under_way(seen: &Observation, ours: &ServiceDeployment, target: &Target, policy: Policy, now: f64) -> Verdict {
    let desired = ours.target.requested.max(listed_as_ours(seen, target).map_or(0, |listed| listed.desired));
    let serves = ours.status == Status::InProgress && serves(seen, ours, desired);
    if serves && target.until <= Until::Traffic {
        return Verdict::Done { reached: target.until };
    }
    if let Some(hook) = ours.hooks.iter().find(|hook| hook.waits_for_an_answer() && !target.answered.contains(&hook.id))
    {
        return Verdict::Awaiting(Box::new(hook.clone()));
    }
    let at = ours.stage.as_deref().map(|stage| format!(" ({stage})")).unwrap_or_default();
    let running = |stage, waiting_for| Verdict::Running { stage, waiting_for };
    if ours.status == Status::StopRequested {
        return running(Stage::Starting, format!("{} to be stopped, as was asked for{at}", target.deployment));
    }
    if serves {
        return running(Stage::Serving, format!("{} to be completed{at}", target.deployment));
    }
    if let Some(failure) = crash_loop(seen, target, desired, policy, now) {
        return Verdict::Failed(failure);
    }
    if ours.target.running >= desired && desired > 0 {
        // its tasks run, and the traffic is not theirs yet
        return running(Stage::Starting, format!("the traffic to be shifted{at}"));
    }
    running(Stage::Starting, format!("{} of {desired} tasks to run{at}", desired.saturating_sub(ours.target.running)))
}

/// Whether the new revision serves. Where traffic is shifted, that is once all of it has been: the weights are what is
/// requested, so that the stage of shifting itself must be over.
fn serves(seen: &Observation, ours: &ServiceDeployment, desired: u64) -> bool {
    let all_run = desired > 0 && ours.target.running >= desired;
    let shifts = ours.strategy.as_deref().or(seen.strategy.as_deref()).is_some_and(shifts_traffic);
    let shifted = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"];
    let has_shifted = ours.stage.as_deref().is_some_and(|stage| shifted.contains(&stage))
        && ours.target.production_weight.is_none_or(|percent| percent >= 100.0);
    all_run && (!shifts || has_shifted)
}
