//! `ecs`: services and their rollouts. One handle, or one thing done with it, a file.

mod deploying;
mod one_off;
mod operations;
mod pause;
mod rollout;
mod scaling;
mod service;
mod tasks;
mod watching;

pub use pause::Pause;
pub use rollout::Rollout;
pub use service::Service;

use crate::script::options::{TakesOptions, fields};
use rhai::{Module, exported_module};

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[
    TakesOptions { function: ".deploy", keys: fields::<deploying::DeployOptions> },
    TakesOptions { function: ".refresh", keys: fields::<operations::RefreshOptions> },
    TakesOptions { function: ".rollback", keys: fields::<operations::RollbackOptions> },
    TakesOptions { function: ".scale", keys: fields::<operations::ScaleOptions> },
    TakesOptions { function: ".wait", keys: fields::<rollout::WaitOptions> },
    TakesOptions { function: ".wait_ready", keys: fields::<rollout::WatchOptions> },
    TakesOptions { function: "ecs::exec", keys: fields::<tasks::ExecOptions> },
    TakesOptions { function: "ecs::run_task", keys: fields::<one_off::RunTaskOptions> },
    TakesOptions { function: "ecs::stop_tasks", keys: fields::<tasks::StopOptions> },
    TakesOptions { function: "ecs::task_log", keys: fields::<tasks::LogOptions> },
    TakesOptions { function: "ecs::tasks", keys: fields::<tasks::TasksOptions> },
    TakesOptions { function: ".tasks", keys: fields::<tasks::OfService> },
    TakesOptions { function: "ecs::watch", keys: fields::<rollout::WatchOptions> },
];

/// The namespace.
pub fn module() -> Module {
    let mut module = exported_module!(service::service);
    module
        .combine(exported_module!(deploying::deploying))
        .combine(exported_module!(one_off::running))
        .combine(exported_module!(operations::operations))
        .combine(exported_module!(rollout::rollout))
        .combine(exported_module!(scaling::suspension))
        .combine(exported_module!(tasks::listing))
        .combine(exported_module!(watching::watching));
    module
}
