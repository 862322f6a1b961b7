//! The embedded ECS: its state in one account and Region, and its operations over AWS JSON 1.1.

mod configuration;
mod create_service;
mod definitions;
mod delete_service;
mod deployments;
mod describe_services;
mod describe_tasks;
mod list_tasks;
mod lists;
mod one_off;
mod operations;
mod page;
mod protection;
mod realm;
mod scheduler;
mod service_json;
mod service_shape;
mod task_definitions;
mod update_service;

pub use configuration::{configuration, defaults};
pub use definitions::{Registration, register};
pub use deployments::{Availability, Visibility, record as deployment_record, remember};
pub use one_off::Runs;
pub use operations::{OPERATIONS, call};
pub use realm::{Caller, Cluster, Context, Hosted, Realm};
pub use scheduler::{
    CodeDeploy, CodeDeployStatus, CodeDeployment, Group, LifecycleEvent, RevisionOf, RollbackOn, Traffic,
};
pub use scheduler::{Fate, HookEnd, Place, Service, Started, Status, Surroundings, TargetGroup, Task, Timings};
pub use service_json::service as service_document;
