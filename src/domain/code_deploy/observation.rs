//! A deployment of `CodeDeploy` as it was seen: out of `GetDeployment`, `BatchGetDeploymentTargets` and
//! `DescribeServices`. What is absent is taken as nothing.

use serde_json::Value;

/// What one look saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// `d-…`
    pub id: String,
    /// `InProgress`, `Ready`…
    pub status: String,
    /// `errorInformation`: code and message.
    pub error: Option<(String, String)>,
    /// `rollbackInfo.rollbackDeploymentId`
    pub taken_back_by: Option<String>,
    /// The status of that one.
    pub way_back: Option<String>,
    /// `createTime`, in seconds since 1970.
    pub created: Option<f64>,
    /// The lifecycle events of its target, in their order.
    pub events: Vec<LifecycleEvent>,
    /// The share of production traffic that the replacement has, in percent.
    pub weight: Option<f64>,
    /// The identifier of the replacement.
    pub replacement: Option<String>,
    /// The task sets of the service.
    pub task_sets: Vec<TaskSet>,
}

/// A lifecycle event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleEvent {
    /// `AllowTraffic`
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped` or `Unknown`.
    pub status: String,
    /// `diagnostics.message`
    pub message: String,
}

/// A task set of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskSet {
    /// `ecs-svc/…`; also its tasks' `startedBy`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    /// ARN.
    pub task_definition: String,
    /// Whether it is `STEADY_STATE`.
    pub steady: bool,
    /// How many tasks it should have.
    pub desired: u64,
    /// How many are about to run.
    pub pending: u64,
    /// How many run.
    pub running: u64,
}

impl Observed {
    /// Reads `deploymentInfo`, `ecsTarget` where there is one yet, and the service.
    pub fn of(info: &Value, target: Option<&Value>, service: &Value) -> Self {
        let error = info.get("errorInformation").map(|error| (text(error, "code"), text(error, "message")));
        let sets = || list(target.unwrap_or(&Value::Null), "taskSetsInfo");
        let green = sets().find(|one| text(one, "taskSetLabel") == "Green");
        let event = |event: &Value| LifecycleEvent {
            name: text(event, "lifecycleEventName"),
            status: text(event, "status"),
            message: event.get("diagnostics").map(|one| text(one, "message")).unwrap_or_default(),
        };
        Self {
            id: text(info, "deploymentId"),
            status: text(info, "status"),
            error,
            taken_back_by: info
                .pointer("/rollbackInfo/rollbackDeploymentId")
                .and_then(Value::as_str)
                .map(str::to_owned),
            way_back: None,
            created: info.get("createTime").and_then(Value::as_f64),
            events: list(target.unwrap_or(&Value::Null), "lifecycleEvents").map(event).collect(),
            weight: green.and_then(|one| one.get("trafficWeight")).and_then(Value::as_f64),
            // AWS writes it so
            replacement: green.map(|one| text(one, "identifer")),
            task_sets: list(service, "taskSets").map(task_set).collect(),
        }
    }

    /// The PRIMARY task set.
    pub fn primary(&self) -> Option<&TaskSet> {
        self.task_sets.iter().find(|one| one.status == "PRIMARY")
    }

    /// The lifecycle event that is under way.
    pub fn stage(&self) -> Option<&str> {
        self.events.iter().find(|event| event.status == "InProgress").map(|event| event.name.as_str())
    }

    /// Whether a lifecycle event has succeeded.
    pub fn has_passed(&self, name: &str) -> bool {
        self.events.iter().any(|event| event.name == name && event.status == "Succeeded")
    }
}

fn task_set(one: &Value) -> TaskSet {
    let count = |key: &str| one.get(key).and_then(Value::as_u64).unwrap_or_default();
    TaskSet {
        id: text(one, "id"),
        status: text(one, "status"),
        task_definition: text(one, "taskDefinition"),
        steady: text(one, "stabilityStatus") == "STEADY_STATE",
        desired: count("computedDesiredCount"),
        pending: count("pendingCount"),
        running: count("runningCount"),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
