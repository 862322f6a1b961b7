//! Calls of `CodeDeploy` in a few words.

use super::text;
use crate::effects::call::CodeDeployCall;
use crate::effects::reply::Reply;

/// What a call asks for.
pub fn asked(call: &CodeDeployCall) -> String {
    match call {
        CodeDeployCall::GetDeploymentGroup { application, group, .. } => {
            format!("describe deployment group {application}/{group}")
        }
        CodeDeployCall::GetDeployment { deployment, .. } => format!("describe deployment {deployment}"),
        CodeDeployCall::ListDeployments { application, group, .. } => {
            format!("list deployments of {application}/{group}")
        }
        CodeDeployCall::CreateDeployment { document, .. } => format!(
            "create a deployment of {}/{}",
            text(document, "applicationName"),
            text(document, "deploymentGroupName")
        ),
        CodeDeployCall::StopDeployment { deployment, rollback: true, .. } => {
            format!("stop deployment {deployment}, and roll it back")
        }
        CodeDeployCall::StopDeployment { deployment, .. } => format!("stop deployment {deployment}"),
        CodeDeployCall::ContinueDeployment { deployment, wait, .. } => {
            format!("continue deployment {deployment} ({})", wait.to_lowercase())
        }
        CodeDeployCall::WatchCodeDeployment { cluster, service, watched, .. } if watched.ready_is_enough => {
            format!("wait for {cluster}/{service} to be ready for traffic")
        }
        CodeDeployCall::WatchCodeDeployment { cluster, service, watched, .. } => {
            format!("wait for {cluster}/{service} to be {}", watched.until)
        }
    }
}

/// What a write came to.
pub fn done(call: &CodeDeployCall, reply: &Reply) -> Option<String> {
    match (call, reply) {
        (CodeDeployCall::CreateDeployment { document, .. }, Reply::Document(answer)) => Some(format!(
            "created deployment {} of {}/{}",
            text(answer, "deploymentId"),
            text(document, "applicationName"),
            text(document, "deploymentGroupName")
        )),
        (CodeDeployCall::StopDeployment { deployment, .. }, _) => Some(format!("stopped deployment {deployment}")),
        (CodeDeployCall::ContinueDeployment { deployment, .. }, _) => {
            Some(format!("continued deployment {deployment}"))
        }
        _ => None,
    }
}
