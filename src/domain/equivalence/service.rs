//! A service, or an update of one, with everything left out that its absence says too.

use serde_json::{Value, json};

use super::{drop_default, objects, without_empties};

/// The canonical form of a service's document, for comparing only.
pub fn canonical_service(document: &Value) -> Value {
    let mut canonical = without_empties(document);
    let Some(service) = canonical.as_object_mut() else {
        return canonical;
    };
    drop_default(service, "platformVersion", &json!("LATEST"));
    drop_default(service, "enableExecuteCommand", &json!(false));
    drop_default(service, "enableECSManagedTags", &json!(false));
    drop_default(service, "propagateTags", &json!("NONE"));
    drop_default(service, "healthCheckGracePeriodSeconds", &json!(0));
    if let Some(deployment) = service.get_mut("deploymentConfiguration").and_then(Value::as_object_mut) {
        drop_default(deployment, "maximumPercent", &json!(200));
        drop_default(deployment, "minimumHealthyPercent", &json!(100));
        drop_default(deployment, "strategy", &json!("ROLLING"));
        drop_default(deployment, "bakeTimeInMinutes", &json!(0));
        for watcher in ["deploymentCircuitBreaker", "alarms"] {
            if let Some(watcher) = deployment.get_mut(watcher).and_then(Value::as_object_mut) {
                drop_default(watcher, "enable", &json!(false));
                drop_default(watcher, "rollback", &json!(false));
            }
        }
    }
    if let Some(network) = service.get_mut("networkConfiguration").and_then(|n| n.get_mut("awsvpcConfiguration"))
        && let Some(network) = network.as_object_mut()
    {
        drop_default(network, "assignPublicIp", &json!("DISABLED"));
    }
    for provider in objects(service, "capacityProviderStrategy") {
        drop_default(provider, "base", &json!(0));
        drop_default(provider, "weight", &json!(0));
    }
    without_empties(&canonical)
}
