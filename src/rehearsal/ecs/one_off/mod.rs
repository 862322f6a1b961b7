//! Tasks that run once: `RunTask`, `StopTask` and `ExecuteCommand`, and what becomes of them.

mod exec;
mod life;
mod run;
mod stop;

pub use exec::call as execute_command;
pub use life::{OneOff, Runs};
pub use run::call as run_task;
pub use stop::call as stop_task;
