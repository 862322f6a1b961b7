//! What calls of `CodeDeploy` need.

use super::{Permission, one};
use crate::effects::call::CodeDeployCall;
use serde_json::Value;

/// What `call` needs.
pub fn permissions(call: &CodeDeployCall) -> Vec<Permission> {
    let group =
        |application: &str, group: &str| format!("arn:aws:codedeploy:*:*:deploymentgroup:{application}/{group}");
    // a deployment's permissions are those of its group, which its id does not tell
    let any = || group("*", "*");
    match call {
        CodeDeployCall::GetDeploymentGroup { session, application, group: name } => {
            one(session, "codedeploy:GetDeploymentGroup", group(application, name))
        }
        CodeDeployCall::ListDeployments { session, application, group: name, .. } => {
            one(session, "codedeploy:ListDeployments", group(application, name))
        }
        CodeDeployCall::GetDeployment { session, .. } => one(session, "codedeploy:GetDeployment", any()),
        CodeDeployCall::CreateDeployment { session, document, .. } => {
            let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or("*");
            let resource = group(text("applicationName"), text("deploymentGroupName"));
            [
                one(session, "codedeploy:CreateDeployment", resource),
                // CodeDeploy asks these of who creates a deployment
                one(session, "codedeploy:GetDeploymentConfig", "arn:aws:codedeploy:*:*:deploymentconfig:*".to_owned()),
                one(
                    session,
                    "codedeploy:RegisterApplicationRevision",
                    format!("arn:aws:codedeploy:*:*:application:{}", text("applicationName")),
                ),
            ]
            .concat()
        }
        CodeDeployCall::StopDeployment { session, .. } => one(session, "codedeploy:StopDeployment", any()),
        CodeDeployCall::ContinueDeployment { session, .. } => one(session, "codedeploy:ContinueDeployment", any()),
        CodeDeployCall::WatchCodeDeployment { session, .. } => [
            one(session, "codedeploy:GetDeployment", any()),
            one(session, "codedeploy:BatchGetDeploymentTargets", any()),
            one(session, "ecs:DescribeServices", "*".to_owned()),
            one(session, "ecs:ListTasks", "*".to_owned()),
            one(session, "ecs:DescribeTasks", "*".to_owned()),
        ]
        .concat(),
    }
}
