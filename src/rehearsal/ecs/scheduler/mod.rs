//! The service scheduler: a state machine that is advanced to a moment, and decides from what is
//! there alone. It has no clock and no background task.

mod by_user;
mod course;
mod deployment;
mod event;
mod failure;
mod roll;
mod service;
mod service_deployment;
mod stage;
mod step;
mod surroundings;
mod task;
#[cfg(test)]
mod tests;
mod timings;

pub use course::{NotStopped, Stop};
pub use deployment::{ContainerSpec, Deployment, Revision};
pub use event::Event;
pub use service::{Place, Rules, Service, TargetGroup};
pub use service_deployment::{Cause, Counted, ServiceDeployment, ServiceRevision, Status};
pub use stage::Stage;
pub use surroundings::{Fate, Started, Surroundings};
pub use task::{Container, Task};
pub use timings::Timings;
