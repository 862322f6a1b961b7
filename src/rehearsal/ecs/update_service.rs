//! `UpdateService`: what is only kept, what changes the count, and what begins a deployment.

use serde_json::{Value, json};

use super::configuration::configuration;
use super::create_service::usable;
use super::definitions::take;
use super::deployments::remember;
use super::realm::{Context, Hosted, Realm, last_part, text};
use super::scheduler::{Revision, TargetGroup};
use super::service_json::service;
use super::service_shape::UPDATE_SERVICE;
use crate::rehearsal::aws_error::AwsError;

/// Members whose change begins a deployment.
const STARTING: [&str; 8] = [
    "networkConfiguration",
    "platformVersion",
    "capacityProviderStrategy",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Members that are kept and shown, and begin nothing.
const KEPT: [&str; 8] = [
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "monitoring",
];

/// Answers `UpdateService`. A request that is refused has changed nothing.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let body = take(body, UPDATE_SERVICE)?;
    let wanted = match body.get("taskDefinition").and_then(Value::as_str) {
        None => None,
        Some(name) => Some(usable(realm, name)?.revision.clone()),
    };
    let cluster = realm.cluster_mut(&body)?;
    let name = last_part(text(&body, "service")).to_owned();
    let shown = cluster.services.get(&name).map(|hosted| hosted.seen(cluster, context.now));
    let hosted = cluster.services.get_mut(&name).ok_or_else(service_not_found)?;

    refuse_controlled(hosted, &body)?;
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

/// What `CodeDeploy`, or task sets, decide of a service is refused here.
fn refuse_controlled(hosted: &Hosted, body: &Value) -> Result<(), AwsError> {
    let refused: &[&str] = match hosted.controller {
        "CODE_DEPLOY" => &["taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers"],
        "EXTERNAL" => {
            &["taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "serviceRegistries"]
        }
        _ => return Ok(()),
    };
    let of = hosted.controller;
    let how = if of == "CODE_DEPLOY" { "Use AWS CodeDeploy to trigger a new deployment." } else { "Use task sets." };
    match refused.iter().find(|name| body.get(**name).is_some()) {
        Some(name) => Err(AwsError::parameter(format!(
            "Unable to update {} on services with a {of} deployment controller. {how}",
            spaced(name)
        ))),
        None if body.get("forceNewDeployment").and_then(Value::as_bool) == Some(true) => Err(AwsError::parameter(
            format!("Cannot force a new deployment on services with a {of} deployment controller. {how}"),
        )),
        None => Ok(()),
    }
}

/// `taskDefinition` as ECS writes it in a sentence: `task definition`.
fn spaced(name: &str) -> String {
    name.chars()
        .flat_map(|letter| letter.is_uppercase().then_some(' ').into_iter().chain(letter.to_lowercase()))
        .collect()
}

/// `desiredCount`
///
/// # Errors
/// `InvalidParameterException` for one that is negative.
pub fn desired(body: &Value) -> Result<Option<u32>, AwsError> {
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
pub fn change_members(hosted: &mut Hosted, body: &Value) -> bool {
    let mut starts = false;
    for name in STARTING.into_iter().chain(KEPT) {
        let Some(value) = body.get(name) else {
            continue;
        };
        let same = match name {
            "loadBalancers" => {
                let same = change_target(hosted, value) & (hosted.load_balancers() == *value);
                hosted.members.insert(name.to_owned(), value.clone());
                same
            }
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

/// No service of this name is in the cluster.
pub fn service_not_found() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}
