//! `CreateService`: a service whose first deployment begins.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::configuration::{configuration, defaults};
use super::definitions::{Definition, take};
use super::deployments::{Availability, Visibility, remember};
use super::realm::{Context, Hosted, Realm, text};
use super::scheduler::{Place, Service};
use super::service_json::service;
use super::service_shape::CREATE_SERVICE;
use super::update_service::{change_members, desired};
use crate::rehearsal::aws_error::AwsError;

/// The longest `clientToken`.
const LONGEST_TOKEN: usize = 36;

/// Members that only a creation sets, shown as they were set.
const ONLY_HERE: [&str; 1] = ["schedulingStrategy"];

/// Answers `CreateService`. The same request with the same `clientToken` is answered with the service as it is.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let body = take(body, CREATE_SERVICE)?;
    let name = text(&body, "serviceName").to_owned();
    if name.is_empty() {
        return Err(AwsError::parameter("Service name should not be null or empty."));
    }
    let token = text(&body, "clientToken");
    if token.len() > LONGEST_TOKEN {
        return Err(AwsError::parameter(format!("clientToken can have at most {LONGEST_TOKEN} characters.")));
    }
    let cluster = realm.cluster(&body)?;
    if let Some(there) = cluster.services.get(&name) {
        let same = !token.is_empty() && there.created_by.as_ref() == Some(&body);
        return if same {
            Ok(json!({ "service": service(cluster, there, Some(context.now)) }))
        } else {
            Err(AwsError::parameter("Creation of service was not idempotent."))
        };
    }
    let hosted = host(realm, &name, body, context)?;
    let body = hosted.created_by.clone().unwrap_or_default();
    let cluster = realm.cluster_mut(&body)?;
    cluster.services.insert(name.clone(), hosted);
    let document = cluster.services.get(&name).map(|hosted| service(cluster, hosted, Some(context.now)));
    Ok(json!({ "service": document }))
}

fn host(realm: &Realm, name: &str, body: Value, context: &Context<'_>) -> Result<Hosted, AwsError> {
    let cluster = realm.cluster(&body)?;
    let definition = usable(realm, text(&body, "taskDefinition"))?;
    let controller = controller(&body)?;
    let (configuration, rules) = configuration(&defaults(), &body)?;
    let launch_type = launch_type(&body, definition)?;
    let place = Place { account: realm.account.clone(), cluster: cluster.name.clone(), service: name.to_owned() };
    let arn = realm.arn(&format!("service/{}/{name}", cluster.name));
    let mut first = Service::nothing(place, arn, context.now);
    first.desired = desired(&body)?.unwrap_or(0);
    first.rules = rules;
    let tags = body.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut hosted = Hosted {
        service: first,
        configuration,
        members: Map::new(),
        tags,
        launch_type,
        settings: BTreeMap::new(),
        configurations: BTreeMap::new(),
        tells_deployments: matches!(realm.availability, Availability::Present | Availability::Denied),
        visibility: Visibility::default(),
        stale: None,
        controller,
        created_by: Some(body),
        deregistration_delay: None,
    };
    let body = hosted.created_by.clone().unwrap_or_default();
    for member in ONLY_HERE {
        if let Some(value) = body.get(member) {
            hosted.members.insert(member.to_owned(), value.clone());
        }
    }
    change_members(&mut hosted, &body);
    hosted.service.deploy(definition.revision.clone(), context.now);
    remember(&mut hosted);
    Ok(hosted)
}

/// A task definition that a deployment may use.
///
/// # Errors
/// `ClientException` where there is none, or it was deregistered.
pub fn usable<'a>(realm: &'a Realm, name: &str) -> Result<&'a Definition, AwsError> {
    let found = realm.definitions.find(name).ok_or_else(|| AwsError::client("TaskDefinition not found."))?;
    if found.is_active() { Ok(found) } else { Err(AwsError::client("TaskDefinition is inactive")) }
}

fn controller(body: &Value) -> Result<&'static str, AwsError> {
    let named = body.get("deploymentController").map_or("ECS", |controller| text(controller, "type"));
    let known = ["ECS", "CODE_DEPLOY", "EXTERNAL"].into_iter().find(|known| *known == named);
    known.ok_or_else(|| AwsError::parameter(format!("Invalid deployment controller type: {named}.")))
}

fn launch_type(body: &Value, definition: &Definition) -> Result<&'static str, AwsError> {
    let needs_network = definition.document.get("networkMode").and_then(Value::as_str) == Some("awsvpc");
    if needs_network && body.get("networkConfiguration").is_none() {
        return Err(AwsError::parameter(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    }
    let providers = body.get("capacityProviderStrategy").and_then(Value::as_array);
    let on_fargate = providers.into_iter().flatten().any(|one| text(one, "capacityProvider").starts_with("FARGATE"));
    match text(body, "launchType") {
        "FARGATE" => Ok("FARGATE"),
        "EC2" => Ok("EC2"),
        "EXTERNAL" => Ok("EXTERNAL"),
        "" => Ok(if on_fargate { "FARGATE" } else { "EC2" }),
        other => Err(AwsError::parameter(format!("Invalid launch type: {other}."))),
    }
}
