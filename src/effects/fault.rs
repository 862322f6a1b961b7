//! What can go wrong outside: a kind that picks the exit code, a cause, and what to do about it.

use crate::domain::layer_edit::ImpossibleEdit;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The class of a fault. It decides the exit code, together with whether anything had been written before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An argument, an option or a document is wrong.
    Usage,
    /// A session belongs to another account than expected.
    Account,
    /// What was asked for is not there: an image, a repository, a service, a file.
    Missing,
    /// Credentials are missing, expired or not permitted.
    Denied,
    /// AWS or a registry refused, for a reason of its own, or answered with something that is no answer of theirs.
    Refused,
    /// No answer: name resolution, connection, TLS, timeout.
    Network,
    /// What arrived is not what was asked for: a digest or a size that differs, a document that cannot be
    /// read.
    Verification,
    /// A rollout failed, was rolled back or ran out of its wait; or a one-off task did.
    Rollout,
    /// The run's own journal could not be written.
    Journal,
    /// A resumed run asks for something else than it did before.
    Diverged,
    /// The world is not any more what the run stands on: someone else has changed it.
    Moved,
    /// Stopped by Ctrl-C or SIGTERM.
    Interrupted,
    /// The run waits for a person's approval, and ends until it is gone on with.
    Waiting,
    /// A mistake of gantry itself.
    Internal,
}

/// A failure of a call: what scripts catch and what the diagnosis prints.
///
/// `message` names the thing and says why; `hint` says what to do. Neither ever holds a secret: the gateway redacts
/// what it is given, and secrets do not serialize.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The class, which picks the exit code.
    pub kind: FaultKind,
    /// A stable short name: AWS's error code (`ClusterNotFoundException`), a registry's (`MANIFEST_UNKNOWN`) or ours
    /// (`ImageMissing`).
    pub code: String,
    /// What happened, to which thing, and why.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// Whether the same call may succeed later without anything being changed.
    #[serde(default)]
    pub retryable: bool,
    /// Whether the write may have happened all the same: no answer came, or one that says nothing about it.
    #[serde(default)]
    pub in_doubt: bool,
    /// Whether the write happened all the same: AWS took it, and its answer is not what was asked for.
    #[serde(default)]
    pub happened: bool,
    /// More lines for the diagnosis, each a fact (a stopped task, an event).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<String>,
}

impl Fault {
    /// A fault that is neither retryable nor in doubt.
    pub fn new(kind: FaultKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            message: message.into(),
            hint: None,
            retryable: false,
            in_doubt: false,
            happened: false,
            details: Vec::new(),
        }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, marked as one that may pass by itself.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same, marked as a write that may have happened.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.in_doubt = true;
        self
    }

    /// The same, marked as a write that has happened.
    #[must_use]
    pub fn happened(mut self) -> Self {
        self.happened = true;
        self
    }

    /// The same, with facts for the diagnosis.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// A wrong argument, option or document.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Usage, "Usage", message)
    }

    /// A mistake of ours: an answer of a shape that the call cannot have.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Internal, "Internal", message).hint("this is a mistake in gantry: please report it")
    }

    /// Whether it ends the run, whatever the script says: it cannot be caught.
    pub fn ends_the_run(&self) -> bool {
        use FaultKind::{Diverged, Internal, Interrupted, Journal, Moved, Waiting};
        // where it is not known whether something was written, nothing may be decided on top of that
        self.in_doubt || matches!(self.kind, Interrupted | Waiting | Journal | Internal | Diverged | Moved)
    }

    /// Whether it is no answer to its call: the call stays begun, and a resumed run makes it again or looks for it.
    pub fn leaves_the_call_open(&self) -> bool {
        matches!(self.kind, FaultKind::Interrupted | FaultKind::Waiting)
    }

    /// The run was told to stop.
    pub fn interrupted() -> Self {
        Self::new(FaultKind::Interrupted, "Interrupted", "interrupted")
    }
}

impl From<ImpossibleEdit> for Fault {
    fn from(edit: ImpossibleEdit) -> Self {
        Self { hint: edit.hint, ..Self::usage(edit.why) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
