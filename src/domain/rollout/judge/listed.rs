//! Judged by `deployments[]` of the service, where ECS's record of our deployment is not to be had.

use super::crash_loop::crash_loop;
use super::replaced::{is_older, named, other_primary, superseded, went_back};
use super::{LAG, failure, listed_as_ours, shifts_traffic};
use crate::domain::rollout::observation::{Deployment, Observation, RolloutState};
use crate::domain::rollout::target::{Policy, Target, Until};
use crate::domain::rollout::verdict::{Failure, FailureKind, Stage, Undone, Verdict};
use crate::domain::task_definition::short_name;

pub(super) fn judge(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    let ours = listed_as_ours(seen, target);
    if let Some(ours) = ours.filter(|ours| ours.rollout_state == Some(RolloutState::Failed)) {
        return Verdict::Failed(given_up(seen, ours, target));
    }
    let waiting = |waiting_for: &str| Verdict::Running { stage: Stage::Starting, waiting_for: waiting_for.to_owned() };
    match (ours, seen.primary()) {
        (Some(ours), Some(primary)) if primary.id == ours.id => progress(seen, ours, target, policy, now),
        (None, other) if lags_behind(seen, other, target, now) => waiting("our deployment to be shown"),
        (_, Some(primary)) if went_back(primary, target) => Verdict::Failed(rolled_back(primary, target)),
        (_, Some(primary)) => superseded(primary, target),
        (Some(_), None) => waiting("a PRIMARY deployment"),
        (None, None) => {
            let controller = seen.controller.as_deref().filter(|controller| *controller != "ECS");
            let why = controller.map(|name| format!("; its controller is {name}")).unwrap_or_default();
            let reason = format!("the service `{}` has no deployment {}{why}", seen.service, target.deployment);
            Verdict::Failed(failure(target, FailureKind::Gone, reason))
        }
    }
}

/// Whether the description may just be older than our deployment: it shows only what was there before, and ours was
/// shown, or awaited from, not long ago.
fn lags_behind(seen: &Observation, primary: Option<&Deployment>, target: &Target, now: f64) -> bool {
    let lately = seen.shown_at.is_some_and(|at| now - at < LAG);
    let knows_better = |primary: &Deployment| primary.created_at.is_some() && !is_older(primary, seen, target);
    lately && !(target.since.is_some() && primary.is_some_and(knows_better))
}

/// ECS says that ours failed.
fn given_up(seen: &Observation, ours: &Deployment, target: &Target) -> Failure {
    let why = ours.reason.clone().unwrap_or_else(|| "ECS gave no reason".to_owned());
    let words = why.to_lowercase();
    let kind = if words.contains("circuit breaker") {
        FailureKind::CircuitBreaker
    } else if words.contains("alarm") {
        FailureKind::Alarm
    } else {
        FailureKind::RolloutFailed
    };
    // who has taken its place is not undone by us
    let other = other_primary(seen, target);
    let undone = match other.filter(|other| went_back(other, target)) {
        Some(back) if back.rollout_state == Some(RolloutState::Completed) => Undone::Done,
        Some(back) if back.rollout_state == Some(RolloutState::Failed) => Undone::Failed,
        Some(_) => Undone::UnderWay,
        None => Undone::Nothing,
    };
    let reason = format!("deployment {} failed: {why}", ours.id);
    Failure { other: other.map(named), undone, ..failure(target, kind, reason) }
}

fn rolled_back(primary: &Deployment, target: &Target) -> Failure {
    let (ours, name) = (&target.deployment, short_name(&primary.task_definition));
    let why = primary.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let reason = format!("deployment {ours} was rolled back to {name} by {}{why}", primary.id);
    let completed = primary.rollout_state == Some(RolloutState::Completed);
    let undone = if completed { Undone::Done } else { Undone::UnderWay };
    Failure { other: Some(named(primary)), undone, ..failure(target, FailureKind::RolledBack, reason) }
}

/// How far our deployment is, which is PRIMARY and has not failed as far as ECS says.
fn progress(seen: &Observation, ours: &Deployment, target: &Target, policy: Policy, now: f64) -> Verdict {
    let all_run = ours.running == ours.desired;
    let deployed = match ours.rollout_state {
        Some(state) => state == RolloutState::Completed,
        // no word about the rollout: the counts are all there is
        None => all_run && ours.pending == 0 && seen.deployments.len() == 1,
    };
    // tasks of a strategy that shifts traffic run long before it is theirs, which only ECS's record tells
    let shifts = seen.strategy.as_deref().is_some_and(shifts_traffic);
    let serves = deployed || (all_run && ours.desired > 0 && !shifts);
    let reached = match target.until {
        Until::None => true,
        Until::Traffic => serves,
        Until::Deployed => deployed,
        Until::Drained => deployed && is_drained(seen, ours),
    };
    if reached {
        return Verdict::Done { reached: target.until };
    }
    let running = |stage, waiting_for| Verdict::Running { stage, waiting_for };
    if deployed {
        return running(Stage::Draining, what_is_left(seen, ours));
    }
    if serves {
        return running(Stage::Serving, format!("{} to be completed", ours.id));
    }
    if all_run && shifts && ours.desired > 0 {
        return running(Stage::Starting, format!("{} to be completed, once the traffic is shifted", ours.id));
    }
    match crash_loop(seen, target, ours.desired, policy, now) {
        Some(failure) => Verdict::Failed(failure),
        None => running(
            Stage::Starting,
            format!("{} of {} tasks to run", ours.desired.saturating_sub(ours.running), ours.desired),
        ),
    }
}

/// Whether nothing of any other deployment is left, of ours, which is completed.
pub(super) fn is_drained(seen: &Observation, ours: &Deployment) -> bool {
    let left = seen.others_left(&ours.id).count();
    seen.deployments.len() == 1 && ours.pending == 0 && left == 0 && seen.draining_targets.unwrap_or(0) == 0
}

/// What keeps a completed deployment from being drained.
pub(super) fn what_is_left(seen: &Observation, ours: &Deployment) -> String {
    let left = seen.others_left(&ours.id).count();
    let deployments = seen.deployments.len().saturating_sub(1);
    let targets = match seen.draining_targets {
        None | Some(0) => String::new(),
        Some(targets) => format!(", and {targets} targets to drain"),
    };
    if left == 0 && deployments == 0 && targets.is_empty() && ours.pending > 0 {
        return format!("{} tasks of ours to run, which are pending again", ours.pending);
    }
    let waiting_for = format!("{left} tasks and {deployments} deployments of before to end{targets}");
    let protected = seen.others_left(&ours.id).filter(|task| task.protected).count();
    if protected > 0 {
        return format!("{waiting_for} ({protected} of the tasks are protected)");
    }
    waiting_for
}
