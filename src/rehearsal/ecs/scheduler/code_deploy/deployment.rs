//! A deployment of `CodeDeploy` to a service of ECS.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::deployment::Revision;
use super::traffic::Traffic;
use crate::rehearsal::moment::Moment;

/// `DeploymentStatus`, without what only Lambda functions and stacks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Created,
    InProgress,
    Ready,
    Succeeded,
    Failed,
    Stopped,
}

impl Status {
    /// The name that `CodeDeploy` has for it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Created => "Created",
            Status::InProgress => "InProgress",
            Status::Ready => "Ready",
            Status::Succeeded => "Succeeded",
            Status::Failed => "Failed",
            Status::Stopped => "Stopped",
        }
    }

    /// Whether nothing more becomes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Status::Succeeded | Status::Failed | Status::Stopped)
    }
}

/// What a deployment brings.
#[derive(Clone, Debug)]
pub struct RevisionOf {
    /// The `AppSpec`, as it was sent.
    pub content: String,
    /// Its sha256 in hexadecimal digits.
    pub sha256: String,
    /// What its task definition runs.
    pub runs: Revision,
    /// Lambda functions by lifecycle event.
    pub hooks: BTreeMap<String, String>,
}

/// A lifecycle event of a deployment's target.
#[derive(Clone, Debug)]
pub struct LifecycleEvent {
    pub name: &'static str,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed` or `Skipped`.
    pub status: &'static str,
    pub started: Option<Moment>,
    pub ended: Option<Moment>,
    /// `diagnostics.message`
    pub message: String,
}

/// A deployment.
#[derive(Clone, Debug)]
pub struct CodeDeployment {
    /// `d-` and nine letters and digits.
    pub id: String,
    pub configuration: String,
    pub traffic: Traffic,
    pub description: String,
    /// What it brings; what was there before, for a rollback.
    pub revision: RevisionOf,
    pub status: Status,
    /// `errorInformation`: code and message.
    pub error: Option<(&'static str, String)>,
    pub created: Moment,
    pub started: Option<Moment>,
    pub completed: Option<Moment>,
    /// The deployment that takes this one back, and why.
    pub taken_back_by: Option<(String, String)>,
    /// The deployment that this one takes back.
    pub takes_back: Option<String>,
    pub events: Vec<LifecycleEvent>,
    /// The task set that was PRIMARY.
    pub blue: String,
    /// The replacement.
    pub green: Option<String>,
    /// Traffic of the replacement, in percent.
    pub weight: u32,
    /// Which step it is at: what was planned for another is void.
    pub visit: u32,
    /// Whether traffic may be moved although the group waits.
    pub continued: bool,
    /// Whether the wait for the original task set is under way, or left out.
    pub waits_for_termination: bool,
    /// Rolls back when it is stopped, whatever the group says.
    pub rolls_back_on: Vec<super::group::RollbackOn>,
    /// Alarms that it watches.
    pub alarms: Vec<String>,
    pub ready_wait: Option<Duration>,
}

/// What happens to a deployment of `CodeDeploy` at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// It is under way.
    Begins,
    /// The work of a lifecycle event is done.
    Done,
    /// A hook answered that it failed.
    HookFailed,
    /// Nothing came of it in time.
    TimedOut,
    /// The next step of traffic.
    Shift,
    /// Nobody continued it in time.
    ReadyExpires,
    /// The original task set may go.
    Terminate,
}

impl CodeDeployment {
    /// The lifecycle event that it is at.
    pub fn at(&self) -> Option<&'static str> {
        self.events.iter().find(|event| matches!(event.status, "Pending" | "InProgress")).map(|event| event.name)
    }

    /// Ends the lifecycle event that it is at.
    pub fn ends_event(&mut self, status: &'static str, message: &str, at: Moment) {
        if let Some(event) = self.events.iter_mut().find(|event| matches!(event.status, "Pending" | "InProgress")) {
            event.status = status;
            event.started.get_or_insert(at);
            event.ended = Some(at);
            message.clone_into(&mut event.message);
        }
        self.visit += 1;
    }

    /// It is over.
    pub fn ends(&mut self, status: Status, at: Moment) {
        self.status = status;
        self.completed = Some(at);
        self.visit += 1;
        for event in self.events.iter_mut().filter(|event| matches!(event.status, "Pending" | "InProgress")) {
            event.status = "Skipped";
        }
    }
}
