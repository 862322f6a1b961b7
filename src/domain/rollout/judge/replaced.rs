//! Another deployment than ours is PRIMARY: whose it is, and whether it is a way back.

use crate::domain::equivalence::same_resource;
use crate::domain::rollout::observation::{Deployment, Observation};
use crate::domain::rollout::target::Target;
use crate::domain::rollout::verdict::{Other, Superseded, Verdict};
use crate::domain::task_definition::short_name;

/// The deployment that the service goes towards, where it is not ours.
pub(super) fn other_primary<'a>(seen: &'a Observation, target: &Target) -> Option<&'a Deployment> {
    seen.primary().filter(|primary| primary.id != target.deployment)
}

/// Whether a deployment was made before ours: a description that shows it in front is old, or the service went back.
pub(super) fn is_older(other: &Deployment, seen: &Observation, target: &Target) -> bool {
    let pinned = seen.service_deployment.as_ref().and_then(|one| one.created_at);
    let ours = seen.deployment(&target.deployment).and_then(|one| one.created_at);
    match (other.created_at, ours.or(pinned).or(target.since)) {
        (Some(theirs), Some(ours)) => theirs <= ours,
        _ => false,
    }
}

pub(super) fn named(other: &Deployment) -> Other {
    Other { deployment: other.id.clone(), task_definition: other.task_definition.clone() }
}

/// Somebody else deployed after us.
pub(super) fn superseded(by: &Deployment, target: &Target) -> Verdict {
    let (ours, name) = (&target.deployment, short_name(&by.task_definition));
    let why = by.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Verdict::Superseded(Superseded {
        reason: format!("deployment {ours} was replaced by {}, which runs {name}{why}", by.id),
        deployment: ours.clone(),
        by: named(by),
    })
}

/// Whether the service goes back to what it ran before, as far as `deployments[]` tells.
pub(super) fn went_back(primary: &Deployment, target: &Target) -> bool {
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
