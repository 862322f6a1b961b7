//! What an observation means.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// What was waited for is there, of our own deployment.
    Done {
        /// The point that was waited for.
        reached: Until,
    },
    /// It will not come.
    Failed(Failure),
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
    /// The kind.
    pub kind: FailureKind,
    /// The sentence for people; in ECS's words where it has some.
    pub reason: String,
    /// Our deployment.
    pub deployment: String,
    /// The deployment that the service goes towards instead.
    pub other: Option<Other>,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// ECS, or someone, has gone back to what ran before.
    RolledBack,
    /// Another deployment has taken the place of ours.
    Superseded,
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
