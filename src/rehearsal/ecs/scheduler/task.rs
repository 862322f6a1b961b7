//! A task and its containers, as the scheduler keeps them.

use super::deployment::{Deployment, Revision};
use super::stage::Stage;
use crate::rehearsal::moment::Moment;

/// A task of a service.
#[derive(Clone, Debug)]
pub struct Task {
    /// Thirty-two hexadecimal digits.
    pub id: String,
    /// Its place in the order in which the service's tasks were started.
    pub number: u64,
    /// The deployment that started it.
    pub deployment: String,
    /// The service revision it is of.
    pub service_revision: String,
    /// What it runs.
    pub revision: Revision,
    /// `lastStatus`
    pub stage: Stage,
    /// Whether it is meant to stop: `desiredStatus` STOPPED.
    pub stopping: bool,
    /// Whether its health checks have passed.
    pub healthy: bool,
    /// Whether a health check has failed for good.
    pub unhealthy: bool,
    /// The scheduler does not stop it before this.
    pub protected: Option<Moment>,
    /// Its containers, in the task definition's order.
    pub containers: Vec<Container>,
    /// `stopCode` and `stoppedReason`.
    pub stopped: Option<(&'static str, String)>,
    pub created_at: Moment,
    pub pull_started_at: Option<Moment>,
    pub pull_stopped_at: Option<Moment>,
    pub started_at: Option<Moment>,
    pub stopping_at: Option<Moment>,
    pub execution_stopped_at: Option<Moment>,
    pub stopped_at: Option<Moment>,
}

/// A container of a task.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image, as the task definition has it.
    pub image: String,
    /// Whether it has a health check of its own.
    pub health_check: bool,
    /// What the image resolved to, once it was pulled.
    pub digest: Option<String>,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// Why it ended, or did not start.
    pub reason: Option<String>,
}

impl Task {
    /// A task that is about to be provisioned.
    pub fn new(id: String, number: u64, deployment: &Deployment, now: Moment) -> Task {
        let revision = &deployment.revision;
        let containers = revision.containers.iter().map(|container| Container {
            name: container.name.clone(),
            image: container.image.clone(),
            health_check: container.health_check,
            digest: None,
            exit_code: None,
            reason: None,
        });
        Task {
            id,
            number,
            deployment: deployment.id.clone(),
            service_revision: deployment.service_revision.clone(),
            containers: containers.collect(),
            revision: revision.clone(),
            stage: Stage::Provisioning,
            stopping: false,
            healthy: false,
            unhealthy: false,
            protected: None,
            stopped: None,
            created_at: now,
            pull_started_at: None,
            pull_stopped_at: None,
            started_at: None,
            stopping_at: None,
            execution_stopped_at: None,
            stopped_at: None,
        }
    }

    /// Whether the service counts it as one that runs.
    pub fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Whether the service counts it as one that will run.
    pub fn is_pending(&self) -> bool {
        !self.stopping && self.stage < Stage::Running
    }
}
