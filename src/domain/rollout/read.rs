//! An observation out of what ECS answers. What is absent is taken as nothing, since ECS leaves out what is empty.

use serde_json::Value;

use super::observation::{Container, Deployment, Event, Observation, RolloutState, Task};

/// A reply that cannot be understood as a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObservationError {
    /// It is no JSON object.
    #[error("the description of the service is not a JSON object")]
    NotAnObject,
    /// Nothing says which service it is.
    #[error("the description of the service has no `serviceName`")]
    NoName,
}

impl Observation {
    /// Reads a service of `DescribeServices` and tasks of `DescribeTasks`.
    ///
    /// Tasks that say they are of another group (a one-off task of the same family) are left out.
    pub fn of(service: &Value, tasks: &[Value]) -> Result<Self, ObservationError> {
        if !service.is_object() {
            return Err(ObservationError::NotAnObject);
        }
        let name = text(service, "serviceName").ok_or(ObservationError::NoName)?;
        let breaker = service.pointer("/deploymentConfiguration/deploymentCircuitBreaker/enable");
        let strategy = service.pointer("/deploymentConfiguration/strategy").and_then(Value::as_str);
        let controller = service.pointer("/deploymentController/type").and_then(Value::as_str);
        Ok(Self {
            status: text(service, "status").unwrap_or_default(),
            breaker: breaker.and_then(Value::as_bool).unwrap_or_default(),
            controller: controller.map(str::to_owned),
            strategy: strategy.map(str::to_owned),
            deployments: list(service, "deployments").map(deployment).collect(),
            events: list(service, "events").map(event).collect(),
            tasks: Self::tasks_of(&name, tasks),
            service: name,
            service_deployment: None,
            shown_at: None,
            target_groups: target_groups(service),
            draining_targets: None,
        })
    }
}

impl Observation {
    /// Reads the tasks of one service, out of those of `DescribeTasks`.
    pub fn tasks_of(service: &str, tasks: &[Value]) -> Vec<Task> {
        let group = format!("service:{service}");
        tasks.iter().filter(|one| one.get("group").is_none_or(|its| *its == group)).map(task).collect()
    }
}

/// Those of its load balancers, the ones that traffic is shifted to included.
fn target_groups(service: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in list(service, "loadBalancers") {
        let other = one.get("advancedConfiguration").and_then(|more| text(more, "alternateTargetGroupArn"));
        for arn in text(one, "targetGroupArn").into_iter().chain(other) {
            if !found.contains(&arn) {
                found.push(arn);
            }
        }
    }
    found
}

fn deployment(value: &Value) -> Deployment {
    Deployment {
        id: text(value, "id").unwrap_or_default(),
        status: text(value, "status").unwrap_or_default(),
        rollout_state: text(value, "rolloutState").map(|state| match state.as_str() {
            "COMPLETED" => RolloutState::Completed,
            "FAILED" => RolloutState::Failed,
            _ => RolloutState::InProgress,
        }),
        reason: text(value, "rolloutStateReason"),
        task_definition: text(value, "taskDefinition").unwrap_or_default(),
        desired: count(value, "desiredCount"),
        pending: count(value, "pendingCount"),
        running: count(value, "runningCount"),
        failed: count(value, "failedTasks"),
        created_at: number(value, "createdAt"),
    }
}

fn event(value: &Value) -> Event {
    Event {
        id: text(value, "id").unwrap_or_default(),
        created_at: number(value, "createdAt"),
        message: text(value, "message").unwrap_or_default(),
    }
}

pub(super) fn task(value: &Value) -> Task {
    Task {
        arn: text(value, "taskArn").unwrap_or_default(),
        started_by: text(value, "startedBy"),
        task_definition: text(value, "taskDefinitionArn").unwrap_or_default(),
        last_status: text(value, "lastStatus").unwrap_or_default(),
        desired_status: text(value, "desiredStatus").unwrap_or_default(),
        stop_code: text(value, "stopCode"),
        stopped_reason: text(value, "stoppedReason"),
        containers: list(value, "containers").map(container).collect(),
        protected: false,
        health: text(value, "healthStatus"),
        started_at: number(value, "startedAt"),
        stopped_at: number(value, "stoppingAt").or_else(|| number(value, "stoppedAt")),
    }
}

fn container(value: &Value) -> Container {
    Container {
        name: text(value, "name").unwrap_or_default(),
        exit_code: value.get("exitCode").and_then(Value::as_i64),
        reason: text(value, "reason"),
        image: text(value, "image"),
        image_digest: text(value, "imageDigest"),
        health: text(value, "healthStatus"),
    }
}

/// A text that says something: an empty one is as good as none.
pub(super) fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn number(value: &Value, member: &str) -> Option<f64> {
    value.get(member).and_then(Value::as_f64)
}

pub(super) fn count(value: &Value, member: &str) -> u64 {
    value.get(member).and_then(Value::as_u64).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}
