//! What a call costs and needs: the API requests it makes, the IAM actions and the resources they are about.

mod code_deploy;
mod ecr;
mod ecs;
mod image;
mod scaling;
mod secret;
mod task;

use super::call::Call;
use serde::Serialize;

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

/// What `call` needs. From the service authorization reference.
pub fn permissions(call: &Call) -> Vec<Permission> {
    match call {
        // GetCallerIdentity needs no permission
        Call::Host(_) => Vec::new(),
        Call::Ecs(call) => ecs::permissions(call),
        Call::CodeDeploy(call) => code_deploy::permissions(call),
        Call::Ecr(call) => ecr::permissions(call),
        Call::Image(call) => image::permissions(call),
        Call::Scaling(call) => scaling::permissions(call),
        Call::Secret(call) => secret::permissions(call),
        Call::Task(call) => task::permissions(call),
    }
}

fn one(session: &str, action: &str, resource: String) -> Vec<Permission> {
    vec![Permission { session: session.to_owned(), action: action.to_owned(), resource }]
}
