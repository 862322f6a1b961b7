//! A rollout, judged: what was observed, what it means, and why it failed.
//!
//! Pure functions over observations. A success is claimed only for our own deployment, by its id: a rollback that
//! ended well is a failed release.

mod cause;
mod diagnosis;
mod failed_tasks;
mod held_up;
mod hints;
mod judge;
mod observation;
mod pauses;
mod read;
mod read_deployment;
mod service_deployment;
mod snapshot;
mod target;
#[cfg(test)]
mod tests;
mod verdict;

pub use diagnosis::{Finding, diagnosis, findings_of_task, plainly};
pub use held_up::{protections, targets};
pub use hints::{hint_for, hint_for_verdict};
pub use judge::{Judge, judge};
pub use observation::{Container, Deployment, Event, Observation, RolloutState, Task};
pub use pauses::{Foreseen, pauses};
pub use read::ObservationError;
pub use service_deployment::{Alarms, Breaker, Hook, Revision, Rollback, ServiceDeployment, Status};
pub use snapshot::{Counts, Snapshot};
pub use target::{Policy, Target, Until, UntilError};
pub use verdict::{Failure, FailureKind, Other, Stage, Superseded, Undone, Verdict};
