//! What was seen of a service at one moment.

use serde::{Deserialize, Serialize};

use super::service_deployment::ServiceDeployment;

/// A service, its deployments, events and tasks, as `DescribeServices` and `DescribeTasks` showed them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The service's name.
    pub service: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`; empty where it was not said.
    pub status: String,
    /// Whether the deployment circuit breaker is on.
    pub breaker: bool,
    /// The deployment controller's type, where it was said: `ECS`, `CODE_DEPLOY`, `EXTERNAL`.
    pub controller: Option<String>,
    /// The strategy that its next deployment has, where it was said: `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The deployments, the PRIMARY one usually first.
    pub deployments: Vec<Deployment>,
    /// The service's events, the newest first.
    pub events: Vec<Event>,
    /// The tasks of the service that were described: not necessarily all there are.
    pub tasks: Vec<Task>,
    /// The service deployment that ours is, where ECS tells of it: then it is what is believed.
    pub service_deployment: Option<ServiceDeployment>,
    /// When our deployment was last shown, or began to be looked for, in seconds since 1970; a description that lags
    /// behind is told by it from a deployment that is gone.
    pub shown_at: Option<f64>,
    /// The ARNs of the target groups that its tasks are targets of.
    #[serde(default)]
    pub target_groups: Vec<String>,
    /// How many targets of tasks that are not ours still drain; `None` where that is not known.
    pub draining_targets: Option<u64>,
}

impl Observation {
    /// The deployment with this id.
    ///
    /// Reads may lag behind the update that made it: that it is not there yet, and that it is gone, look alike.
    pub fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.id == id)
    }

    /// The deployment that the service goes towards.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
    }

    /// The tasks that another deployment started and that have not stopped: desired status does not count, since a
    /// task that drains is desired to be stopped, and still serves.
    pub fn others_left<'a>(&'a self, deployment: &'a str) -> impl Iterator<Item = &'a Task> {
        self.tasks
            .iter()
            .filter(move |task| task.started_by.as_deref() != Some(deployment) && task.last_status != "STOPPED")
    }
}

/// One deployment of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// `ecs-svc/123`; the tasks it starts have it as `startedBy`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// How the rollout stands; `None` where ECS does not say.
    pub rollout_state: Option<RolloutState>,
    /// Why it stands so.
    pub reason: Option<String>,
    /// The ARN of its task definition.
    pub task_definition: String,
    /// How many tasks it should run.
    pub desired: u64,
    /// How many are about to.
    pub pending: u64,
    /// How many do.
    pub running: u64,
    /// How many failed in a row; a success sets it back to 0.
    pub failed: u64,
    /// When it was created, in seconds since 1970.
    pub created_at: Option<f64>,
}

/// `rolloutState` of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolloutState {
    /// Under way; a state that we do not know counts as this, so that it never counts as a success.
    InProgress,
    /// It has reached a steady state.
    Completed,
    /// The circuit breaker or an alarm gave it up.
    Failed,
}

/// What a service says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Unique.
    pub id: String,
    /// In seconds since 1970; `None` where it was not said.
    pub created_at: Option<f64>,
    /// In ECS's words.
    pub message: String,
}

/// One task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// The id of the deployment that started it.
    pub started_by: Option<String>,
    /// The ARN of its task definition.
    pub task_definition: String,
    /// Where it is: PROVISIONING … RUNNING … STOPPED.
    pub last_status: String,
    /// Where it should be: RUNNING or STOPPED.
    pub desired_status: String,
    /// The kind of its end.
    pub stop_code: Option<String>,
    /// Why it ended, in ECS's words.
    pub stopped_reason: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Whether it is protected from being ended by the service.
    pub protected: bool,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`, of all its containers together.
    pub health: Option<String>,
    /// When its containers ran, in seconds since 1970.
    pub started_at: Option<f64>,
    /// When it began to end, or had ended.
    pub stopped_at: Option<f64>,
}

impl Task {
    /// How long its containers ran, in seconds, as of `now`; 0 where they never did.
    pub fn life(&self, now: f64) -> f64 {
        let end = self.stopped_at.unwrap_or(now);
        self.started_at.map_or(0.0, |started| (end - started).max(0.0))
    }

    /// The last part of its ARN, which is how people know it.
    pub fn short_id(&self) -> &str {
        self.arn.rsplit_once('/').map_or(&self.arn, |(_, id)| id)
    }
}

/// One container of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Its name in the task definition.
    pub name: String,
    /// What its process ended with; `None` while it runs, and where it never did.
    pub exit_code: Option<i64>,
    /// Why it ended or did not start, in ECS's words.
    pub reason: Option<String>,
    /// The image, as the task definition has it.
    pub image: Option<String>,
    /// The digest that was pulled.
    pub image_digest: Option<String>,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: Option<String>,
}
