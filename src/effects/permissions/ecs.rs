//! What calls of ECS need.

use super::{Permission, one};
use crate::effects::call::EcsCall;
use serde_json::Value;

/// What `call` needs.
pub fn permissions(call: &EcsCall) -> Vec<Permission> {
    match call {
        EcsCall::DescribeServices { session, cluster, services } => {
            services.iter().flat_map(|name| one(session, "ecs:DescribeServices", service(cluster, name))).collect()
        }
        EcsCall::DescribeTaskDefinition { session, .. } => one(session, "ecs:DescribeTaskDefinition", "*".into()),
        EcsCall::ListTasks { session, cluster, .. } => one(session, "ecs:ListTasks", container_instances(cluster)),
        EcsCall::DescribeTasks { session, cluster, .. } => one(session, "ecs:DescribeTasks", tasks(cluster)),
        EcsCall::ListServiceDeployments { session, cluster, service: name } => {
            one(session, "ecs:ListServiceDeployments", service(cluster, name))
        }
        EcsCall::DescribeServiceRevisions { session, revisions } => {
            revisions.iter().flat_map(|arn| one(session, "ecs:DescribeServiceRevisions", arn.clone())).collect()
        }
        EcsCall::DescribeServiceDeployments { session, deployments } => {
            deployments.iter().flat_map(|arn| one(session, "ecs:DescribeServiceDeployments", known(arn))).collect()
        }
        EcsCall::ContinueServiceDeployment { session, deployment, .. } => {
            one(session, "ecs:ContinueServiceDeployment", known(deployment))
        }
        EcsCall::StopServiceDeployment { session, deployment, .. } => {
            one(session, "ecs:StopServiceDeployment", known(deployment))
        }
        EcsCall::WatchCount { session, cluster, service: name, .. } => {
            one(session, "ecs:DescribeServices", service(cluster, name))
        }
        EcsCall::RegisterTaskDefinition { session, document } => registering(session, document),
        EcsCall::CreateService { session, document, .. } => creating(session, document),
        EcsCall::UpdateService { session, document, .. } => {
            let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or("*");
            one(session, "ecs:UpdateService", service(text("cluster"), text("service")))
        }
        EcsCall::WatchRollout { session, cluster, service: name, .. } => [
            one(session, "ecs:DescribeServices", service(cluster, name)),
            one(session, "ecs:DescribeServiceDeployments", service_deployments(cluster, name)),
            one(session, "ecs:ListServiceDeployments", service(cluster, name)),
            one(session, "ecs:ListTasks", container_instances(cluster)),
            one(session, "ecs:DescribeTasks", tasks(cluster)),
        ]
        .concat(),
    }
}

/// Registering passes the roles that the document names.
fn registering(session: &str, document: &Value) -> Vec<Permission> {
    let session = session.to_owned();
    let family = document.get("family").and_then(Value::as_str).unwrap_or("*");
    let resource = format!("arn:aws:ecs:*:*:task-definition/{family}:*");
    let mut needed = vec![Permission {
        session: session.clone(),
        action: "ecs:RegisterTaskDefinition".into(),
        resource: resource.clone(),
    }];
    if document.get("tags").is_some() {
        needed.push(Permission { session: session.clone(), action: "ecs:TagResource".into(), resource });
    }
    for role in ["taskRoleArn", "executionRoleArn"] {
        if let Some(role) = document.get(role).and_then(Value::as_str) {
            let (session, resource) = (session.clone(), role.to_owned());
            needed.push(Permission { session, action: "iam:PassRole".into(), resource });
        }
    }
    needed
}

/// Creating with tags tags, and the role of a classic load balancer is passed.
fn creating(session: &str, document: &Value) -> Vec<Permission> {
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or("*");
    let resource = service(text("cluster"), text("serviceName"));
    let mut needed = one(session, "ecs:CreateService", resource.clone());
    if document.get("tags").is_some() {
        needed.extend(one(session, "ecs:TagResource", resource));
    }
    if let Some(role) = document.get("role").and_then(Value::as_str) {
        needed.extend(one(session, "iam:PassRole", role.to_owned()));
    }
    needed
}

/// An ARN with `*` for what only AWS chooses.
fn known(arn: &str) -> String {
    arn.split_once("<new-").map_or_else(|| arn.to_owned(), |(known, _)| format!("{known}*"))
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn service_deployments(cluster: &str, service: &str) -> String {
    format!("arn:aws:ecs:*:*:service-deployment/{}/{}/*", name(cluster), name(service))
}

fn service(cluster: &str, service: &str) -> String {
    format!("arn:aws:ecs:*:*:service/{}/{}", name(cluster), name(service))
}

fn tasks(cluster: &str) -> String {
    format!("arn:aws:ecs:*:*:task/{}/*", name(cluster))
}

fn container_instances(cluster: &str) -> String {
    format!("arn:aws:ecs:*:*:container-instance/{}/*", name(cluster))
}
