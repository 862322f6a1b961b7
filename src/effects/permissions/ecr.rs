//! What calls of ECR need.

use super::{Permission, one};
use crate::effects::call::EcrCall;
use serde_json::Value;

/// What `call` needs.
pub fn permissions(call: &EcrCall) -> Vec<Permission> {
    match call {
        EcrCall::DescribeRepository { session, name } => one(session, "ecr:DescribeRepositories", repository(name)),
        EcrCall::CreateRepository { session, document } => {
            let name = document.get("repositoryName").and_then(Value::as_str).unwrap_or("*");
            one(session, "ecr:CreateRepository", repository(name))
        }
        EcrCall::DescribeImages { session, repository: name, .. } => {
            one(session, "ecr:DescribeImages", repository(name))
        }
    }
}

fn repository(name: &str) -> String {
    format!("arn:aws:ecr:*:*:repository/{name}")
}
