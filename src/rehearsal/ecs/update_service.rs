//! `UpdateService`: what is only kept, what changes the count, and what begins a deployment.

use serde_json::{Map, Value, json};

use super::definitions::take;
use super::deployments::remember;
use super::realm::{Context, Hosted, Realm, last_part, text};
use super::scheduler::{Revision, Rules, TargetGroup};
use super::service_json::service;
use super::update_shape::UPDATE_SERVICE;
use crate::rehearsal::aws_error::AwsError;

/// Members whose change begins a deployment.
const STARTING: [&str; 5] =
    ["networkConfiguration", "platformVersion", "capacityProviderStrategy", "loadBalancers", "serviceRegistries"];

/// Members that are kept and shown, and begin nothing.
const KEPT: [&str; 7] = [
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
];

/// Answers `UpdateService`. A request that is refused has changed nothing.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let body = take(body, UPDATE_SERVICE)?;
    let wanted = match body.get("taskDefinition").and_then(Value::as_str) {
        None => None,
        Some(name) => {
            let found = realm.definitions.find(name);
            let found = found.ok_or_else(|| AwsError::client("TaskDefinition not found."))?;
            Some(found.revision.clone())
        }
    };
    let cluster = realm.cluster_mut(&body)?;
    let name = last_part(text(&body, "service")).to_owned();
    let shown = cluster.services.get(&name).map(|hosted| hosted.seen(cluster, context.now));
    let hosted = cluster.services.get_mut(&name).ok_or_else(service_not_found)?;

    let desired = desired(&body)?;
    let (configuration, rules) = configuration(&hosted.configuration, &body)?;
    let starts = change_members(hosted, &body);
    hosted.configuration = configuration;
    hosted.service.rules = rules;
    if let Some(revision) = next_revision(hosted, &body, wanted, starts) {
        hosted.service.desired = desired.unwrap_or(hosted.service.desired);
        hosted.service.deploy(revision, context.now);
    } else if let Some(desired) = desired {
        hosted.service.scale(desired, context.now);
    }
    remember(hosted);
    hosted.linger(shown.unwrap_or_default(), context.now);
    let document = cluster.services.get(&name).map(|hosted| service(cluster, hosted, Some(context.now)));
    Ok(json!({ "service": document }))
}

fn desired(body: &Value) -> Result<Option<u32>, AwsError> {
    body.get("desiredCount")
        .and_then(Value::as_i64)
        .map(|count| u32::try_from(count).map_err(|_| AwsError::parameter("desiredCount cannot be less than 0.")))
        .transpose()
}

/// What the new deployment runs, if there is to be one.
fn next_revision(hosted: &Hosted, body: &Value, wanted: Option<Revision>, starts: bool) -> Option<Revision> {
    let current = hosted.service.primary().map(|primary| primary.revision.clone());
    let forced = body.get("forceNewDeployment").and_then(Value::as_bool) == Some(true);
    let changed = wanted.is_some() && wanted != current;
    if changed || forced || starts { wanted.or(current) } else { None }
}

/// Keeps the members that are shown; whether a deployment begins because of them.
fn change_members(hosted: &mut Hosted, body: &Value) -> bool {
    let mut starts = false;
    for name in STARTING.into_iter().chain(KEPT) {
        let Some(value) = body.get(name) else {
            continue;
        };
        let same = match name {
            "loadBalancers" => change_target(hosted, value),
            _ => hosted.members.insert(name.to_owned(), value.clone()).as_ref() == Some(value),
        };
        starts |= !same && STARTING.contains(&name);
    }
    starts
}

/// Whether the target group is the same as before.
fn change_target(hosted: &mut Hosted, value: &Value) -> bool {
    let port = |value: &Value| u16::try_from(value.get("containerPort")?.as_u64()?).ok();
    let target = value.as_array().and_then(|list| list.first()).map(|first| TargetGroup {
        arn: text(first, "targetGroupArn").to_owned(),
        container: text(first, "containerName").to_owned(),
        port: port(first).unwrap_or_default(),
    });
    let same = hosted.service.target == target;
    hosted.service.target = target;
    same
}

/// The deployment configuration after the request, member by member, and the rules it makes.
///
/// # Errors
/// `InvalidParameterException` for another strategy than ROLLING, or limits that allow nothing.
pub fn configuration(current: &Map<String, Value>, body: &Value) -> Result<(Map<String, Value>, Rules), AwsError> {
    let mut merged = current.clone();
    if let Some(Value::Object(changes)) = body.get("deploymentConfiguration") {
        for (name, value) in changes {
            merged.insert(name.clone(), value.clone());
        }
    }
    if merged.get("strategy").and_then(Value::as_str) != Some("ROLLING") {
        return Err(AwsError::parameter("This rehearsal knows the deployment strategy ROLLING only."));
    }
    let number = |name: &str, absent: u32| match merged.get(name) {
        None => Ok(absent),
        Some(value) => value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| AwsError::parameter(format!("{name} must not be negative."))),
    };
    let breaker = |name: &str| {
        let breaker = merged.get("deploymentCircuitBreaker");
        breaker.and_then(|breaker| breaker.get(name)).and_then(Value::as_bool) == Some(true)
    };
    let rules = Rules {
        minimum: number("minimumHealthyPercent", 100)?,
        maximum: number("maximumPercent", 200)?,
        breaker: breaker("enable"),
        rollback: breaker("rollback"),
    };
    if rules.maximum < rules.minimum || rules.maximum == 0 {
        return Err(AwsError::parameter("The maximumPercent must be greater than the minimumHealthyPercent."));
    }
    Ok((merged, rules))
}

/// No service of this name is in the cluster.
pub fn service_not_found() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}
