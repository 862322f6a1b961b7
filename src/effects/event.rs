//! What is told while a run goes on, beside the gateway: nothing here decides anything.

use super::redact::Redactor;
use crate::domain::image_reference::{Digest, Reference};
use crate::domain::rollout::Snapshot;
use serde::Serialize;
use std::sync::Arc;

/// How loud a line of a script's log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For those who look closely.
    Debug,
    /// The story.
    Info,
    /// Something to look at.
    Warn,
}

/// One thing that happened, for people and for `--output json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A step of the release is done: one sentence.
    Step {
        /// The sentence.
        message: String,
    },
    /// A line that the script logs, or a notice of ours.
    Log {
        /// How loud.
        level: Level,
        /// The line.
        message: String,
    },
    /// A call goes out.
    Began {
        /// `1`, or `3/0.2` in a parallel branch.
        key: String,
        /// The call in a few words.
        call: String,
        /// Whether it writes.
        write: bool,
    },
    /// The call that has just begun is answered from the journal: nothing is asked of anyone.
    Replayed {
        /// As in `Began`.
        key: String,
    },
    /// Its answer came.
    Ended {
        /// As in `Began`.
        key: String,
        /// The call in a few words.
        call: String,
        /// Whether it writes.
        write: bool,
        /// Milliseconds on the run's clock.
        millis: u64,
        /// The fault's code, where there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
    },
    /// Some bytes of a blob moved, or a blob is settled.
    Transfer(Transfer),
    /// A rollout was looked at.
    Rollout {
        /// `CLUSTER/SERVICE`.
        service: String,
        /// What it looks like now.
        snapshot: Snapshot,
    },
}

/// The movement of one blob of one image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transfer {
    /// The target image.
    pub image: Reference,
    /// The blob.
    pub digest: Digest,
    /// Bytes it has.
    pub size: u64,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a blob stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// So many bytes have been read from the source so far.
    Moving(u64),
    /// It starts again after a fault.
    Again,
    /// All of it is in the target now, verified.
    Sent,
    /// It was there already.
    Present,
}

/// Who is told.
pub trait Listener: Send + Sync {
    /// Is told one event. Must not block for long and cannot fail: what a listener does is nobody's success.
    fn hear(&self, event: &Event);
}

/// Where events go; cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<dyn Listener>);

/// Takes secrets out of what is told.
struct Discreet {
    redactor: Redactor,
    heard: Events,
}

impl Listener for Discreet {
    fn hear(&self, event: &Event) {
        let mut event = event.clone();
        match &mut event {
            Event::Step { message } | Event::Log { message, .. } => *message = self.redactor.text(message),
            Event::Began { call, .. } | Event::Ended { call, .. } => *call = self.redactor.text(call),
            Event::Replayed { .. } | Event::Transfer(_) | Event::Rollout { .. } => {}
        }
        self.heard.tell(&event);
    }
}

impl Events {
    /// Events that go to `listener`.
    pub fn to(listener: Arc<dyn Listener>) -> Self {
        Self(listener)
    }

    /// Events that nobody hears.
    pub fn nowhere() -> Self {
        struct Nobody;
        impl Listener for Nobody {
            fn hear(&self, _: &Event) {}
        }
        Self(Arc::new(Nobody))
    }

    /// The same, without the secrets that `redactor` knows in what scripts and servers say.
    #[must_use]
    pub fn without_the_secrets_of(self, redactor: Redactor) -> Self {
        Self(Arc::new(Discreet { redactor, heard: self }))
    }

    /// Tells one event.
    pub fn tell(&self, event: &Event) {
        self.0.hear(event);
    }

    /// Tells that a step is done.
    pub fn step(&self, message: impl Into<String>) {
        self.tell(&Event::Step { message: message.into() });
    }

    /// Tells a line of a log.
    pub fn log(&self, level: Level, message: impl Into<String>) {
        self.tell(&Event::Log { level, message: message.into() });
    }
}
