//! The `AppSpec` of a deployment, made from the service as it is described.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Lifecycle events that take a hook, as the `AppSpec` reference lists them for ECS.
const HOOKS: [&str; 5] =
    ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"];

/// Members of a service, and their names in an `AppSpec`. What is left out stays as the service has it.
const SETTINGS: [(&str, &str); 3] = [
    ("platformVersion", "PlatformVersion"),
    ("networkConfiguration", "NetworkConfiguration"),
    ("capacityProviderStrategy", "CapacityProviderStrategy"),
];

/// Why there is no `AppSpec`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppSpecError {
    /// `CodeDeploy` moves a load balancer's traffic.
    #[error("it has no load balancer, and CodeDeploy moves the traffic of one")]
    NoLoadBalancer,
    /// A hook stands at no lifecycle event.
    #[error(
        "`{0}` is no lifecycle event with a hook: write BeforeInstall, AfterInstall, AfterAllowTestTraffic, BeforeAllowTraffic or AfterAllowTraffic"
    )]
    NoHook(String),
}

/// The `AppSpec` that brings `arn` to a described service. `settings` are members of the service that change with it;
/// `hooks` are Lambda functions by lifecycle event.
///
/// # Errors
/// [`AppSpecError`]
pub fn app_spec(
    service: &Value,
    arn: &str,
    settings: &Map<String, Value>,
    hooks: &BTreeMap<String, String>,
) -> Result<Value, AppSpecError> {
    let balancer =
        of_service(service, "loadBalancers").and_then(|all| all.get(0)).ok_or(AppSpecError::NoLoadBalancer)?;
    let mut properties = Map::new();
    properties.insert("TaskDefinition".to_owned(), json!(arn));
    properties.insert(
        "LoadBalancerInfo".to_owned(),
        json!({ "ContainerName": balancer.get("containerName"), "ContainerPort": balancer.get("containerPort") }),
    );
    for (member, name) in SETTINGS {
        let given = settings.get(member).or_else(|| of_service(service, member));
        if let Some(given) =
            given.filter(|given| !given.is_null() && given.as_array().is_none_or(|all| !all.is_empty()))
        {
            properties.insert(name.to_owned(), if given.is_string() { given.clone() } else { capitalized(given) });
        }
    }
    let mut spec = json!({
        "version": 0.0,
        "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": properties } }],
    });
    if let Some(unknown) = hooks.keys().find(|name| !HOOKS.contains(&name.as_str())) {
        return Err(AppSpecError::NoHook(unknown.clone()));
    }
    if !hooks.is_empty() {
        // in the order in which they run
        let listed = HOOKS.iter().filter_map(|name| Some(json!({ *name: hooks.get(*name)? })));
        spec["Hooks"] = listed.collect();
    }
    Ok(spec)
}

/// A member of a service; those of a service with task sets stand in its PRIMARY one.
fn of_service<'a>(service: &'a Value, member: &str) -> Option<&'a Value> {
    let is_there = |value: &&Value| value.as_array().is_none_or(|all| !all.is_empty());
    let primary = || {
        let sets = service.get("taskSets")?.as_array()?;
        sets.iter().find(|one| one.get("status").is_some_and(|status| status == "PRIMARY"))?.get(member)
    };
    primary().filter(is_there).or_else(|| service.get(member)).filter(is_there)
}

/// ECS writes `awsvpcConfiguration`, an `AppSpec` `AwsvpcConfiguration`.
fn capitalized(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let renamed = members.iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                (first.into_iter().chain(letters).collect::<String>(), capitalized(value))
            });
            Value::Object(renamed.collect())
        }
        Value::Array(values) => values.iter().map(capitalized).collect(),
        other => other.clone(),
    }
}
