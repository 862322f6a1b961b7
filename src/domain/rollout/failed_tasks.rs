//! Which stopped tasks are failures, and not just the end of their use.

use super::observation::{Observation, Task};

/// The tasks that a deployment started and that failed.
pub(super) fn failed_tasks<'a>(seen: &'a Observation, deployment: &'a str) -> impl Iterator<Item = &'a Task> {
    seen.tasks.iter().filter(move |task| task.started_by.as_deref() == Some(deployment) && failed(task))
}

/// The tasks that a deployment started and that something else than ECS or their containers ended.
pub(super) fn taken_tasks<'a>(seen: &'a Observation, deployment: &'a str) -> impl Iterator<Item = &'a Task> {
    let taken = |task: &Task| task.stop_code.as_deref().is_some_and(|code| TAKEN.contains(&code));
    seen.tasks.iter().filter(move |task| task.started_by.as_deref() == Some(deployment) && taken(task))
}

/// Stop codes that say nothing against the revision, and yet why its tasks do not stay.
const TAKEN: [&str; 4] = ["SpotInterruption", "TerminationNotice", "InfrastructureHealth", "UserInitiated"];

/// A task that could not start, whose essential container ended, or that the scheduler stopped as unhealthy. Scaling
/// in, a spot interruption or a person's stop say nothing against the revision.
fn failed(task: &Task) -> bool {
    if task.last_status != "STOPPED" && task.desired_status != "STOPPED" {
        return false;
    }
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    match task.stop_code.as_deref() {
        Some("TaskFailedToStart" | "EssentialContainerExited") => true,
        Some("ServiceSchedulerInitiated") | None => reason.contains("health check") || reason.contains("Error"),
        Some(_) => false,
    }
}
