//! A crash loop, judged by ourselves: without a circuit breaker ECS starts tasks that fail for ever.

use super::failure;
use crate::domain::rollout::failed_tasks::failed_tasks;
use crate::domain::rollout::observation::{Observation, Task};
use crate::domain::rollout::target::{Policy, Target};
use crate::domain::rollout::verdict::{Failure, FailureKind};

/// The failure that many failed tasks of ours are, while none of ours is well.
pub(super) fn crash_loop(
    seen: &Observation,
    target: &Target,
    desired: u64,
    policy: Policy,
    now: f64,
) -> Option<Failure> {
    let pinned = seen.service_deployment.as_ref();
    let watches = pinned.and_then(|one| one.breaker.as_ref()).is_some_and(|breaker| breaker.watches);
    let threshold = policy.threshold(desired, seen.breaker || watches)?;
    // stopped tasks vanish after an hour, and ECS's counts go back to 0 on a success: the greatest is nearest the truth
    let stopped = u64::try_from(failed_tasks(seen, &target.deployment).count()).unwrap_or(u64::MAX);
    let listed = seen.deployment(&target.deployment);
    let counted = pinned.and_then(|one| one.breaker.as_ref()).map_or(0, |breaker| breaker.failures);
    let failed = stopped.max(listed.map_or(0, |ours| ours.failed)).max(counted);
    let running = pinned.map_or(0, |one| one.target.running).max(listed.map_or(0, |ours| ours.running));
    let looping = failed >= threshold && (running == 0 || none_is_well(seen, target, running, now));
    let reason = || {
        let ours = &target.deployment;
        if running == 0 {
            format!("{failed} tasks of deployment {ours} failed and none runs")
        } else {
            format!("{failed} tasks of deployment {ours} failed, and none of the {running} that run is well yet")
        }
    };
    looping.then(|| failure(target, FailureKind::CrashLoop, reason()))
}

/// Whether all the tasks that run are known, and none of them is healthy or has outlived those that failed.
fn none_is_well(seen: &Observation, target: &Target, running: u64, now: f64) -> bool {
    let ours = || {
        let started_by_us = |task: &&Task| task.started_by.as_deref() == Some(target.deployment.as_str());
        seen.tasks.iter().filter(started_by_us).filter(|task| task.last_status == "RUNNING")
    };
    let longest = failed_tasks(seen, &target.deployment).map(|task| task.life(now)).fold(0.0, f64::max);
    let is_well = |task: &Task| task.health.as_deref() == Some("HEALTHY") || task.life(now) >= longest;
    u64::try_from(ours().count()).unwrap_or(0) == running && !ours().any(is_well)
}
