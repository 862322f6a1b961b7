//! The judgment: one observation, our target, the policy.

use super::failed_tasks::failed_tasks;
use super::observation::{Deployment, Observation, RolloutState};
use super::target::{Policy, Target, Until};
use super::verdict::{Failure, FailureKind, Other, Stage, Verdict};
use crate::domain::equivalence::same_resource;
use crate::domain::task_definition::short_name;

/// What the observation means for our deployment.
///
/// Only our own deployment, by id and as the PRIMARY one, is ever a success. [`Until::None`] waits for nothing and is
/// done at once, claiming nothing. [`Until::Drained`] needs the tasks of the service in the observation, also those
/// that are desired to stop: tasks that were not listed cannot be seen.
pub fn judge(seen: &Observation, target: &Target, policy: Policy) -> Verdict {
    if target.until == Until::None {
        return Verdict::Done { reached: Until::None };
    }
    match failure(seen, target) {
        Err(failure) => Verdict::Failed(failure),
        Ok(None) => Verdict::Running { stage: Stage::Starting, waiting_for: "a PRIMARY deployment".to_owned() },
        Ok(Some(ours)) => progress(seen, ours, target, policy),
    }
}

/// Our deployment while it is the PRIMARY one; `None` while none is.
fn failure<'a>(seen: &'a Observation, target: &Target) -> Result<Option<&'a Deployment>, Failure> {
    let fail = |kind, reason| Err(Failure { kind, reason, deployment: target.deployment.clone(), other: None });
    if matches!(seen.status.as_str(), "DRAINING" | "INACTIVE") {
        return fail(FailureKind::ServiceGone, format!("the service `{}` is {}", seen.service, seen.status));
    }
    let primary = seen.primary();
    let is_ours = |deployment: &&Deployment| deployment.id == target.deployment;
    let ours = primary.filter(is_ours).or_else(|| seen.deployment(&target.deployment));
    if let Some(ours) = ours {
        if ours.rollout_state == Some(RolloutState::Failed) {
            let why = ours.reason.clone().unwrap_or_else(|| "ECS gave no reason".to_owned());
            let reason = format!("deployment {} failed: {why}", ours.id);
            // who has taken its place is not undone by us
            let other = primary.filter(|primary| primary.id != ours.id).map(|primary| Other {
                deployment: primary.id.clone(),
                task_definition: primary.task_definition.clone(),
            });
            let kind = FailureKind::RolloutFailed;
            return Err(Failure { kind, reason, deployment: target.deployment.clone(), other });
        }
        if !ours.task_definition.is_empty() && !same_resource(&ours.task_definition, &target.task_definition) {
            let (theirs, wanted) = (short_name(&ours.task_definition), short_name(&target.task_definition));
            let reason = format!("deployment {} runs {theirs}, and {wanted} was deployed", ours.id);
            return fail(FailureKind::OtherDefinition, reason);
        }
    }
    match (ours, primary) {
        (Some(ours), Some(primary)) if primary.id == ours.id => Ok(Some(ours)),
        (_, Some(primary)) => Err(replaced(primary, target)),
        (Some(_), None) => Ok(None),
        (None, None) => {
            let controller = seen.controller.as_deref().filter(|controller| *controller != "ECS");
            let why = controller.map(|name| format!("; its controller is {name}")).unwrap_or_default();
            fail(
                FailureKind::Gone,
                format!("the service `{}` has no deployment {}{why}", seen.service, target.deployment),
            )
        }
    }
}

/// Another deployment is PRIMARY: either the service went back to what it ran before, or someone deployed.
fn replaced(primary: &Deployment, target: &Target) -> Failure {
    let (ours, name) = (&target.deployment, short_name(&primary.task_definition));
    let why = primary.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (kind, reason) = if went_back(primary, target) {
        (FailureKind::RolledBack, format!("deployment {ours} was rolled back to {name} by {}{why}", primary.id))
    } else {
        (FailureKind::Superseded, format!("deployment {ours} was replaced by {}, which runs {name}{why}", primary.id))
    };
    let other = Other { deployment: primary.id.clone(), task_definition: primary.task_definition.clone() };
    Failure { kind, reason, deployment: ours.clone(), other: Some(other) }
}

fn went_back(primary: &Deployment, target: &Target) -> bool {
    if same_resource(&primary.task_definition, &target.task_definition) {
        return false;
    }
    let reason = primary.reason.as_deref().unwrap_or_default().to_lowercase();
    let says_so =
        ["circuit breaker", "rolling back", "rolled back", "rollback"].iter().any(|word| reason.contains(word));
    let earlier = match &target.previous {
        Some(previous) => same_resource(previous, &primary.task_definition),
        None => is_earlier(&primary.task_definition, &target.task_definition),
    };
    says_so || earlier
}

/// A lower revision of the same family: what is left to go by where nobody said what ran before.
fn is_earlier(one: &str, other: &str) -> bool {
    let parts = |arn: &str| {
        let (family, revision) = short_name(arn).rsplit_once(':')?;
        Some((family.to_owned(), revision.parse::<u64>().ok()?))
    };
    match (parts(one), parts(other)) {
        (Some((family, revision)), Some((our_family, our_revision))) => family == our_family && revision < our_revision,
        _ => false,
    }
}

/// How far our deployment is, which is PRIMARY and has not failed as far as ECS says.
fn progress(seen: &Observation, ours: &Deployment, target: &Target, policy: Policy) -> Verdict {
    let all_run = ours.running == ours.desired;
    let deployed = match ours.rollout_state {
        Some(state) => state == RolloutState::Completed,
        // no word about the rollout: the counts are all there is
        None => all_run && ours.pending == 0 && seen.deployments.len() == 1,
    };
    let serves = deployed || (all_run && ours.desired > 0);
    let left = seen.others_left(&ours.id).count();
    let drained = deployed && seen.deployments.len() == 1 && ours.pending == 0 && left == 0;
    let reached = match target.until {
        Until::None => true,
        Until::Traffic => serves,
        Until::Deployed => deployed,
        Until::Drained => drained,
    };
    if reached {
        return Verdict::Done { reached: target.until };
    }
    let running = |stage, waiting_for| Verdict::Running { stage, waiting_for };
    if deployed {
        let deployments = seen.deployments.len().saturating_sub(1);
        return running(Stage::Draining, format!("{left} tasks and {deployments} deployments of before to end"));
    }
    if serves {
        return running(Stage::Serving, format!("{} to be completed", ours.id));
    }
    match crash_loop(seen, ours, policy) {
        Some(failure) => Verdict::Failed(failure),
        None => running(
            Stage::Starting,
            format!("{} of {} tasks to run", ours.desired.saturating_sub(ours.running), ours.desired),
        ),
    }
}

/// Without a circuit breaker ECS starts tasks that fail for ever.
fn crash_loop(seen: &Observation, ours: &Deployment, policy: Policy) -> Option<Failure> {
    let threshold = policy.threshold(ours.desired, seen.breaker)?;
    // stopped tasks vanish after an hour, and the count goes back to 0 on a success: the greater one is nearer the truth
    let stopped = u64::try_from(failed_tasks(seen, &ours.id).count()).unwrap_or(u64::MAX);
    let failed = stopped.max(ours.failed);
    (ours.running == 0 && failed >= threshold).then(|| Failure {
        kind: FailureKind::CrashLoop,
        reason: format!("{failed} tasks of deployment {} failed and none runs", ours.id),
        deployment: ours.id.clone(),
        other: None,
    })
}
