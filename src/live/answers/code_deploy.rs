//! What `CodeDeploy` answers.

use crate::effects::call::CodeDeployCall;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::Live;
use crate::live::aws::Service;
use crate::live::code_deploy::{Watch, watch};
use serde_json::{Value, json};
use std::time::Duration;

impl Live {
    pub(in crate::live) async fn code_deploy(&self, call: &CodeDeployCall, events: &Events) -> Result<Reply, Fault> {
        let aws = &self.aws;
        let service = Service::CodeDeploy;
        Ok(Reply::Document(match call {
            CodeDeployCall::GetDeploymentGroup { session, application, group } => {
                let request = json!({ "applicationName": application, "deploymentGroupName": group });
                let thing = format!("deployment group `{group}` of application `{application}`");
                aws.ask(session, service, "GetDeploymentGroup", &request, &thing).await?
            }
            CodeDeployCall::GetDeployment { session, deployment } => {
                let thing = format!("deployment `{deployment}`");
                aws.ask(session, service, "GetDeployment", &json!({ "deploymentId": deployment }), &thing).await?
            }
            CodeDeployCall::ListDeployments { session, application, group, since_millis } => {
                let request = json!({
                    "applicationName": application,
                    "deploymentGroupName": group,
                    "createTimeRange": { "start": since_millis.div_euclid(1000) },
                });
                let thing = format!("deployment group `{group}` of application `{application}`");
                aws.ask(session, service, "ListDeployments", &request, &thing).await?
            }
            CodeDeployCall::CreateDeployment { session, document, app_spec, .. } => {
                let mut request = document.clone();
                request["revision"] = json!({
                    "revisionType": "AppSpecContent",
                    "appSpecContent": { "content": app_spec.to_string() },
                });
                let name = document.get("deploymentGroupName").and_then(Value::as_str).unwrap_or_default();
                let thing = format!("deployment group `{name}`");
                aws.tell(session, service, "CreateDeployment", &request, &thing).await?
            }
            CodeDeployCall::StopDeployment { session, deployment, rollback } => {
                let request = json!({ "deploymentId": deployment, "autoRollbackEnabled": rollback });
                aws.tell(session, service, "StopDeployment", &request, &format!("deployment `{deployment}`")).await?
            }
            CodeDeployCall::ContinueDeployment { session, deployment, wait } => {
                let request = json!({ "deploymentId": deployment, "deploymentWaitType": wait });
                aws.tell(session, service, "ContinueDeployment", &request, &format!("deployment `{deployment}`"))
                    .await?
            }
            CodeDeployCall::WatchCodeDeployment { session, cluster, service, watched, timeout_millis } => {
                let limit = Duration::from_millis(*timeout_millis);
                let watching = Watch { aws, session, cluster, service, watched };
                return Ok(Reply::Rollout(Box::pin(watch(&watching, limit, events)).await?));
            }
        }))
    }
}
