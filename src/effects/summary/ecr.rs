//! Calls of ECR in a few words.

use super::text;
use crate::effects::call::EcrCall;

/// What a call asks for.
pub fn asked(call: &EcrCall) -> String {
    match call {
        EcrCall::DescribeRepository { name, .. } => format!("describe repository {name}"),
        EcrCall::CreateRepository { document, .. } => format!("create repository {}", text(document, "repositoryName")),
        EcrCall::DescribeImages { repository, .. } => format!("describe images of {repository}"),
    }
}

/// What a write came to.
pub fn done(call: &EcrCall) -> Option<String> {
    match call {
        EcrCall::CreateRepository { document, .. } => {
            Some(format!("created repository {}", text(document, "repositoryName")))
        }
        _ => None,
    }
}
