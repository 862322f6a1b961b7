//! The judgment: one observation, our target, the policy, the time.

mod crash_loop;
mod listed;
mod pinned;
mod replaced;

use super::observation::{Deployment, Observation};
use super::service_deployment::ServiceDeployment;
use super::target::{Policy, Target, Until};
use super::verdict::{Failure, FailureKind, Undone, Verdict};
use crate::domain::equivalence::same_resource;
use crate::domain::task_definition::short_name;

/// A judge of rollouts: what an observation means for our deployment at a time in seconds since 1970.
pub type Judge = fn(&Observation, &Target, Policy, f64) -> Verdict;

/// So many seconds a description may be older than the update that it follows: so long a deployment that is not shown
/// counts as not there yet, instead of as gone.
const LAG: f64 = 60.0;

/// What the observation means for our deployment.
///
/// Only our own deployment, by its id, is ever a success. Where ECS's record of it was seen, that is believed; else the
/// service's `deployments[]`. [`Until::None`] waits for nothing and is done at once, claiming nothing.
/// [`Until::Drained`] needs the tasks of the service in the observation, also those that are desired to stop: tasks that
/// were not listed cannot be seen.
pub fn judge(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    if target.until == Until::None {
        return Verdict::Done { reached: Until::None };
    }
    if let Some(failure) = wrong_from_the_start(seen, target) {
        return Verdict::Failed(failure);
    }
    match seen.service_deployment.as_ref().filter(|one| is_ours(one, target)) {
        Some(ours) => pinned::judge(seen, ours, target, policy, now),
        None => listed::judge(seen, target, policy, now),
    }
}

/// Whether a service deployment is the one that we follow: its target revision has the digits of our deployment's id,
/// or, where it does not tell its revision, it is the one that `UpdateService` named.
pub(super) fn is_ours(one: &ServiceDeployment, target: &Target) -> bool {
    if one.target.arn.is_empty() {
        return target.service_deployment.as_deref() == Some(one.arn.as_str());
    }
    one.target.is_of(&target.deployment)
}

/// What no deployment can make good: the service goes, or our deployment is of another definition.
fn wrong_from_the_start(seen: &Observation, target: &Target) -> Option<Failure> {
    if matches!(seen.status.as_str(), "DRAINING" | "INACTIVE") {
        let reason = format!("the service `{}` is {}", seen.service, seen.status);
        return Some(failure(target, FailureKind::ServiceGone, reason));
    }
    let ours = listed_as_ours(seen, target)?;
    if ours.task_definition.is_empty() || same_resource(&ours.task_definition, &target.task_definition) {
        return None;
    }
    let (theirs, wanted) = (short_name(&ours.task_definition), short_name(&target.task_definition));
    let reason = format!("deployment {} runs {theirs}, and {wanted} was deployed", ours.id);
    Some(failure(target, FailureKind::OtherDefinition, reason))
}

/// Our deployment among `deployments[]`, as the PRIMARY one where an id is there twice.
fn listed_as_ours<'a>(seen: &'a Observation, target: &Target) -> Option<&'a Deployment> {
    let primary = seen.primary().filter(|primary| primary.id == target.deployment);
    primary.or_else(|| seen.deployment(&target.deployment))
}

/// Whether a strategy moves traffic apart from tasks, so that tasks that run do not serve yet.
fn shifts_traffic(strategy: &str) -> bool {
    strategy != "ROLLING"
}

fn failure(target: &Target, kind: FailureKind, reason: String) -> Failure {
    Failure { kind, reason, deployment: target.deployment.clone(), other: None, undone: Undone::Nothing }
}
