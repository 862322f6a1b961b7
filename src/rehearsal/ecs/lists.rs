//! `ListServices`, `ListTaskDefinitions` and `DescribeClusters`.

use serde_json::{Value, json};

use super::page::page;
use super::realm::{Cluster, Realm, last_part, text, texts};
use super::scheduler::Task;
use crate::rehearsal::aws_error::AwsError;

/// `ListServices`: ARNs, a hundred a page at most.
pub fn services(realm: &Realm, body: &Value) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let hosted = cluster.services.values();
    let arns: Vec<String> = hosted.map(|hosted| hosted.service.arn.clone()).collect();
    page(body, "serviceArns", &arns, 100)
}

/// `ListTaskDefinitions`: ARNs by family and revision, in either order.
pub fn task_definitions(realm: &Realm, body: &Value) -> Result<Value, AwsError> {
    let family = text(body, "familyPrefix");
    let status = match text(body, "status") {
        "" => "ACTIVE",
        asked => asked,
    };
    let mut arns: Vec<String> = realm
        .definitions
        .all()
        .filter(|(name, definition)| {
            definition.document.get("status").and_then(Value::as_str) == Some(status)
                && (family.is_empty() || *name == family)
        })
        .map(|(_, definition)| definition.revision.arn.clone())
        .collect();
    if text(body, "sort") == "DESC" {
        arns.reverse();
    }
    page(body, "taskDefinitionArns", &arns, 100)
}

/// `DescribeClusters`: those that are not there are failures.
pub fn describe_clusters(realm: &Realm, body: &Value) -> Value {
    let named = match texts(body, "clusters") {
        named if named.is_empty() => vec!["default"],
        named => named,
    };
    let mut clusters = Vec::new();
    let mut failures = Vec::new();
    for name in named.into_iter().map(last_part) {
        match realm.clusters.get(name) {
            Some(cluster) => clusters.push(cluster_json(cluster)),
            None => failures.push(json!({
                "arn": realm.arn(&format!("cluster/{name}")),
                "reason": "MISSING",
            })),
        }
    }
    json!({ "clusters": clusters, "failures": failures })
}

fn cluster_json(cluster: &Cluster) -> Value {
    let count = |wanted: fn(&Task) -> bool| {
        let services = cluster.services.values();
        let tasks = services.flat_map(|hosted| hosted.service.tasks.values());
        tasks.filter(|task| wanted(task)).count()
    };
    json!({
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": count(Task::is_running),
        "pendingTasksCount": count(Task::is_pending),
        "activeServicesCount": cluster.services.len(),
        "statistics": [],
        "tags": [],
        "settings": [],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    })
}
