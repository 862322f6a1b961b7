//! A deployment: one revision that a service is being moved to, or was.

use crate::rehearsal::moment::Moment;

/// What the scheduler must know of a task definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// ARN of the task definition.
    pub arn: String,
    /// Its containers, in their order.
    pub containers: Vec<ContainerSpec>,
    /// Task-level cpu, as the task definition has it.
    pub cpu: Option<String>,
    /// Task-level memory, as the task definition has it.
    pub memory: Option<String>,
}

impl Revision {
    /// The images of its containers.
    pub fn images(&self) -> Vec<String> {
        self.containers.iter().map(|container| container.image.clone()).collect()
    }
}

/// A container of a task definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSpec {
    /// Its name.
    pub name: String,
    /// Its image, as written.
    pub image: String,
    /// Whether the task ends with it.
    pub essential: bool,
    /// Whether it has a health check of its own.
    pub health_check: bool,
}

/// `rolloutState`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    InProgress,
    Completed,
    Failed,
}

impl Rollout {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            Rollout::InProgress => "IN_PROGRESS",
            Rollout::Completed => "COMPLETED",
            Rollout::Failed => "FAILED",
        }
    }
}

/// A deployment of a service.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `ecs-svc/` and 19 digits; also its tasks' `startedBy`.
    pub id: String,
    /// The service revision that it moves to; its own digits, or a rollback's goal's.
    pub service_revision: String,
    /// What it runs.
    pub revision: Revision,
    /// When it was made.
    pub created: Moment,
    /// When it changed last.
    pub updated: Moment,
    /// How far it is.
    pub rollout: Rollout,
    /// Why it is there.
    pub reason: String,
    /// Tasks that failed in a row before one became healthy.
    pub failures: u32,
    /// No task is started before this.
    pub not_before: Moment,
    /// Whether the circuit breaker made it.
    pub is_rollback: bool,
}

impl Deployment {
    /// A deployment that begins now.
    pub fn begin(id: String, revision: Revision, now: Moment) -> Deployment {
        Deployment {
            reason: format!("ECS deployment {id} in progress."),
            service_revision: digits(&id),
            id,
            revision,
            created: now,
            updated: now,
            rollout: Rollout::InProgress,
            failures: 0,
            not_before: now,
            is_rollback: false,
        }
    }
}

/// The digits of `ecs-svc/DIGITS`.
fn digits(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}
