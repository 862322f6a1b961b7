//! What `CodeDeploy` keeps for a service of ECS: its deployment group and its deployments. What becomes of them is
//! decided in `course`, on the service's own agenda.

mod course;
mod deployment;
mod group;
mod traffic;

pub use deployment::{Beat, CodeDeployment, LifecycleEvent, RevisionOf, Status};
pub use group::{Group, RollbackOn};
pub use traffic::Traffic;

/// `CodeDeploy`, for one service.
#[derive(Clone, Debug)]
pub struct CodeDeploy {
    /// Its deployment group.
    pub group: Group,
    /// The newest last.
    pub deployments: Vec<CodeDeployment>,
}
