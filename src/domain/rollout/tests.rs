//! Rollouts as they were observed, and what is made of them.

mod diagnosis;
mod failures;
mod judge;
mod pinned;
mod properties;
mod reading;
mod reading_deployments;
mod statuses;

use super::observation::{Deployment, Observation, RolloutState, Task};
use super::service_deployment::{Revision, ServiceDeployment, Status};
use super::target::{Target, Until};

const OURS: &str = "ecs-svc/2";
const THEIRS: &str = "ecs-svc/1";
/// Seconds since 1970, as they are counted here.
const NOW: f64 = 1000.0;

fn definition(revision: u64) -> String {
    format!("arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:{revision}")
}

/// We deployed `web:8` as `ecs-svc/2`, at second 100.
fn target(until: Until) -> Target {
    Target {
        deployment: OURS.into(),
        task_definition: definition(8),
        previous: None,
        since: Some(100.0),
        until,
        service_deployment: None,
        answered: Vec::new(),
    }
}

fn deployment(
    id: &str,
    status: &str,
    state: Option<RolloutState>,
    revision: u64,
    counts: (u64, u64, u64),
) -> Deployment {
    let (desired, pending, running) = counts;
    Deployment {
        id: id.into(),
        status: status.into(),
        rollout_state: state,
        task_definition: definition(revision),
        desired,
        pending,
        running,
        ..Deployment::default()
    }
}

fn seen(deployments: Vec<Deployment>, tasks: Vec<Task>) -> Observation {
    Observation { service: "web".into(), status: "ACTIVE".into(), deployments, tasks, ..Observation::default() }
}

fn task(id: &str, started_by: &str, last_status: &str, desired_status: &str) -> Task {
    Task {
        arn: format!("arn:aws:ecs:ap-northeast-1:222222222222:task/prod/{id}"),
        started_by: Some(started_by.into()),
        last_status: last_status.into(),
        desired_status: desired_status.into(),
        ..Task::default()
    }
}

/// ECS's record of ours, of three tasks that all run.
fn record(status: Status) -> ServiceDeployment {
    let revision = |id: &str, running| Revision {
        arn: format!("arn:aws:ecs:ap-northeast-1:222222222222:service-revision/prod/web/{id}"),
        requested: running,
        running,
        ..Revision::default()
    };
    ServiceDeployment {
        arn: "arn:aws:ecs:ap-northeast-1:222222222222:service-deployment/prod/web/xyz".into(),
        status,
        target: revision("2", 3),
        sources: vec![revision("1", 0)],
        created_at: Some(100.0),
        ..ServiceDeployment::default()
    }
}

/// The record, and the service as it looks beside it: ours is PRIMARY and completed.
fn pinned(record: ServiceDeployment) -> Observation {
    let ours = deployment(OURS, "PRIMARY", Some(RolloutState::Completed), 8, (3, 0, 3));
    Observation { service_deployment: Some(record), ..seen(vec![ours], vec![]) }
}
