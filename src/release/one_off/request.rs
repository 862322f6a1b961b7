//! The request of `RunTask`: where the task runs, and what it has otherwise than its definition.

use super::{OneOff, Overrides};
use crate::domain::task_definition::TaskDefinition;
use crate::effects::fault::Fault;
use serde_json::{Map, Value, json};

/// The definition that is run, and the service that says where.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub definition: &'a TaskDefinition,
    /// Its ARN.
    pub arn: &'a str,
    /// As described; null where there is none.
    pub like: &'a Value,
}

/// The document of one task.
///
/// # Errors
/// `Usage`: a container that the definition does not have; no network where one is needed.
pub(super) fn request(wanted: &OneOff, placed: Placed<'_>, started_by: &str) -> Result<Value, Fault> {
    let mut document = Map::new();
    document.insert("cluster".into(), json!(wanted.cluster));
    document.insert("taskDefinition".into(), json!(placed.arn));
    document.insert("count".into(), json!(1));
    capacity(&mut document, wanted, placed.like);
    if let Some(network) = network(wanted, placed)? {
        document.insert("networkConfiguration".into(), network);
    }
    let overrides = overrides(&wanted.overrides, placed.definition)?;
    if !overrides.is_empty() {
        document.insert("overrides".into(), Value::Object(overrides));
    }
    if let Some(enabled) = wanted.execute_command {
        document.insert("enableExecuteCommand".into(), json!(enabled));
    }
    if let Some(group) = &wanted.group {
        document.insert("group".into(), json!(group));
    }
    if !wanted.tags.is_empty() {
        let tags = wanted.tags.iter().map(|(key, value)| json!({ "key": key, "value": value }));
        document.insert("tags".into(), tags.collect());
    }
    named(wanted.deciding.iter(), placed.definition)?;
    document.insert("startedBy".into(), json!(started_by));
    Ok(Value::Object(document))
}

/// Capacity providers and a launch type exclude each other; what is said by name goes before what a service has.
fn capacity(document: &mut Map<String, Value>, wanted: &OneOff, like: &Value) {
    let said = wanted.capacity_providers.is_some() || wanted.launch_type.is_some();
    let of_service = |member: &str| like.get(member).filter(|value| !said && !is_nothing(value)).cloned();
    let providers = wanted.capacity_providers.clone().or_else(|| of_service("capacityProviderStrategy"));
    let launch_type = wanted.launch_type.as_ref().map(|kind| json!(kind)).or_else(|| of_service("launchType"));
    match (providers, launch_type) {
        (Some(providers), _) => document.insert("capacityProviderStrategy".into(), providers),
        (None, Some(kind)) => document.insert("launchType".into(), kind),
        (None, None) => None,
    };
    let version = wanted.platform_version.as_ref().map(|version| json!(version));
    // the latest is what ECS takes by itself
    let version = version.or_else(|| of_service("platformVersion").filter(|version| *version != json!("LATEST")));
    if let Some(version) = version {
        document.insert("platformVersion".into(), version);
    }
}

/// A service that another controller deploys has its network in its task sets.
fn network(wanted: &OneOff, placed: Placed<'_>) -> Result<Option<Value>, Fault> {
    if let Some(network) = &wanted.network {
        return Ok(Some(json!({ "awsvpcConfiguration": network })));
    }
    let needed = placed.definition.get("networkMode").and_then(Value::as_str) == Some("awsvpc");
    if !needed {
        return Ok(None);
    }
    let primary = |member: &str| {
        let listed = placed.like.get(member)?.as_array()?;
        listed.iter().find(|one| one.get("status").and_then(Value::as_str) == Some("PRIMARY"))
    };
    let holders = [Some(placed.like), primary("taskSets"), primary("deployments")];
    let mut networks = holders.into_iter().flatten().filter_map(|holder| holder.get("networkConfiguration"));
    if let Some(network) = networks.find(|network| !is_nothing(network)) {
        return Ok(Some(network.clone()));
    }
    let message = format!("run_task: tasks of {} need a network", placed.definition.short_name());
    Err(Fault::usage(message)
        .hint("give `network: #{ subnets: […], securityGroups: […] }`, or a service that it is `like`"))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn overrides(wanted: &Overrides, definition: &TaskDefinition) -> Result<Map<String, Value>, Fault> {
    let mut document = wanted.more.clone();
    let mut containers = match document.shift_remove("containerOverrides") {
        Some(Value::Array(containers)) => containers,
        _ => Vec::new(),
    };
    let text = |one: &Value| one.get("name").and_then(Value::as_str).map(str::to_owned);
    let given: Vec<String> = containers.iter().filter_map(text).collect();
    named(wanted.command.keys().chain(wanted.env.keys()).chain(&given), definition)?;
    let mut of = |container: &str, member: &str, value: Value| {
        let found = containers.iter_mut().find(|one| one.get("name").and_then(Value::as_str) == Some(container));
        match found {
            Some(one) => one[member] = value,
            None => containers.push(json!({ "name": container, (member): value })),
        }
    };
    for (container, command) in &wanted.command {
        of(container, "command", json!(command));
    }
    for (container, env) in &wanted.env {
        let pairs = env.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        of(container, "environment", pairs.collect());
    }
    if !containers.is_empty() {
        document.insert("containerOverrides".into(), Value::Array(containers));
    }
    let members = [
        ("cpu", wanted.cpu.map(|cpu| cpu.to_string())),
        ("memory", wanted.memory.map(|memory| memory.to_string())),
        ("taskRoleArn", wanted.task_role.clone()),
        ("executionRoleArn", wanted.execution_role.clone()),
    ];
    for (member, value) in members {
        if let Some(value) = value {
            document.insert(member.into(), json!(value));
        }
    }
    Ok(document)
}

/// Whether the definition has every container that is named.
fn named<'a>(names: impl Iterator<Item = &'a String>, definition: &TaskDefinition) -> Result<(), Fault> {
    let known = definition.containers();
    for name in names {
        if !known.contains(&name.as_str()) {
            let message = format!("run_task: {} has no container `{name}`", definition.short_name());
            return Err(Fault::usage(message).hint(format!("it has: {}", known.join(", "))));
        }
    }
    Ok(())
}
