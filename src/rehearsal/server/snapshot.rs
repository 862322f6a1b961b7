//! The whole world as one JSON document that two runs can be compared by: what depends on the
//! moment or on the number of reads is left out.

use serde_json::{Map, Value, json};

use super::state::State;
use crate::rehearsal::ecs::{Cluster, Realm, deployment_record, service_document};
use crate::rehearsal::estate::Estate;
use crate::rehearsal::registry::{Registry, Repository};

/// Members of a service, a deployment or a task definition that say when.
const TIMES: [&str; 5] = ["createdAt", "updatedAt", "registeredAt", "stabilityStatusAt", "events"];

/// The world as it is now.
pub fn of(state: &State) -> Value {
    // asking for what is not there makes an empty realm or registry, which is no difference
    let realms = state.realms.values().map(realm);
    let realms: Vec<Value> = realms.filter(|realm| !is_empty(realm)).collect();
    let registries: Map<String, Value> = state
        .registries
        .iter()
        .filter(|(_, registry)| !registry.repositories.is_empty())
        .map(|(host, registry)| (host.clone(), repositories(registry)))
        .collect();
    let mut world = json!({ "ecs": realms, "registries": registries, "writes": state.writes });
    let scaling: Map<String, Value> =
        state.estates.iter().filter_map(|(place, estate)| scaling(place, estate)).collect();
    if !scaling.is_empty() {
        with(&mut world, "scaling", scaling.into());
    }
    world
}

/// The scalable targets of an account in a Region; none where there is none.
fn scaling((account, region): &(String, String), estate: &Estate) -> Option<(String, Value)> {
    let targets = estate.scaling.targets.iter().map(|(resource, target)| {
        let shown = json!({ "min": target.min, "max": target.max, "suspended": target.suspended.document() });
        (resource.clone(), shown)
    });
    let targets: Map<String, Value> = targets.collect();
    (!targets.is_empty()).then(|| (format!("{account}/{region}"), targets.into()))
}

fn is_empty(realm: &Value) -> bool {
    let none = |member: &str| realm.get(member).and_then(Value::as_array).is_none_or(Vec::is_empty);
    none("taskDefinitions") && none("clusters")
}

fn realm(realm: &Realm) -> Value {
    let definitions: Vec<Value> = realm
        .definitions
        .all()
        .map(|(_, definition)| {
            let mut document = without_times(definition.document.clone());
            with(&mut document, "tags", json!(definition.tags));
            document
        })
        .collect();
    let clusters: Vec<Value> = realm
        .clusters
        .values()
        .map(|cluster| {
            let services = cluster.services.values().map(|hosted| {
                let mut document = without_times(service_document(cluster, hosted, None));
                with(&mut document, "tags", json!(hosted.tags));
                if let Some(deployments) = document.get_mut("deployments").and_then(Value::as_array_mut) {
                    for deployment in deployments {
                        *deployment = without_times(deployment.take());
                    }
                }
                with(&mut document, "serviceDeployments", deployment_record(hosted));
                document
            });
            let mut document = json!({ "clusterName": cluster.name, "services": services.collect::<Vec<_>>() });
            if !cluster.runs.tasks.is_empty() {
                with(&mut document, "tasks", one_offs(cluster));
            }
            document
        })
        .collect();
    json!({
        "account": realm.account,
        "region": realm.region,
        "taskDefinitions": definitions,
        "clusters": clusters,
    })
}

/// The one-off tasks of a cluster, in the order in which they were started.
fn one_offs(cluster: &Cluster) -> Value {
    let mut runs: Vec<_> = cluster.runs.tasks.values().collect();
    runs.sort_by_key(|run| run.task.number);
    let runs = runs.into_iter().map(|run| {
        let exits = run.task.containers.iter().map(|container| (container.name.clone(), json!(container.exit_code)));
        json!({
            "task": run.task.id,
            "taskDefinition": run.task.revision.arn,
            "overrides": run.order.overrides,
            "lastStatus": run.task.stage.name(),
            "stopCode": run.task.stopped.as_ref().map(|(code, _)| code),
            "exitCodes": exits.collect::<Map<_, _>>(),
        })
    });
    runs.collect()
}

fn repositories(registry: &Registry) -> Value {
    let repositories = registry.repositories.iter();
    repositories.map(|(name, repository)| (name.clone(), contents(repository))).collect::<Map<_, _>>().into()
}

fn contents(repository: &Repository) -> Value {
    json!({
        "immutable": repository.immutable,
        "tags": repository.tags,
        "manifests": repository.manifests.keys().collect::<Vec<_>>(),
        "blobs": repository.blobs.keys().collect::<Vec<_>>(),
    })
}

fn without_times(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        for time in TIMES {
            members.shift_remove(time);
        }
        if let Some(sets) = members.get_mut("taskSets").and_then(Value::as_array_mut) {
            for one in sets {
                *one = without_times(one.take());
            }
        }
    }
    document
}

fn with(document: &mut Value, member: &str, value: Value) {
    if let Some(members) = document.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}
