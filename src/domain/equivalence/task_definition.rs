//! A task definition with everything left out that its absence says too.

use serde_json::{Map, Value, json};

use super::{drop_default, objects, sizes, without_empties};

/// The canonical form of a task definition's document, for comparing only: it is not what should be registered.
pub fn canonical_task_definition(document: &Value) -> Value {
    let mut canonical = without_empties(document);
    let Some(task) = canonical.as_object_mut() else {
        return canonical;
    };
    rewrite(task, "cpu", sizes::cpu_units);
    rewrite(task, "memory", sizes::memory_mib);
    let mode = task.get("networkMode").and_then(Value::as_str).unwrap_or("bridge").to_owned();
    drop_default(task, "networkMode", &json!("bridge"));
    drop_default(task, "enableFaultInjection", &json!(false));
    for container in objects(task, "containerDefinitions") {
        canonical_container(container, &mode);
    }
    // what only had defaults in it is empty now, and was there before: `healthCheck` always keeps its command
    without_empties(&canonical)
}

fn canonical_container(container: &mut Map<String, Value>, network_mode: &str) {
    drop_default(container, "essential", &json!(true));
    drop_default(container, "cpu", &json!(0));
    drop_default(container, "versionConsistency", &json!("enabled"));
    if let Some(check) = container.get_mut("healthCheck").and_then(Value::as_object_mut) {
        drop_default(check, "interval", &json!(30));
        drop_default(check, "timeout", &json!(5));
        drop_default(check, "retries", &json!(3));
        drop_default(check, "startPeriod", &json!(0));
    }
    for mapping in objects(container, "portMappings") {
        drop_default(mapping, "protocol", &json!("tcp"));
        drop_default(mapping, "hostPort", &json!(0));
        // there the container's port is the host's: it can be nothing else
        if matches!(network_mode, "awsvpc" | "host")
            && let Some(port) = mapping.get("containerPort").cloned()
        {
            drop_default(mapping, "hostPort", &port);
        }
    }
    for list in ["mountPoints", "volumesFrom"] {
        for mount in objects(container, list) {
            drop_default(mount, "readOnly", &json!(false));
        }
    }
}

/// Writes a task's size as ECS keeps it: a text of digits.
fn rewrite(task: &mut Map<String, Value>, member: &str, read: fn(&str) -> Option<u64>) {
    if let Some(value) = task.get_mut(member) {
        let amount = match &*value {
            Value::String(text) => read(text),
            other => other.as_u64(),
        };
        if let Some(amount) = amount {
            *value = json!(amount.to_string());
        }
    }
}
