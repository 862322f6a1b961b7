//! A plan: every call of a run in its order, with what it gave or is taken to give.

pub mod agreement;
pub mod changes;

use super::call::Call;
use super::journal::entry::{Answer, Head};
use super::key::Key;
use super::origin::Origin;
use super::reply::{Identity, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a planned call came to its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Read from AWS or a registry.
    Read,
    /// Read from this machine: the clock, the environment, the project's files.
    Local,
    /// A read of something that is planned itself.
    Overlaid,
    /// A write, predicted.
    Write,
    /// Taken to go well: nobody can know.
    Assumed,
}

/// One call of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its key.
    pub key: Key,
    /// The call.
    pub call: Call,
    /// What it gave or is taken to give.
    pub answer: Answer,
    /// How that is known.
    pub nature: Nature,
    /// Where in the script.
    pub origin: Origin,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Script, modules, arguments and clock.
    pub head: Head,
    /// Who its sessions are.
    pub sessions: BTreeMap<String, Identity>,
    /// The calls.
    pub steps: Vec<Planned>,
}

impl Plan {
    /// The writes, in their order.
    pub fn writes(&self) -> impl Iterator<Item = &Planned> {
        self.steps.iter().filter(|step| step.nature == Nature::Write && !step.changes_nothing())
    }
}

impl Planned {
    /// A write that finds everything as it is to be.
    fn changes_nothing(&self) -> bool {
        matches!(&self.answer, Answer::Reply(Reply::Pushed(pushed)) if pushed.unchanged)
    }
}
