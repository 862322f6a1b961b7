//! Which lists of ECS documents are sets, and by what their elements are known.

use serde_json::Value;

/// The name of an element in the list `list`, where the order of that list means nothing.
pub(super) fn identity(list: &str, element: &Value) -> Option<String> {
    let text = |member: &str| element.get(member).and_then(Value::as_str).map(str::to_owned);
    match list {
        "containerDefinitions"
        | "environment"
        | "secrets"
        | "secretOptions"
        | "volumes"
        | "ulimits"
        | "properties"
        | "volumeConfigurations" => text("name"),
        "tags" => text("key"),
        "portMappings" => port(element),
        "mountPoints" => text("containerPath"),
        "volumesFrom" => text("sourceContainer"),
        "dependsOn" => text("containerName"),
        "extraHosts" => text("hostname"),
        "systemControls" => text("namespace"),
        "resourceRequirements" => text("type"),
        "loadBalancers" => text("targetGroupArn").or_else(|| text("loadBalancerName")),
        "capacityProviderStrategy" => text("capacityProvider"),
        "serviceRegistries" => text("registryArn"),
        "services" => text("portName"),
        "requiresCompatibilities"
        | "subnets"
        | "securityGroups"
        | "alarmNames"
        | "add"
        | "drop"
        | "dockerSecurityOptions" => element.as_str().map(str::to_owned),
        _ => None,
    }
}

/// `8080`, or `8080/udp`: one port may be mapped for both protocols.
fn port(mapping: &Value) -> Option<String> {
    let port = match mapping.get("containerPort") {
        Some(Value::Number(port)) => port.to_string(),
        _ => mapping.get("containerPortRange")?.as_str()?.to_owned(),
    };
    Some(match mapping.get("protocol").and_then(Value::as_str) {
        None | Some("tcp") => port,
        Some(protocol) => format!("{port}/{protocol}"),
    })
}
