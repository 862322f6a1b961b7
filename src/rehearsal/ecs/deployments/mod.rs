//! Service deployments and service revisions, as their operations answer them.

mod describe;
mod list;
mod names;
mod resume;
mod revisions;
mod show;
mod stop;

pub use describe::call as describe;
pub use list::call as list;
pub use names::deployment_arn;
pub use resume::call as resume;
pub use revisions::{call as describe_revisions, remember};
pub use show::{current_revisions, record};
pub use stop::call as stop;

/// Whether a place has the operations of service deployments at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// As in AWS today.
    #[default]
    Present,
    /// Older partitions: the operations do not exist, and services do not show theirs.
    Missing,
    /// They exist, and the caller's policy does not know them.
    Denied,
    /// Emulators: status 500, and services do not show theirs.
    Error,
}

/// When what was done to a service is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visibility {
    /// `currentServiceDeployment` is blank for this long after a deployment was asked for.
    pub blank: std::time::Duration,
    /// What describes a service or lists its deployments lags behind an update by this much.
    pub lag: std::time::Duration,
}
