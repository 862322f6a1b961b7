//! A service deployment: what ECS remembers of moving a service from its revisions to another one.

use super::deployment::Revision;
use super::lifecycle::{HookRun, Lifecycle, Swap};
use super::rules::Alarms;
use crate::rehearsal::moment::Moment;

/// `ServiceDeployment.status`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    InProgress,
    Successful,
    Stopped,
    StopRequested,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

impl Status {
    /// Every status there is.
    pub const ALL: [Status; 9] = [
        Status::Pending,
        Status::Successful,
        Status::Stopped,
        Status::StopRequested,
        Status::InProgress,
        Status::RollbackRequested,
        Status::RollbackInProgress,
        Status::RollbackSuccessful,
        Status::RollbackFailed,
    ];

    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Pending => "PENDING",
            Status::InProgress => "IN_PROGRESS",
            Status::Successful => "SUCCESSFUL",
            Status::Stopped => "STOPPED",
            Status::StopRequested => "STOP_REQUESTED",
            Status::RollbackRequested => "ROLLBACK_REQUESTED",
            Status::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Status::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Status::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

    /// The status of a name.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing follows.
    pub fn is_over(self) -> bool {
        matches!(self, Status::Successful | Status::Stopped | Status::RollbackSuccessful | Status::RollbackFailed)
    }

    /// Whether it still goes forward.
    pub fn goes_on(self) -> bool {
        matches!(self, Status::Pending | Status::InProgress)
    }
}

/// Why a service deployment did not go forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The circuit breaker counted too many failed tasks.
    CircuitBreaker,
    /// A `CloudWatch` alarm went off.
    Alarm,
    /// A lifecycle hook failed, or was not answered in time.
    Hook,
    /// Somebody called `StopServiceDeployment`.
    Stopped,
    /// Another deployment of the service began.
    Superseded,
}

impl Cause {
    /// A name for the record.
    pub fn name(self) -> &'static str {
        match self {
            Cause::CircuitBreaker => "circuit breaker",
            Cause::Alarm => "alarm",
            Cause::Hook => "hook",
            Cause::Stopped => "stopped",
            Cause::Superseded => "superseded",
        }
    }
}

/// The way back of a service deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// Why.
    pub reason: String,
    /// The service revision it goes to.
    pub service_revision: String,
    /// The `ecs-svc/` deployment that goes there.
    pub deployment: String,
    /// When it began.
    pub started: Moment,
}

/// Tasks of a service revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The service revision.
    pub service_revision: String,
    pub requested: usize,
    pub running: usize,
    pub pending: usize,
}

/// A service deployment.
#[derive(Clone, Debug)]
pub struct ServiceDeployment {
    /// The last part of its ARN.
    pub id: String,
    /// The `ecs-svc/` deployment that it began with.
    pub deployment: String,
    /// The service revision that the service is moved to.
    pub target: String,
    /// The service revisions that ran when it began.
    pub sources: Vec<String>,
    pub created: Moment,
    pub started: Option<Moment>,
    pub finished: Option<Moment>,
    pub stopped: Option<Moment>,
    pub updated: Moment,
    pub status: Status,
    /// Whether its target has served with all of its tasks and, where traffic is shifted, with all of the traffic.
    pub served: bool,
    /// `statusReason`; empty where there is nothing to say.
    pub reason: String,
    pub rollback: Option<Rollback>,
    /// Tasks that failed in a row.
    pub failures: u32,
    /// How many of them break the circuit.
    pub threshold: u32,
    /// Whether the circuit breaker watched it.
    pub breaker: bool,
    /// `lifecycleStage`
    pub stage: Option<Lifecycle>,
    /// How far the swap is, of strategies that swap.
    pub swap: Option<Swap>,
    /// Test and production traffic of the target, in percent, of strategies that shift it.
    pub weights: Option<(f64, f64)>,
    /// The hooks that were run.
    pub hooks: Vec<HookRun>,
    /// The alarms that it watches.
    pub alarms: Option<Alarms>,
    /// Those that went off.
    pub triggered: Vec<String>,
    /// When its bake time is over, once it has begun.
    pub baked: Option<Moment>,
    /// What the tasks were when the next one began; none for the newest.
    pub counted: Option<(Counted, Vec<Counted>)>,
    /// Why it did not go forward, as the simulation knows it, whatever is shown of it.
    pub cause: Option<Cause>,
}

impl ServiceDeployment {
    /// Gives it a status, and what that says of its times.
    pub fn becomes(&mut self, status: Status, reason: &str, at: Moment) {
        self.status = status;
        self.updated = at;
        reason.clone_into(&mut self.reason);
        match status {
            Status::InProgress => self.started = Some(at),
            Status::Stopped => self.stopped = Some(at),
            Status::Pending
            | Status::StopRequested
            | Status::RollbackRequested
            | Status::RollbackInProgress
            | Status::Successful
            | Status::RollbackSuccessful
            | Status::RollbackFailed => {}
        }
        if status.is_over() {
            self.finished = Some(at);
        }
    }
}

/// A version of a service: a task definition with the settings of its moment.
#[derive(Clone, Debug)]
pub struct ServiceRevision {
    /// The last part of its ARN: the digits of the deployment that it was made for.
    pub number: String,
    pub created: Moment,
    pub revision: Revision,
    /// What its containers' images resolved to, once one was pulled.
    pub digests: Vec<(String, String)>,
}
