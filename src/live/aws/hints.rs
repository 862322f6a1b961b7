//! What to do about a fault of AWS, in one sentence each.

use super::asked::Asked;
use crate::effects::fault::{Fault, FaultKind};

/// What ECR says of a manifest that names what its repository does not have, and what to do about it.
const INCOMPLETE: [(&str, &str); 2] = [
    (
        "LayersNotFoundException",
        "the repository does not have all layers of this image: it is of another repository, or they were deleted (a \
         lifecycle policy does that); `image::copy` brings the image with its layers",
    ),
    (
        "ReferencedImagesNotFoundException",
        "the repository does not have all images that this index names: they were deleted, or it is of another repository; \
         `image::copy` brings the index with its images, and with `platforms` those that are still there",
    ),
];

/// What ECS says where it executes no command, and what to do about it.
const NOT_EXECUTED: [(&str, &str); 2] = [
    (
        "execute command was not enabled",
        "tasks take commands that were started so: deploy the service with `execute_command: true`, and `force: true` where nothing \
         else differs, or run a task with it",
    ),
    (
        "internal error",
        "the agent in the task is not connected: it takes seconds after its start, and needs `ssmmessages:*` in the task's \
         role and a way to Systems Manager",
    ),
];

/// Nothing answered.
pub fn network() -> &'static str {
    "check the network, a proxy, the session's Region and its endpoint"
}

/// An answer came, and AWS does not answer like that.
pub fn not_aws() -> &'static str {
    "is the endpoint really AWS's, and is there a proxy between?"
}

/// Credentials are missing or no longer good.
pub fn log_in(asked: &Asked) -> String {
    match &asked.profile {
        Some(profile) => format!("log in again, e.g. `aws sso login --profile {profile}`"),
        None => format!(
            "log in (e.g. `aws sso login`), set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give `[sessions.{}]` a profile in \
             gantry.toml",
            asked.session
        ),
    }
}

/// AWS said no.
pub fn answered(fault: &Fault, why: &str, throttled: bool, asked: &Asked) -> Option<String> {
    if throttled {
        return Some("AWS throttles this account: wait a little, or release fewer services at once".to_owned());
    }
    if let Some((_, hint)) = INCOMPLETE.iter().find(|(code, _)| fault.code == *code) {
        return Some((*hint).to_owned());
    }
    if let Some((_, hint)) =
        NOT_EXECUTED.iter().find(|(said, _)| asked.action == "ecs:ExecuteCommand" && why.contains(said))
    {
        return Some((*hint).to_owned());
    }
    match fault.kind {
        FaultKind::Denied if fault.code.starts_with("AccessDenied") || fault.code == "Http403" => {
            let passing = why.contains("iam:PassRole");
            let action = if passing { "iam:PassRole for the task's roles" } else { &*asked.action };
            Some(format!("allow the role of session `{}` the IAM action {action}", asked.session))
        }
        FaultKind::Denied => Some(log_in(asked)),
        FaultKind::Missing => Some(missing(&fault.code, asked)),
        FaultKind::Refused if fault.code.starts_with("Http2") => Some(not_aws().to_owned()),
        _ => None,
    }
}

fn missing(code: &str, asked: &Asked) -> String {
    let account = asked.account.as_deref().map_or_else(|| "its account".to_owned(), |id| format!("account {id}"));
    match (code, &asked.when_missing) {
        ("ClusterNotFoundException", _) => {
            format!("check the cluster's name, and that it lives in {account} and {}", asked.region)
        }
        (_, Some(hint)) => hint.clone(),
        (_, None) => format!("check the name, and that it lives in {account} and {}", asked.region),
    }
}
