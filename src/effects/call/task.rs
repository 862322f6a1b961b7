//! Tasks by themselves: one-off ones from their start to their end, those of anybody listed and stopped, and what
//! containers have logged.

use super::Effect;
use crate::domain::one_off::Counted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A read or a write about tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum TaskCall {
    /// ECS `RunTask`, of one task. Writes. Reply: `Document`, AWS's answer: `tasks` has the task.
    ///
    /// `startedBy` is unique, and the request's client token is made of it: asked for again, AWS answers with the task
    /// that it has started already.
    RunTask {
        /// The session.
        session: String,
        /// The request, without its client token.
        document: Value,
    },
    /// Looks at a task until it has stopped, and tells what its containers log. Reply: `Document`: `task` as AWS
    /// describes it, and `logs`, the last lines by container.
    WatchTask {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// ARN.
        task: String,
        /// Its containers.
        containers: Vec<Counted>,
        /// Whether what they log is told while it goes on; else it is read when one has failed.
        follow: bool,
        /// How long to wait at the most.
        timeout_millis: u64,
    },
    /// ECS `StopTask`. Writes. Reply: `Document`, AWS's answer.
    StopTask {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Id or ARN.
        task: String,
        /// Why, which ECS keeps with the task.
        reason: String,
    },
    /// Executes a command in a container of a task that runs, by ECS `ExecuteCommand` and a session of Systems Manager.
    /// Writes. Reply: `Document`, `{"lines": […]}`: what it printed, nothing where it had the terminal.
    Execute {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Id or ARN.
        task: String,
        /// Which one, where the task has several.
        container: Option<String>,
        /// With its arguments, in one text.
        command: String,
        /// Whether it has the terminal.
        terminal: bool,
        /// How long it may take, where it does not have the terminal.
        timeout_millis: u64,
    },
    /// ECS `ListTasks`, all pages. Reply: `Document`, `{"taskArns": […]}`.
    ListTasks {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// In ECS's words: `family`, `serviceName` or `startedBy`, which goes with no other.
        filter: BTreeMap<String, String>,
        /// `RUNNING` or `STOPPED`: what ECS wants of the tasks, not what they do.
        desired_status: String,
    },
    /// The last events of a stream, by `CloudWatch` Logs' `GetLogEvents`. Reply: `Document`, AWS's answer.
    GetLogEvents {
        /// The session.
        session: String,
        /// The group's name.
        group: String,
        /// The stream's name.
        stream: String,
        /// So many at the most.
        limit: u32,
    },
}

impl TaskCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::ListTasks { .. } | Self::GetLogEvents { .. } => Effect::Read,
            Self::WatchTask { .. } => Effect::Watch,
            Self::RunTask { .. } | Self::StopTask { .. } => Effect::Write,
            Self::Execute { .. } => Effect::Command,
        }
    }

    pub(super) fn session(&self) -> &str {
        match self {
            Self::RunTask { session, .. }
            | Self::WatchTask { session, .. }
            | Self::StopTask { session, .. }
            | Self::Execute { session, .. }
            | Self::ListTasks { session, .. }
            | Self::GetLogEvents { session, .. } => session,
        }
    }
}
