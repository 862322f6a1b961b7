//! The embedded `CodeDeploy`, as far as it deploys services of ECS: JSON 1.1. What becomes of its deployments is
//! decided where the services are kept.

mod app_spec;
mod create;
mod operations;
mod show;

pub use operations::{OPERATIONS, call};
