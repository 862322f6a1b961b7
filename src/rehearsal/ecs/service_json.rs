//! A service as ECS shows it.

use serde_json::{Map, Value, json};

use super::realm::{Cluster, Hosted};
use super::scheduler::{Deployment, Event, Service, Task};

/// The document of a service, without tags.
pub fn service(cluster: &Cluster, hosted: &Hosted) -> Value {
    let service = &hosted.service;
    let deployments: Vec<Value> = service
        .deployments
        .iter()
        .enumerate()
        .map(|(position, deployment)| deployment_json(hosted, position, deployment))
        .collect();
    let running = service.tasks.values().filter(|task| task.is_running()).count();
    let pending = service.tasks.values().filter(|task| task.is_pending()).count();
    let load_balancers: Vec<Value> = service
        .target
        .iter()
        .map(|target| {
            json!({
                "targetGroupArn": target.arn,
                "containerName": target.container,
                "containerPort": target.port,
            })
        })
        .collect();
    let mut document = json!({
        "serviceArn": service.arn,
        "serviceName": service.place.service,
        "clusterArn": cluster.arn,
        "loadBalancers": load_balancers,
        "serviceRegistries": [],
        "status": "ACTIVE",
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
        "launchType": hosted.launch_type,
        "taskDefinition": service.primary().map_or("", |primary| &primary.revision.arn),
        "deploymentConfiguration": hosted.configuration,
        "deployments": deployments,
        "events": events(service),
        "createdAt": service.created.epoch_seconds(),
        "placementConstraints": [],
        "placementStrategy": [],
        "healthCheckGracePeriodSeconds": 0,
        "schedulingStrategy": "REPLICA",
        "deploymentController": { "type": "ECS" },
        "enableECSManagedTags": false,
        "propagateTags": "NONE",
        "enableExecuteCommand": false,
    });
    if let Some(members) = document.as_object_mut() {
        if hosted.launch_type == "FARGATE" {
            members.insert("platformVersion".to_owned(), json!("LATEST"));
            members.insert("platformFamily".to_owned(), json!("Linux"));
        }
        for (name, value) in &hosted.members {
            members.insert(name.clone(), value.clone());
        }
    }
    document
}

fn deployment_json(hosted: &Hosted, position: usize, deployment: &Deployment) -> Value {
    let service = &hosted.service;
    let count = |wanted: &dyn Fn(&Task) -> bool| service.tasks_of(&deployment.id).filter(|task| wanted(task)).count();
    let is_primary = position == 0;
    let desired = if is_primary { service.desired as usize } else { count(&|task| !task.stopping) };
    let mut document = json!({
        "id": deployment.id,
        "status": if is_primary { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": deployment.revision.arn,
        "desiredCount": desired,
        "pendingCount": count(&Task::is_pending),
        "runningCount": count(&Task::is_running),
        "failedTasks": deployment.failures,
        "createdAt": deployment.created.epoch_seconds(),
        "updatedAt": deployment.updated.epoch_seconds(),
        "launchType": hosted.launch_type,
        "rolloutState": deployment.rollout.name(),
        "rolloutStateReason": deployment.reason,
    });
    if let Some(members) = document.as_object_mut() {
        copy(&hosted.members, "networkConfiguration", members);
        if hosted.launch_type == "FARGATE" {
            members.insert("platformVersion".to_owned(), json!("1.4.0"));
            members.insert("platformFamily".to_owned(), json!("Linux"));
        }
    }
    document
}

fn copy(from: &Map<String, Value>, member: &str, to: &mut Map<String, Value>) {
    if let Some(value) = from.get(member) {
        to.insert(member.to_owned(), value.clone());
    }
}

fn events(service: &Service) -> Vec<Value> {
    let show = |event: &Event| {
        json!({
            "id": event.id,
            "createdAt": event.at.epoch_seconds(),
            "message": event.message,
        })
    };
    service.events.iter().map(show).collect()
}
