//! What an observation means.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::service_deployment::Hook;
use super::target::Until;

/// The judgment of one observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// Not there yet, and nothing says that it cannot be.
    Running {
        /// How far it is.
        stage: Stage,
        /// What is still waited for, for people.
        waiting_for: String,
    },
    /// It stands until somebody answers a lifecycle hook.
    Awaiting(Box<Hook>),
    /// It has failed, and ECS is still about to undo it.
    Failing(Failure),
    /// What was waited for is there, of our own deployment.
    Done {
        /// The point that was waited for.
        reached: Until,
    },
    /// It will not come.
    Failed(Failure),
    /// Somebody else has deployed to the service: ours is neither a success nor a failure of its own.
    Superseded(Superseded),
}

impl Verdict {
    /// Whether another look could say something else. [`Self::Awaiting`] may be answered by whoever asked us to wait.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed(_) | Self::Superseded(_))
    }

    /// Whether nothing of ours is left to undo: somebody else, or ECS itself, has put something in its place.
    pub fn is_out_of_our_hands(&self) -> bool {
        match self {
            Self::Superseded(_) => true,
            Self::Failed(failure) | Self::Failing(failure) => {
                failure.other.is_some() || matches!(failure.undone, Undone::Done | Undone::UnderWay)
            }
            Self::Running { .. } | Self::Awaiting(_) | Self::Done { .. } => false,
        }
    }
}

/// How far a running rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Not all tasks of ours run.
    Starting,
    /// They do, and the deployment is not completed.
    Serving,
    /// It is completed, and something of an earlier one is left.
    Draining,
}

/// Why a rollout failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The class of the cause.
    pub kind: FailureKind,
    /// The sentence for people; in ECS's words where it has some.
    pub reason: String,
    /// Our deployment.
    pub deployment: String,
    /// The deployment that the service goes towards instead.
    pub other: Option<Other>,
    /// What ECS has done about it.
    #[serde(default)]
    pub undone: Undone,
}

/// What ECS has done about a failed deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undone {
    /// Nothing that it told of.
    #[default]
    Nothing,
    /// It goes back to what ran before.
    UnderWay,
    /// What ran before runs again.
    Done,
    /// It tried to go back, and failed.
    Failed,
}

/// The classes of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The deployment circuit breaker gave it up.
    CircuitBreaker,
    /// An alarm went off.
    Alarm,
    /// A lifecycle hook said no.
    HookFailed,
    /// A lifecycle hook had no answer in time.
    HookTimedOut,
    /// Somebody stopped it.
    Stopped,
    /// ECS, or someone, has gone back to what ran before, and nothing more is known of why.
    RolledBack,
    /// ECS says that our deployment failed.
    RolloutFailed,
    /// Our deployment runs another task definition than the one we deployed.
    OtherDefinition,
    /// Its tasks end as soon as they start.
    CrashLoop,
    /// Our deployment is gone, and no other is in its place.
    Gone,
    /// The service is being deleted, or was.
    ServiceGone,
}

impl FailureKind {
    /// A stable short name, which scripts and programs tell causes apart by.
    pub fn code(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "CircuitBreaker",
            Self::Alarm => "Alarm",
            Self::HookFailed => "HookFailed",
            Self::HookTimedOut => "HookTimedOut",
            Self::Stopped => "Stopped",
            Self::RolledBack => "RolledBack",
            Self::RolloutFailed => "RolloutFailed",
            Self::OtherDefinition => "OtherDefinition",
            Self::CrashLoop => "CrashLoop",
            Self::Gone => "DeploymentGone",
            Self::ServiceGone => "ServiceGone",
        }
    }
}

/// Whose deployment has taken the place of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Superseded {
    /// The sentence for people.
    pub reason: String,
    /// Our deployment.
    pub deployment: String,
    /// Theirs.
    pub by: Other,
}

/// A deployment that is not ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Its id.
    pub deployment: String,
    /// Its task definition.
    pub task_definition: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
