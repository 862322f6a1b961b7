//! A service as it is: what it is to run, its deployments, its tasks and what happened last.

use super::code_deploy;
use super::service::{Service, text};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::{Value, json};

/// So many of the newest events are in it.
const EVENTS: usize = 10;

/// The status of a service: `service`, `status`, `controller`, `task_definition`, `desired`, `running`, `pending`,
/// `deployments`, `task_sets` (of a service that another controller than ECS deploys), `code_deploy` (the last deployment
/// of the service's group by its usual name), `tasks` and `events`.
///
/// # Errors
/// Of the reads.
pub async fn status(gateway: &Gateway, service: &Service) -> Result<Value, Fault> {
    let described = service.describe(gateway).await?;
    let (session, cluster) = (service.session.clone(), service.cluster.clone());
    let listed = gateway
        .perform(Call::Ecs(EcsCall::ListTasks {
            session: session.clone(),
            cluster: cluster.clone(),
            service: service.name.clone(),
            desired_status: "RUNNING".to_owned(),
        }))
        .await?
        .document()?;
    let tasks: Vec<String> = texts(&listed, "taskArns");
    let answer = if tasks.is_empty() {
        json!({})
    } else {
        gateway.perform(Call::Ecs(EcsCall::DescribeTasks { session, cluster, tasks })).await?.document()?
    };
    let mut newest = events(&described);
    newest.truncate(EVENTS);
    let (deployments, task_sets) = (deployments(&described), task_sets(&described));
    let controller = described.pointer("/deploymentController/type").and_then(Value::as_str).unwrap_or("ECS");
    let code_deploy = if code_deploy::deploys(&described) { code_deploy::last(gateway, service).await? } else { None };
    let code_deploy = code_deploy.map(|(id, status)| json!({ "id": id, "status": status }));
    let tasks: Vec<Value> = list(&answer, "tasks").map(task).collect();
    Ok(json!({
        "service": service.to_string(),
        "status": text(&described, "status"),
        "controller": controller,
        "task_definition": short_name(text(&described, "taskDefinition")),
        "desired": described.get("desiredCount"),
        "running": described.get("runningCount"),
        "pending": described.get("pendingCount"),
        "deployments": deployments,
        "task_sets": task_sets,
        "code_deploy": code_deploy,
        "tasks": tasks,
        "events": newest,
    }))
}

/// The deployments of a described service, the one it goes towards first.
pub fn deployments(described: &Value) -> Vec<Value> {
    let one = |one: &Value| {
        json!({
            "id": text(one, "id"),
            "status": text(one, "status"),
            "task_definition": short_name(text(one, "taskDefinition")),
            "rollout": one.get("rolloutState"),
            "reason": one.get("rolloutStateReason"),
            "desired": one.get("desiredCount"),
            "running": one.get("runningCount"),
            "pending": one.get("pendingCount"),
            "failed": one.get("failedTasks"),
            "created_at": one.get("createdAt"),
        })
    };
    list(described, "deployments").map(one).collect()
}

/// The task sets of a described service, the PRIMARY one first; ECS's own services have none.
pub fn task_sets(described: &Value) -> Vec<Value> {
    let one = |one: &Value| {
        json!({
            "id": text(one, "id"),
            "status": text(one, "status"),
            "task_definition": short_name(text(one, "taskDefinition")),
            "stability": one.get("stabilityStatus"),
            "desired": one.get("computedDesiredCount"),
            "running": one.get("runningCount"),
            "pending": one.get("pendingCount"),
        })
    };
    let mut sets: Vec<&Value> = list(described, "taskSets").collect();
    sets.sort_by_key(|one| text(one, "status") != "PRIMARY");
    sets.into_iter().map(one).collect()
}

/// The events of a described service, the newest first.
pub fn events(described: &Value) -> Vec<Value> {
    let one =
        |one: &Value| json!({ "id": text(one, "id"), "at": one.get("createdAt"), "message": text(one, "message") });
    list(described, "events").map(one).collect()
}

fn task(one: &Value) -> Value {
    let containers: Vec<Value> = list(one, "containers").map(container).collect();
    json!({
        "id": short_name(text(one, "taskArn")),
        "task_definition": short_name(text(one, "taskDefinitionArn")),
        "status": text(one, "lastStatus"),
        "health": one.get("healthStatus"),
        "started_at": one.get("startedAt"),
        "deployment": one.get("startedBy"),
        "containers": containers,
    })
}

fn container(one: &Value) -> Value {
    json!({
        "name": text(one, "name"),
        "status": text(one, "lastStatus"),
        "health": one.get("healthStatus"),
        "image": text(one, "image"),
        "digest": one.get("imageDigest"),
    })
}

fn list<'a>(document: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    document.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn texts(document: &Value, member: &str) -> Vec<String> {
    list(document, member).filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}
