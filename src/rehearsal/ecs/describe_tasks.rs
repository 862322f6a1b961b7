//! `DescribeTasks`: a hundred at most; a task that stopped more than an hour ago is missing.

use serde_json::{Map, Value, json};

use super::list_tasks::arn;
use super::realm::{Cluster, Hosted, Realm, last_part, texts, wants_tags};
use super::scheduler::{Container, Stage, Task};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;

/// Tasks a call may name.
const LARGEST: usize = 100;

/// Answers `DescribeTasks`.
pub fn call(realm: &Realm, body: &Value) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let named = texts(body, "tasks");
    if named.is_empty() {
        return Err(AwsError::parameter("Tasks cannot be empty."));
    }
    // worded after the limit of DescribeServices, whose text is known
    if named.len() > LARGEST {
        return Err(AwsError::parameter(format!("tasks can have at most {LARGEST} items.")));
    }
    let mut tasks = Vec::new();
    let mut failures = Vec::new();
    for name in named {
        let id = last_part(name);
        let found = cluster.services.values().find_map(|hosted| Some((hosted, hosted.service.tasks.get(id)?)));
        if let Some((hosted, task)) = found {
            tasks.push(task_json(realm, cluster, hosted, task, wants_tags(body)));
        } else {
            failures.push(json!({ "arn": arn(realm, cluster, id), "reason": "MISSING" }));
        }
    }
    Ok(json!({ "tasks": tasks, "failures": failures }))
}

fn task_json(realm: &Realm, cluster: &Cluster, hosted: &Hosted, task: &Task, tags: bool) -> Value {
    let service = &hosted.service;
    let task_arn = arn(realm, cluster, &task.id);
    let containers: Vec<Value> =
        task.containers.iter().map(|container| container_json(realm, cluster, &task_arn, task, container)).collect();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("taskArn", json!(task_arn));
    set("clusterArn", json!(cluster.arn));
    set("taskDefinitionArn", json!(task.revision.arn));
    set("group", json!(format!("service:{}", service.place.service)));
    set("startedBy", json!(task.deployment));
    set("lastStatus", json!(task.stage.name()));
    set("desiredStatus", json!(if task.stopping { "STOPPED" } else { "RUNNING" }));
    set("healthStatus", json!(task_health(task)));
    set("launchType", json!(hosted.launch_type));
    set("connectivity", json!("CONNECTED"));
    set("containers", json!(containers));
    for (name, size) in [("cpu", &task.revision.cpu), ("memory", &task.revision.memory)] {
        if let Some(size) = size {
            set(name, json!(size));
        }
    }
    for (name, at) in [
        ("createdAt", Some(task.created_at)),
        ("pullStartedAt", task.pull_started_at),
        ("pullStoppedAt", task.pull_stopped_at),
        ("startedAt", task.started_at),
        ("stoppingAt", task.stopping_at),
        ("executionStoppedAt", task.execution_stopped_at),
        ("stoppedAt", task.stopped_at),
    ] {
        if let Some(at) = at {
            set(name, at.epoch_seconds());
        }
    }
    if let Some((code, reason)) = &task.stopped {
        set("stopCode", json!(code));
        set("stoppedReason", json!(reason));
    }
    set("attachments", json!([]));
    set("attributes", json!([]));
    set("overrides", json!({ "containerOverrides": [], "inferenceAcceleratorOverrides": [] }));
    if tags {
        set("tags", json!([]));
    }
    Value::Object(document)
}

fn container_json(realm: &Realm, cluster: &Cluster, task_arn: &str, task: &Task, container: &Container) -> Value {
    let id = identifier::uuid(&["container", &task.id, &container.name]);
    let resource = format!("container/{}/{}/{id}", cluster.name, task.id);
    let mut document = json!({
        "containerArn": realm.arn(&resource),
        "taskArn": task_arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": container_status(task, container),
        "networkBindings": [],
        "networkInterfaces": [],
        "healthStatus": container_health(task, container),
    });
    if let Some(members) = document.as_object_mut() {
        for (name, value) in [
            ("imageDigest", container.digest.as_ref().map(|digest| json!(digest))),
            ("exitCode", container.exit_code.map(|code| json!(code))),
            ("reason", container.reason.as_ref().map(|reason| json!(reason))),
        ] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        }
    }
    document
}

fn container_status(task: &Task, container: &Container) -> &'static str {
    if container.exit_code.is_some() || task.stage >= Stage::Deprovisioning {
        "STOPPED"
    } else if task.stage >= Stage::Running {
        "RUNNING"
    } else {
        "PENDING"
    }
}

fn container_health(task: &Task, container: &Container) -> &'static str {
    if !container.health_check || container_status(task, container) != "RUNNING" {
        "UNKNOWN"
    } else if task.unhealthy {
        "UNHEALTHY"
    } else if task.healthy || task.stopping {
        "HEALTHY"
    } else {
        "UNKNOWN"
    }
}

/// A task is as healthy as its worst container with a health check.
fn task_health(task: &Task) -> &'static str {
    let of = |wanted: &str| {
        let mut containers = task.containers.iter();
        containers.any(|container| container_health(task, container) == wanted)
    };
    if of("UNHEALTHY") {
        "UNHEALTHY"
    } else if of("HEALTHY") {
        "HEALTHY"
    } else {
        "UNKNOWN"
    }
}
