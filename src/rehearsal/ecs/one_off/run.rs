//! `RunTask`: as many tasks as asked for, or those that the same client token has started already.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::life::Order;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::describe_tasks::one_off_json;
use crate::rehearsal::ecs::realm::{Context, Realm, text};

/// Tasks that a call may start.
const LARGEST: u64 = 10;

/// Answers `RunTask`.
///
/// # Errors
/// What ECS answers to a mistaken request; `ConflictException` for a client token that came with another request.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let order = order(realm, body)?;
    let count = match body.get("count").filter(|count| !count.is_null()) {
        None => 1,
        Some(count) => count
            .as_u64()
            .filter(|count| (1..=LARGEST).contains(count))
            .ok_or_else(|| AwsError::parameter(format!("count must be between 1 and {LARGEST}.")))?,
    };
    let account = realm.account.clone();
    let cluster = realm.cluster_mut(body)?;
    let mut ids = Vec::new();
    if let Some((token, _)) = &order.token {
        for (id, run) in &cluster.runs.tasks {
            let remembered = run.remembers_its_token(context.now);
            let Some((_, request)) = run.order.token.as_ref().filter(|(known, _)| remembered && known == token) else {
                continue;
            };
            if request != body {
                return Err(AwsError::new(
                    "ConflictException",
                    "The provided clientToken is already in use with a different RunTask request.",
                ));
            }
            ids.push((run.task.number, id.clone()));
        }
        ids.sort();
    }
    let mut ids: Vec<String> = ids.into_iter().map(|(_, id)| id).collect();
    if ids.is_empty() {
        for _ in 0..count {
            ids.push(cluster.runs.start(&cluster.arn, &account, &cluster.name, order.clone(), context.now));
        }
    }
    let cluster = realm.cluster(body)?;
    let tasks = ids.iter().filter_map(|id| cluster.runs.tasks.get(id));
    let tasks: Vec<Value> = tasks.map(|run| one_off_json(realm, cluster, run, true)).collect();
    Ok(json!({ "tasks": tasks, "failures": [] }))
}

fn order(realm: &Realm, body: &Value) -> Result<Order, AwsError> {
    realm.cluster(body)?;
    let definition = realm.definitions.find(text(body, "taskDefinition"));
    let definition = definition.ok_or_else(|| AwsError::client("TaskDefinition not found."))?;
    let document = &definition.document;
    if text(document, "networkMode") == "awsvpc" && body.pointer("/networkConfiguration/awsvpcConfiguration").is_none()
    {
        return Err(AwsError::parameter(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    }
    let mut commands = BTreeMap::new();
    for container in list(document, "containerDefinitions") {
        commands.insert(text(container, "name").to_owned(), command(container));
    }
    let overrides = body.get("overrides").filter(|overrides| overrides.is_object()).cloned().unwrap_or(json!({}));
    for container in list(&overrides, "containerOverrides") {
        let name = text(container, "name");
        let Some(own) = commands.get_mut(name) else {
            return Err(AwsError::parameter(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        };
        if container.get("command").is_some_and(Value::is_array) {
            *own = command(container);
        }
    }
    let fargate = list(document, "compatibilities").iter().any(|value| value == "FARGATE");
    let family = text(document, "family");
    let mut tags = list(body, "tags").to_vec();
    if text(body, "propagateTags") == "TASK_DEFINITION" {
        tags.extend(definition.tags.clone());
    }
    Ok(Order {
        revision: definition.revision.clone(),
        started_by: text(body, "startedBy").to_owned(),
        group: match text(body, "group") {
            "" => format!("family:{family}"),
            group => group.to_owned(),
        },
        overrides,
        tags,
        launch_type: match text(body, "launchType") {
            "" if fargate => "FARGATE",
            "FARGATE" => "FARGATE",
            _ => "EC2",
        },
        exec: body.get("enableExecuteCommand").and_then(Value::as_bool) == Some(true),
        token: Some(text(body, "clientToken"))
            .filter(|token| !token.is_empty())
            .map(|token| (token.to_owned(), body.clone())),
        commands,
    })
}

fn command(container: &Value) -> Vec<String> {
    list(container, "command").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
