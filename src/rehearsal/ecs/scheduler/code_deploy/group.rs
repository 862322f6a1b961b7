//! A deployment group of the compute platform ECS.

use std::time::Duration;

/// What a deployment group says of each of its deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The application that it is of.
    pub application: String,
    /// Its name.
    pub name: String,
    /// `deploymentConfigName` of deployments that name none.
    pub configuration: String,
    /// `CONTINUE_DEPLOYMENT`: none; `STOP_DEPLOYMENT`: how long traffic waits to be continued.
    pub ready_wait: Option<Duration>,
    /// `terminationWaitTimeInMinutes`
    pub termination_wait: Duration,
    /// `autoRollbackConfiguration.events`; none where it is not enabled.
    pub rollback_on: Vec<RollbackOn>,
    /// `alarmConfiguration`
    pub alarms: Vec<String>,
    /// Whether it has a test listener.
    pub test_traffic: bool,
}

/// `AutoRollbackEvent`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackOn {
    Failure,
    Alarm,
    Request,
}

impl RollbackOn {
    /// All of them.
    pub const ALL: [RollbackOn; 3] = [RollbackOn::Failure, RollbackOn::Alarm, RollbackOn::Request];

    /// The name that `CodeDeploy` has for it.
    pub fn name(self) -> &'static str {
        match self {
            RollbackOn::Failure => "DEPLOYMENT_FAILURE",
            RollbackOn::Alarm => "DEPLOYMENT_STOP_ON_ALARM",
            RollbackOn::Request => "DEPLOYMENT_STOP_ON_REQUEST",
        }
    }
}
