//! What becomes of a call: one driver for each kind of run, instead of an `if` in every step.

mod expected;
mod followed;
mod plan;
mod planned;
mod recalled;
mod resume;
mod run;

pub use plan::{PlanDriver, Sheet};
pub use planned::PlannedDriver;
pub use recalled::recalled;
pub use resume::ResumeDriver;
pub use run::RunDriver;

use super::call::Call;
use super::event::Events;
use super::fault::Fault;
use super::key::Key;
use super::origin::Origin;
use super::reply::{Identity, Reply};
use super::world::Boxed;

/// One call of a run, on its way.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Its name within the run.
    pub key: &'a Key,
    /// The call.
    pub call: &'a Call,
    /// Where the script made it.
    pub origin: &'a Origin,
    /// Where its progress is told.
    pub events: &'a Events,
}

/// Decides what becomes of calls.
pub trait Driver: Send + Sync {
    /// Gives the reply of a call, by making it or otherwise.
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>>;

    /// Is told who a session is, after its first use.
    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault>;

    /// What acts and writes down, where anything does: a plan has nothing to clean up.
    fn acts(&self) -> Option<&RunDriver> {
        None
    }

    /// The run's name; a symbol in a plan, which is not a run yet.
    fn run(&self) -> &str;

    /// Milliseconds since 1970 on the run's clock.
    fn clock(&self) -> i64;
}
