//! The machine, the clock, the project and who a session is.

use super::Effect;
use serde::{Deserialize, Serialize};

/// A read of the machine, the clock, the project or of who a session is, or a wait for a time or a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum HostCall {
    /// The clock. Reply: `Instant`.
    Now,
    /// A pause of the script. Reply: `Nothing`.
    Pause {
        /// How long.
        millis: u64,
    },
    /// A pause until an instant, by the world's own clock. Reply: `Nothing`.
    WaitUntil {
        /// Milliseconds since 1970, UTC. Absolute, so that a resumed run waits for the same instant.
        at_millis: i64,
        /// The instant as people say it where the script's team lives: `2026-11-21 02:00 Asia/Tokyo`.
        told: String,
    },
    /// A person's approval. Reply: `Approval`.
    Approve {
        /// What is to be approved.
        question: String,
    },
    /// An environment variable. Reply: `Text`, null where it is not set.
    Environment {
        /// Its name.
        name: String,
    },
    /// The paths, modes and digests of a folder or a file of the project. Reply: `Tree`.
    ScanFiles {
        /// Relative to the project's root.
        path: String,
        /// Whether a folder is meant, or a file.
        folder: bool,
    },
    /// The text of a file of the project. Reply: `Text`.
    ReadText {
        /// Relative to the project's root.
        path: String,
    },
    /// Holds a service for this run, against other releases of it from this project. Reply: `Nothing`.
    Hold {
        /// Account, Region, cluster and service in one name.
        place: String,
        /// The run.
        by: String,
        /// Whether to wait for another run that holds it, instead of refusing.
        wait: bool,
    },
    /// Who a session is: STS `GetCallerIdentity`. Reply: `Identity`.
    Identify {
        /// The session.
        session: String,
    },
}

impl HostCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::Now | Self::Environment { .. } | Self::ReadText { .. } | Self::Identify { .. } => Effect::Read,
            Self::Pause { .. }
            | Self::WaitUntil { .. }
            | Self::Approve { .. }
            | Self::ScanFiles { .. }
            | Self::Hold { .. } => Effect::Watch,
        }
    }
}
