//! An `AppSpec` of the compute platform ECS. It is read as JSON, one of the two forms that `CodeDeploy` takes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::rehearsal::aws_error::AwsError;

/// What a deployment is told by its `AppSpec`.
#[derive(Debug)]
pub struct AppSpec {
    /// `TaskDefinition`
    pub task_definition: String,
    /// `LoadBalancerInfo`: container and port.
    pub target: (String, u64),
    /// Lambda functions by lifecycle event.
    pub hooks: BTreeMap<String, String>,
}

const HOOKS: [&str; 5] =
    ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"];

/// Reads the content of a revision.
///
/// # Errors
/// `InvalidRevisionException`
pub fn read(content: &str) -> Result<AppSpec, AwsError> {
    let wrong = |why: &str| AwsError::new("InvalidRevisionException", format!("The AppSpec is not valid: {why}"));
    let spec: Value = serde_json::from_str(content).map_err(|_| wrong("this world reads AppSpecs as JSON alone"))?;
    let text = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        found.map(str::to_owned).ok_or_else(|| wrong(&format!("{pointer} is missing")))
    };
    let resources = spec.get("Resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let [resource] = resources else {
        return Err(wrong("Resources must have exactly one resource"));
    };
    let target = resource.get("TargetService").ok_or_else(|| wrong("TargetService is missing"))?;
    if text(target, "/Type")? != "AWS::ECS::Service" {
        return Err(wrong("the Type of TargetService must be AWS::ECS::Service"));
    }
    let properties = target.get("Properties").ok_or_else(|| wrong("Properties is missing"))?;
    let mut hooks = BTreeMap::new();
    let listed = spec.get("Hooks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (name, function) in listed.iter().filter_map(Value::as_object).flatten() {
        if !HOOKS.contains(&name.as_str()) {
            return Err(wrong(&format!("{name} is no lifecycle event that takes a hook")));
        }
        hooks.insert(name.clone(), function.as_str().unwrap_or_default().to_owned());
    }
    let port = properties.pointer("/LoadBalancerInfo/ContainerPort").and_then(Value::as_u64);
    Ok(AppSpec {
        task_definition: text(properties, "/TaskDefinition")?,
        target: (
            text(properties, "/LoadBalancerInfo/ContainerName")?,
            port.ok_or_else(|| wrong("/LoadBalancerInfo/ContainerPort is missing"))?,
        ),
        hooks,
    })
}
