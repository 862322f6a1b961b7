//! Deployments of AWS `CodeDeploy` to services of ECS: what is asked for, and what an observation of one means.
//!
//! Pure functions. As with ECS's own deployments a success is claimed only for ours, by its id.

mod app_spec;
mod judge;
mod observation;
#[cfg(test)]
mod tests;

pub use app_spec::{AppSpecError, app_spec};
pub use judge::{Watched, judge};
pub use observation::{LifecycleEvent, Observed, TaskSet};

/// What identifiers of `CodeDeploy`'s deployments begin with; those of ECS are `ecs-svc/…`.
pub const ID: &str = "d-";
