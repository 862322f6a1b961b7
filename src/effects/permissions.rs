//! What a call costs and needs: the API requests it makes, the IAM actions and the resources they are about.

use super::call::Call;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::ecr_host;
use serde::Serialize;
use serde_json::Value;

/// An IAM action, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Permission {
    /// The session that needs it.
    pub session: String,
    /// `ecs:UpdateService`.
    pub action: String,
    /// An ARN with `*` for what is not known, or `*`.
    pub resource: String,
}

/// What `call` needs. From the service authorization reference of ECS and ECR.
pub fn permissions(call: &Call) -> Vec<Permission> {
    let one = |session: &str, action: &str, resource: String| {
        vec![Permission { session: session.to_owned(), action: action.to_owned(), resource }]
    };
    match call {
        Call::Now
        | Call::Pause { .. }
        | Call::WaitUntil { .. }
        | Call::Approve { .. }
        | Call::Environment { .. }
        | Call::ScanFiles { .. }
        | Call::ReadText { .. }
        // needs no permission
        | Call::Hold { .. }
        | Call::Identify { .. } => Vec::new(),
        Call::DescribeServices { session, cluster, services } => services
            .iter()
            .flat_map(|name| one(session, "ecs:DescribeServices", service(cluster, name)))
            .collect(),
        Call::DescribeTaskDefinition { session, .. } => one(session, "ecs:DescribeTaskDefinition", "*".into()),
        Call::ListTasks { session, cluster, .. } => one(session, "ecs:ListTasks", container_instances(cluster)),
        Call::DescribeTasks { session, cluster, .. } => one(session, "ecs:DescribeTasks", tasks(cluster)),
        Call::RegisterTaskDefinition { session, document } => registering(session, document),
        Call::UpdateService { session, document, .. } => {
            let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or("*");
            one(session, "ecs:UpdateService", service(text("cluster"), text("service")))
        }
        Call::WatchRollout { session, cluster, service: name, .. } => [
            one(session, "ecs:DescribeServices", service(cluster, name)),
            one(session, "ecs:ListTasks", container_instances(cluster)),
            one(session, "ecs:DescribeTasks", tasks(cluster)),
        ]
        .concat(),
        Call::DescribeRepository { session, name } => one(session, "ecr:DescribeRepositories", repository(name)),
        Call::CreateRepository { session, document } => {
            let name = document.get("repositoryName").and_then(Value::as_str).unwrap_or("*");
            one(session, "ecr:CreateRepository", repository(name))
        }
        Call::DescribeImages { session, repository: name, .. } => {
            one(session, "ecr:DescribeImages", repository(name))
        }
        Call::ReadImage { at } => pulling(at),
        Call::CopyImage { from, to, .. } | Call::RebuildImage { from, to, .. } => {
            [pulling(from), pushing(to)].concat()
        }
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

fn pulling(at: &Located) -> Vec<Permission> {
    in_repository(at, &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
}

fn pushing(at: &Located) -> Vec<Permission> {
    in_repository(
        at,
        &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
        ],
    )
}

/// Other registries than ECR know nothing of IAM.
fn in_repository(at: &Located, actions: &[&str]) -> Vec<Permission> {
    let (Some(host), Some(session)) = (ecr_host(at.image.domain()), &at.session) else { return Vec::new() };
    let resource = format!("arn:aws:ecr:{}:{}:repository/{}", host.region, host.account, at.image.path());
    let token =
        Permission { session: session.clone(), action: "ecr:GetAuthorizationToken".into(), resource: "*".into() };
    let each = actions.iter().map(|action| Permission {
        session: session.clone(),
        action: (*action).to_owned(),
        resource: resource.clone(),
    });
    [token].into_iter().chain(each).collect()
}

fn repository(name: &str) -> String {
    format!("arn:aws:ecr:*:*:repository/{name}")
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
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
