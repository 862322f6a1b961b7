//! Services that AWS `CodeDeploy` deploys: a revision is brought by a deployment of theirs, and not by `UpdateService`.

mod create;
mod steps;
mod undo;
mod wait;

pub use create::{CodeDeployOptions, deploys, last};
pub(super) use create::{What, deploy, ready};
pub use steps::{continue_traffic, end_old_tasks, wait_ready};
pub(super) use wait::{drives, stands, wait};
