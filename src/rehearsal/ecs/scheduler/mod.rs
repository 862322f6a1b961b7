//! The service scheduler: a state machine that is advanced to a moment, and decides from what is
//! there alone. It has no clock and no background task.

mod by_user;
mod code_deploy;
mod course;
mod deployment;
mod event;
mod failure;
mod lifecycle;
mod reconcile;
mod roll;
mod room;
mod rules;
mod service;
mod service_deployment;
mod settle;
mod stage;
mod step;
mod surroundings;
mod task;
mod task_life;
mod task_sets;
#[cfg(test)]
mod tests;
mod timings;
mod way_back;

pub use code_deploy::{
    CodeDeploy, CodeDeployment, Group, LifecycleEvent, RevisionOf, RollbackOn, Status as CodeDeployStatus, Traffic,
};
pub use deployment::{ContainerSpec, Deployment, Revision};
pub use event::Event;
pub use lifecycle::HookRun;
pub use rules::{Alarms, Early, Hook, HookPoint, Rules, Strategy, Threshold, TimeoutAction};
pub use service::{Place, Service, TargetGroup};
pub use service_deployment::{Cause, Counted, ServiceDeployment, ServiceRevision, Status};
pub use stage::Stage;
pub use surroundings::{Fate, HookEnd, Started, Surroundings};
pub use task::{Container, Task};
pub use timings::Timings;
pub use way_back::{NotStopped, Stop};
