//! Rollouts as they were observed, and what is made of them.

mod diagnosis;
mod failures;
mod judge;
mod properties;
mod reading;

use super::observation::{Deployment, Observation, RolloutState, Task};
use super::target::{Target, Until};

const OURS: &str = "ecs-svc/2";
const THEIRS: &str = "ecs-svc/1";

fn definition(revision: u64) -> String {
    format!("arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:{revision}")
}

/// We deployed `web:8` as `ecs-svc/2`, at second 100.
fn target(until: Until) -> Target {
    Target { deployment: OURS.into(), task_definition: definition(8), previous: None, since: Some(100.0), until }
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
