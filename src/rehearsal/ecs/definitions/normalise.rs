//! What ECS adds to a task definition when it registers it: defaults written out, and the members
//! that only describing returns.

use serde_json::{Map, Value, json};

/// Writes the defaults out, as `DescribeTaskDefinition` shows them.
pub fn normalise(document: &mut Map<String, Value>) {
    for member in ["volumes", "placementConstraints"] {
        document.entry(member).or_insert_with(|| json!([]));
    }
    for (member, unit, factor) in [("cpu", "vcpu", 1024.0), ("memory", "gb", 1024.0)] {
        if let Some(Value::String(text)) = document.get_mut(member)
            && let Some(number) = in_units(text, unit, factor)
        {
            *text = number;
        }
    }
    let awsvpc = document.get("networkMode").and_then(Value::as_str) == Some("awsvpc");
    let containers = document.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.entry("cpu").or_insert(json!(0));
        container.entry("essential").or_insert(json!(true));
        for member in ["portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"] {
            container.entry(member).or_insert_with(|| json!([]));
        }
        let mappings = container.get_mut("portMappings").and_then(Value::as_array_mut);
        for mapping in mappings.into_iter().flatten().filter_map(Value::as_object_mut) {
            complete_port(mapping, awsvpc);
        }
        if let Some(Value::Object(check)) = container.get_mut("healthCheck") {
            for (member, value) in [("interval", 30), ("timeout", 5), ("retries", 3)] {
                check.entry(member).or_insert(json!(value));
            }
        }
        if let Some(Value::Object(log)) = container.get_mut("logConfiguration") {
            log.entry("secretOptions").or_insert_with(|| json!([]));
        }
    }
}

/// The members that ECS computes: `compatibilities` and `requiresAttributes`.
pub fn computed(document: &Map<String, Value>) -> (Value, Value) {
    let asks = |name: &str| {
        let list = document.get("requiresCompatibilities").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|value| value == name))
    };
    let compatibilities = if asks("FARGATE") { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) };
    let mut attributes = vec!["com.amazonaws.ecs.capability.docker-remote-api.1.18"];
    if document.contains_key("executionRoleArn") {
        attributes.push("ecs.capability.execution-role-ecr-pull");
    }
    if document.contains_key("taskRoleArn") {
        attributes.push("com.amazonaws.ecs.capability.task-iam-role");
    }
    if document.get("networkMode").and_then(Value::as_str) == Some("awsvpc") {
        attributes.push("ecs.capability.task-eni");
    }
    let containers = document.get("containerDefinitions").and_then(Value::as_array);
    let has =
        |member: &str| containers.is_some_and(|list| list.iter().any(|container| container.get(member).is_some()));
    for (member, attribute) in [
        ("healthCheck", "ecs.capability.container-health-check"),
        ("logConfiguration", "com.amazonaws.ecs.capability.logging-driver.awslogs"),
        ("secrets", "ecs.capability.secrets.asm.environment-variables"),
    ] {
        if has(member) {
            attributes.push(attribute);
        }
    }
    let attributes: Vec<Value> = attributes.iter().map(|name| json!({ "name": name })).collect();
    (compatibilities, Value::Array(attributes))
}

fn complete_port(mapping: &mut Map<String, Value>, awsvpc: bool) {
    let container = mapping.get("containerPort").cloned();
    if let Some(port) = container {
        mapping.entry("hostPort").or_insert(if awsvpc { port } else { json!(0) });
    }
    mapping.entry("protocol").or_insert(json!("tcp"));
}

/// `1 vCPU` as `1024`, `0.5 GB` as `512`.
fn in_units(text: &str, unit: &str, factor: f64) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let number: f64 = lower.strip_suffix(unit)?.trim().parse().ok()?;
    let scaled = number * factor;
    (scaled.is_finite() && scaled >= 1.0).then(|| format!("{scaled:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_written_out_and_units_become_numbers() {
        let mut document = json!({
            "networkMode": "awsvpc",
            "cpu": "0.5 vCPU",
            "memory": "2 GB",
            "containerDefinitions": [{
                "name": "app",
                "portMappings": [{ "containerPort": 8080 }],
                "healthCheck": { "command": ["CMD", "true"], "retries": 5 },
            }],
        });
        let members = document.as_object_mut().expect("an object");
        normalise(members);
        assert_eq!(
            document,
            json!({
                "networkMode": "awsvpc",
                "cpu": "512",
                "memory": "2048",
                "containerDefinitions": [{
                    "name": "app",
                    "portMappings": [{ "containerPort": 8080, "hostPort": 8080, "protocol": "tcp" }],
                    "healthCheck": { "command": ["CMD", "true"], "retries": 5, "interval": 30, "timeout": 5 },
                    "cpu": 0,
                    "essential": true,
                    "environment": [],
                    "mountPoints": [],
                    "volumesFrom": [],
                    "systemControls": [],
                }],
                "volumes": [],
                "placementConstraints": [],
            })
        );
    }
}
