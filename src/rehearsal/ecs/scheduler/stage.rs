//! The stages of a task's life, and which follows which.

use std::time::Duration;

use super::timings::Timings;

/// A task's last status, in the order of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Provisioning,
    Pending,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

impl Stage {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Provisioning => "PROVISIONING",
            Stage::Pending => "PENDING",
            Stage::Running => "RUNNING",
            Stage::Deactivating => "DEACTIVATING",
            Stage::Stopping => "STOPPING",
            Stage::Deprovisioning => "DEPROVISIONING",
            Stage::Stopped => "STOPPED",
        }
    }

    /// The stage that follows by itself, and after how long; a running task runs on.
    pub fn next(self, timings: &Timings) -> Option<(Stage, Duration)> {
        match self {
            Stage::Provisioning => Some((Stage::Pending, timings.provisioning)),
            Stage::Pending => Some((Stage::Running, timings.pending)),
            Stage::Deactivating => Some((Stage::Stopping, timings.deactivating)),
            Stage::Stopping => Some((Stage::Deprovisioning, timings.stopping)),
            Stage::Deprovisioning => Some((Stage::Stopped, timings.deprovisioning)),
            Stage::Running | Stage::Stopped => None,
        }
    }

    /// Where a task goes that the scheduler stops; `None` when it is stopping already.
    pub fn stopped_by_scheduler(self, has_target: bool) -> Option<Stage> {
        match self {
            Stage::Provisioning | Stage::Pending => Some(Stage::Deprovisioning),
            Stage::Running if has_target => Some(Stage::Deactivating),
            Stage::Running => Some(Stage::Stopping),
            Stage::Deactivating | Stage::Stopping | Stage::Deprovisioning | Stage::Stopped => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_starts_runs_and_leaves_in_this_order() {
        let timings = Timings::default();
        let table = [
            (Stage::Provisioning, Some((Stage::Pending, 3))),
            (Stage::Pending, Some((Stage::Running, 8))),
            (Stage::Running, None),
            (Stage::Deactivating, Some((Stage::Stopping, 20))),
            (Stage::Stopping, Some((Stage::Deprovisioning, 5))),
            (Stage::Deprovisioning, Some((Stage::Stopped, 2))),
            (Stage::Stopped, None),
        ];
        for (stage, expected) in table {
            let next = stage.next(&timings).map(|(next, after)| (next, after.as_secs()));
            assert_eq!(next, expected, "{}", stage.name());
        }
    }

    #[test]
    fn a_stop_drains_only_what_a_load_balancer_knows() {
        let table = [
            (Stage::Provisioning, true, Some(Stage::Deprovisioning)),
            (Stage::Pending, true, Some(Stage::Deprovisioning)),
            (Stage::Running, true, Some(Stage::Deactivating)),
            (Stage::Running, false, Some(Stage::Stopping)),
            (Stage::Deactivating, true, None),
            (Stage::Stopped, false, None),
        ];
        for (stage, has_target, expected) in table {
            assert_eq!(stage.stopped_by_scheduler(has_target), expected, "{}", stage.name());
        }
    }
}
