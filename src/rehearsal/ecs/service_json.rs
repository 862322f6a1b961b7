//! A service as ECS shows it.

use serde_json::{Map, Value, json};

use super::deployments::{current_revisions, deployment_arn};
use super::realm::{Cluster, Hosted};
use super::scheduler::{Deployment, Event, Service, Task};
use crate::rehearsal::moment::Moment;

/// Members that only deployments and service revisions show.
const OF_DEPLOYMENTS: [&str; 4] =
    ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations", "monitoring"];

/// The document of a service, without tags: as it is seen at a moment, or as it is.
pub fn service(cluster: &Cluster, hosted: &Hosted, now: Option<Moment>) -> Value {
    let service = &hosted.service;
    let deployments: Vec<Value> = service
        .deployments
        .iter()
        .enumerate()
        .map(|(position, deployment)| deployment_json(hosted, position, deployment))
        .collect();
    let running = service.tasks.values().filter(|task| task.is_running()).count();
    let pending = service.tasks.values().filter(|task| task.is_pending()).count();
    let mut document = json!({
        "serviceArn": service.arn,
        "serviceName": service.place.service,
        "clusterArn": cluster.arn,
        "loadBalancers": hosted.load_balancers(),
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
        "deploymentController": { "type": hosted.controller },
        "enableECSManagedTags": false,
        "propagateTags": "NONE",
        "enableExecuteCommand": false,
    });
    if let Some(members) = document.as_object_mut() {
        if hosted.launch_type == "FARGATE" {
            members.insert("platformVersion".to_owned(), json!("LATEST"));
            members.insert("platformFamily".to_owned(), json!("Linux"));
        }
        for (name, value) in hosted.members.iter().filter(|(name, _)| !OF_DEPLOYMENTS.contains(&name.as_str())) {
            members.insert(name.clone(), value.clone());
        }
        if hosted.members.contains_key("capacityProviderStrategy") {
            members.shift_remove("launchType");
        }
        if hosted.controller != "ECS" {
            members.insert("deployments".to_owned(), json!([]));
            members.insert("taskSets".to_owned(), task_sets(cluster, hosted));
        } else if hosted.tells_deployments {
            members.insert("currentServiceDeployment".to_owned(), json!(current(hosted, now)));
            members.insert("currentServiceRevisions".to_owned(), current_revisions(hosted));
        }
    }
    document
}

/// ARN of the newest service deployment; blank while that is not known yet.
fn current(hosted: &Hosted, now: Option<Moment>) -> String {
    let known = |begun: Moment| {
        let blank = hosted.visibility.blank;
        blank.is_zero() || now.is_none_or(|now| begun.after(blank) <= now)
    };
    let current = hosted.service.current().filter(|current| known(current.created));
    current.map(|current| deployment_arn(hosted, &current.id)).unwrap_or_default()
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
        for name in ["networkConfiguration", "capacityProviderStrategy"].iter().chain(&OF_DEPLOYMENTS) {
            copy(&hosted.members, name, members);
        }
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

/// `taskSets` of a service that another controller deploys: one for each of its deployments.
fn task_sets(cluster: &Cluster, hosted: &Hosted) -> Value {
    let service = &hosted.service;
    let show = |(position, deployment): (usize, &Deployment)| {
        let count =
            |wanted: &dyn Fn(&Task) -> bool| service.tasks_of(&deployment.id).filter(|task| wanted(task)).count();
        let steady = deployment.rollout.name() == "COMPLETED";
        let draining = service.is_task_set_draining(&deployment.id);
        let wanted = if position == 0 || service.code_deploy.is_some() && !draining {
            service.desired as usize
        } else {
            count(&|task| !task.stopping)
        };
        let status = match position {
            0 => "PRIMARY",
            _ if draining => "DRAINING",
            _ => "ACTIVE",
        };
        json!({
            "id": deployment.id,
            "taskSetArn": service.arn.replacen(":service/", ":task-set/", 1) + "/" + &deployment.id,
            "serviceArn": service.arn,
            "clusterArn": cluster.arn,
            "status": status,
            "taskDefinition": deployment.revision.arn,
            "startedBy": if service.code_deploy.is_some() { "CODE_DEPLOY" } else { "" },
            "computedDesiredCount": wanted,
            "pendingCount": count(&Task::is_pending),
            "runningCount": count(&Task::is_running),
            "createdAt": deployment.created.epoch_seconds(),
            "updatedAt": deployment.updated.epoch_seconds(),
            "launchType": hosted.launch_type,
            "loadBalancers": hosted.load_balancers(),
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if steady { "STEADY_STATE" } else { "STABILIZING" },
            "stabilityStatusAt": deployment.updated.epoch_seconds(),
        })
    };
    service.deployments.iter().enumerate().map(show).collect()
}
