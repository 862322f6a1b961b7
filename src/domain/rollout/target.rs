//! What is waited for, and how far.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How far to wait. Each point includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Until {
    /// Not at all: nothing is claimed.
    None,
    /// The new revision serves: our deployment is PRIMARY and runs as many tasks as it should.
    Traffic,
    /// Our deployment is completed.
    Deployed,
    /// And no task of any other deployment is left.
    Drained,
}

/// A text that is none of the waiting points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no point to wait for: write none, traffic, deployed or drained")]
pub struct UntilError(pub String);

impl Until {
    /// All of them, from the nearest to the farthest.
    pub const ALL: [Self; 4] = [Self::None, Self::Traffic, Self::Deployed, Self::Drained];

    /// As scripts and flags write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Traffic => "traffic",
            Self::Deployed => "deployed",
            Self::Drained => "drained",
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Until {
    type Err = UntilError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|until| until.as_str() == text).ok_or_else(|| UntilError(text.to_owned()))
    }
}

/// Which deployment is ours, and what is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The id of our deployment, `ecs-svc/123`, as `UpdateService` answered it.
    pub deployment: String,
    /// The task definition that we deployed, by ARN or `family:revision`.
    pub task_definition: String,
    /// The task definition that the service ran before, where known: going back to it is a rollback.
    #[serde(default)]
    pub previous: Option<String>,
    /// When our deployment was created, in seconds since 1970: events before it are somebody else's.
    #[serde(default)]
    pub since: Option<f64>,
    /// How far to wait.
    pub until: Until,
    /// The ARN of ECS's record of our deployment, where `UpdateService` told it; found by the deployment's id otherwise.
    #[serde(default)]
    pub service_deployment: Option<String>,
    /// The ids of lifecycle hooks that have been answered already, since ECS may go on showing them for a moment.
    #[serde(default)]
    pub answered: Vec<String>,
}

/// What we judge ourselves because ECS would wait for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// So many failed tasks of ours while none runs are a failed rollout; 0 never judges that.
    ///
    /// The default of 3 is the circuit breaker's own least threshold, and like the breaker's it grows with the service:
    /// half of its desired tasks, 200 at most. Where the breaker is on it goes first, and twice as many are needed.
    pub crash_loop: u32,
    /// Whether the wait ends where a lifecycle hook waits for an answer, for the caller to give it; otherwise somebody
    /// else is waited for.
    #[serde(default)]
    pub stop_at_hooks: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { crash_loop: 3, stop_at_hooks: false }
    }
}

impl Policy {
    /// How many failed tasks are too many for a service of this size; `None` if that is not judged.
    pub fn threshold(self, desired: u64, breaker: bool) -> Option<u64> {
        let least = u64::from(self.crash_loop);
        let grown = least.max(desired.div_ceil(2).min(200));
        (least > 0).then(|| if breaker { grown.saturating_mul(2) } else { grown })
    }
}
