//! `DescribeTasks`: a hundred at most; a task that stopped more than an hour ago is missing.

use serde_json::{Map, Value, json};

use super::list_tasks::arn;
use super::one_off::OneOff;
use super::realm::{Cluster, Context, Hosted, Realm, last_part, texts, wants_tags};
use super::scheduler::{Container, Stage, Task};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// Tasks a call may name.
const LARGEST: usize = 100;

/// Answers `DescribeTasks`.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
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
        match find(realm, cluster, id, wants_tags(body), context.now) {
            Some(task) => tasks.push(task),
            None => failures.push(json!({ "arn": arn(realm, cluster, id), "reason": "MISSING" })),
        }
    }
    Ok(json!({ "tasks": tasks, "failures": failures }))
}

/// The document of a task of a service or a one-off, if it is shown now.
pub fn find(realm: &Realm, cluster: &Cluster, id: &str, tags: bool, now: Moment) -> Option<Value> {
    let of_service = cluster.services.values().find_map(|hosted| Some((hosted, hosted.service.tasks.get(id)?)));
    if let Some((hosted, task)) = of_service {
        return Some(task_json(realm, cluster, &About::of(hosted, task), task, tags));
    }
    let run = cluster.runs.tasks.get(id).filter(|run| run.is_shown(now))?;
    Some(one_off_json(realm, cluster, run, tags))
}

/// The document of a one-off task.
pub fn one_off_json(realm: &Realm, cluster: &Cluster, run: &OneOff, tags: bool) -> Value {
    let order = &run.order;
    let mut overrides = json!({ "containerOverrides": [], "inferenceAcceleratorOverrides": [] });
    if let Some((all, own)) = overrides.as_object_mut().zip(order.overrides.as_object()) {
        all.extend(own.clone());
    }
    let about = About {
        group: order.group.clone(),
        started_by: &order.started_by,
        launch_type: order.launch_type,
        exec: order.exec,
        overrides,
        tags: &order.tags,
    };
    task_json(realm, cluster, &about, &run.task, tags)
}

/// What is shown of a task beside itself.
struct About<'a> {
    group: String,
    started_by: &'a str,
    launch_type: &'static str,
    exec: bool,
    overrides: Value,
    tags: &'a [Value],
}

impl<'a> About<'a> {
    fn of(hosted: &Hosted, task: &'a Task) -> About<'a> {
        About {
            group: format!("service:{}", hosted.service.place.service),
            started_by: &task.deployment,
            launch_type: hosted.launch_type,
            exec: hosted.members.get("enableExecuteCommand").and_then(Value::as_bool) == Some(true),
            overrides: json!({ "containerOverrides": [], "inferenceAcceleratorOverrides": [] }),
            tags: &[],
        }
    }
}

fn task_json(realm: &Realm, cluster: &Cluster, about: &About<'_>, task: &Task, tags: bool) -> Value {
    let task_arn = arn(realm, cluster, &task.id);
    let containers: Vec<Value> =
        task.containers.iter().map(|container| container_json(realm, cluster, &task_arn, task, container)).collect();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("taskArn", json!(task_arn));
    set("clusterArn", json!(cluster.arn));
    set("taskDefinitionArn", json!(task.revision.arn));
    set("group", json!(about.group));
    if !about.started_by.is_empty() {
        set("startedBy", json!(about.started_by));
    }
    set("lastStatus", json!(task.stage.name()));
    set("desiredStatus", json!(if task.stopping { "STOPPED" } else { "RUNNING" }));
    set("healthStatus", json!(task_health(task)));
    set("launchType", json!(about.launch_type));
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
    set("overrides", about.overrides.clone());
    set("enableExecuteCommand", json!(about.exec));
    if tags {
        set("tags", json!(about.tags));
    }
    Value::Object(document)
}

/// What Fargate's agent names a container by: the task's id and a number.
fn runtime(task: &Task, container: &Container) -> String {
    let number = u32::from_str_radix(&identifier::hexadecimal(&["runtime", &task.id, &container.name], 8), 16);
    format!("{}-{}", task.id, number.unwrap_or_default())
}

fn container_json(realm: &Realm, cluster: &Cluster, task_arn: &str, task: &Task, container: &Container) -> Value {
    let mut document = json!({
        "containerArn": container_arn(realm, cluster, task, &container.name),
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
            ("runtimeId", task.started_at.map(|_| json!(runtime(task, container)))),
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

/// ARN of a container of a task.
pub fn container_arn(realm: &Realm, cluster: &Cluster, task: &Task, container: &str) -> String {
    let id = identifier::uuid(&["container", &task.id, container]);
    realm.arn(&format!("container/{}/{}/{id}", cluster.name, task.id))
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
