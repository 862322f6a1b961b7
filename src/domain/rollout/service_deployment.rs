//! ECS's own record of one deployment of a service, as `DescribeServiceDeployments` shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A service deployment: the truth about a deployment, where ECS tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// Its ARN, which is what it is pinned by.
    pub arn: String,
    /// How it stands.
    pub status: Status,
    /// Why it stands so, in ECS's words.
    pub reason: Option<String>,
    /// The stage of its life in ECS's words: `SCALE_UP`, `BAKE_TIME`, `CLEAN_UP`…
    pub stage: Option<String>,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`, where it was said.
    pub strategy: Option<String>,
    /// Minutes that the new revision is watched with all of the traffic before the old one goes.
    pub bake_minutes: u64,
    /// Whether ECS removes the old revision's tasks after the deployment has ended, which may take two weeks.
    pub cleanup_deferred: bool,
    /// What it brings.
    pub target: Revision,
    /// What it replaces.
    pub sources: Vec<Revision>,
    /// The way back, once it was taken.
    pub rollback: Option<Rollback>,
    /// The circuit breaker, where it was told.
    pub breaker: Option<Breaker>,
    /// The alarms that guard it, where there are some.
    pub alarms: Option<Alarms>,
    /// The lifecycle hooks of the stage that it is in.
    pub hooks: Vec<Hook>,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<f64>,
    /// When it ended.
    pub finished_at: Option<f64>,
}

/// `status` of a service deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It has not begun.
    Pending,
    /// It is under way; a status that we do not know counts as this, so that it is neither a success nor a failure.
    #[default]
    InProgress,
    /// Somebody asked to stop it.
    StopRequested,
    /// It is to be rolled back.
    RollbackRequested,
    /// It is being rolled back.
    RollbackInProgress,
    /// It has ended well.
    Successful,
    /// It was stopped.
    Stopped,
    /// It has failed, and what ran before runs again.
    RollbackSuccessful,
    /// It has failed, and so has the way back.
    RollbackFailed,
}

impl Status {
    /// All of them, in the order of a deployment's life.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::InProgress,
        Self::StopRequested,
        Self::RollbackRequested,
        Self::RollbackInProgress,
        Self::Successful,
        Self::Stopped,
        Self::RollbackSuccessful,
        Self::RollbackFailed,
    ];

    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::StopRequested => "STOP_REQUESTED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Stopped => "STOPPED",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

    /// What AWS wrote.
    pub fn of(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or_default()
    }

    /// Whether nothing follows.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One revision of the service in a deployment, and how many tasks of it there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Its ARN; its last part are the digits of the deployment `ecs-svc/…` that started its tasks.
    pub arn: String,
    /// How many tasks it should run.
    pub requested: u64,
    /// How many are about to.
    pub pending: u64,
    /// How many do.
    pub running: u64,
    /// Its share of the production traffic in percent, where traffic is shifted.
    pub production_weight: Option<f64>,
    /// Its share of the test traffic in percent, where traffic is shifted.
    pub test_weight: Option<f64>,
}

impl Revision {
    /// Whether it is what this deployment (`ecs-svc/…`) brings.
    pub fn is_of(&self, deployment: &str) -> bool {
        let digits = |text: &str| text.rsplit('/').next().map(str::to_owned).filter(|digits| !digits.is_empty());
        digits(&self.arn).is_some() && digits(&self.arn) == digits(deployment)
    }
}

/// A way back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Why, in ECS's words.
    pub reason: Option<String>,
    /// The revision that runs again, by its ARN.
    pub revision: Option<String>,
}

/// The deployment circuit breaker of one deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Whether it has broken the circuit.
    pub triggered: bool,
    /// Whether it can.
    pub watches: bool,
    /// How many tasks failed.
    pub failures: u64,
    /// How many break it.
    pub threshold: u64,
}

/// The alarms that guard one deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarms {
    /// Whether one has gone off.
    pub triggered: bool,
    /// All of them.
    pub names: Vec<String>,
    /// Those that have.
    pub gone_off: Vec<String>,
}

/// One lifecycle hook of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    /// What its answer is addressed to; empty where it was not told.
    pub id: String,
    /// `PAUSE` or `AWS_LAMBDA`.
    pub kind: String,
    /// `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED` or `TIMED_OUT`.
    pub status: String,
    /// The function of a Lambda hook.
    pub function: Option<String>,
    /// When ECS waits no longer, in seconds since 1970.
    pub expires_at: Option<f64>,
    /// What ECS does then: `CONTINUE` or `ROLLBACK`.
    pub timeout_action: Option<String>,
    /// The stage of the deployment that it holds up.
    pub stage: Option<String>,
    /// The ARN of the service deployment that it holds up.
    #[serde(default)]
    pub deployment: String,
}

impl Hook {
    /// Whether the deployment stands until somebody answers.
    pub fn waits_for_an_answer(&self) -> bool {
        self.status == "AWAITING_ACTION"
    }

    /// The line of aws-cli that answers it, so that the deployment goes on; none where it was not told what to address.
    pub fn by_hand(&self) -> Option<String> {
        let known = !self.id.is_empty() && !self.deployment.is_empty();
        known.then(|| {
            format!(
                "aws ecs continue-service-deployment --service-deployment-arn {} --hook-id {} --action CONTINUE",
                self.deployment, self.id
            )
        })
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = if self.id.is_empty() { "without an id" } else { &self.id };
        write!(f, "hook {id}")?;
        if let Some(stage) = &self.stage {
            write!(f, " at {stage}")?;
        }
        Ok(())
    }
}
