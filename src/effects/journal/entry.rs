//! The lines of a run's journal.

use crate::domain::deadline::Deadline;
use crate::effects::call::Call;
use crate::effects::fault::Fault;
use crate::effects::key::Key;
use crate::effects::origin::Origin;
use crate::effects::plan::Plan;
use crate::effects::reply::{Identity, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run was started with. A resume that differs in any of it is another run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The run's name, which is also its folder's.
    pub run: String,
    /// gantry's version.
    pub version: String,
    /// The script, relative to the project's root, or a command's name.
    pub script: String,
    /// The text of the script and of every module it imports, by file: a resume compares it and shows what differs.
    pub sources: BTreeMap<String, String>,
    /// The script's arguments as they were understood.
    pub arguments: serde_json::Value,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The script came to its end.
    Done,
    /// It failed, and that is that: a rollout was judged.
    Failed,
    /// It was stopped, by a person or by what the world refused, and can be gone on with.
    Stopped,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// Always the first.
    Head(Head),
    /// The plan that the run follows: always the second, where there is one.
    Plan(Box<Plan>),
    /// A session was used for the first time, and this is who it is.
    Session {
        /// Its name.
        name: String,
        /// Who it is.
        identity: Identity,
    },
    /// A call is about to be made. Of a write it is on disk before the request leaves.
    Start {
        /// Its key.
        key: Key,
        /// The call.
        call: Box<Call>,
        /// Over the call, keyed by the run.
        hash: String,
        /// Where in the script.
        origin: Origin,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// Its answer.
    Done {
        /// Its key.
        key: Key,
        /// What came back.
        result: Box<Answer>,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// What a call did is undone, since the run ends before it would have been: a run that goes on does it again.
    PutBack {
        /// The key of the call that is undone.
        key: Key,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// The run is gone on with.
    Resume {
        /// gantry's version.
        version: String,
        /// Calls whose fault ended the run: they are made again.
        dropped: Vec<Key>,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// Always the last of a sitting, unless the process died.
    End {
        /// How.
        outcome: Outcome,
        /// The exit code.
        exit: u8,
        /// Milliseconds since 1970.
        at: i64,
        /// The deadline that stopped it, where one did.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        deadline: Option<Deadline>,
    },
}

impl From<Answer> for Result<Reply, Fault> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Reply(reply) => Ok(reply),
            Answer::Fault(fault) => Err(fault),
        }
    }
}

/// A reply or a fault, in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It succeeded.
    Reply(Reply),
    /// It failed.
    Fault(Fault),
}
