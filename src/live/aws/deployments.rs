//! Service deployments, ECS's own record of what was deployed: their history, and stopping one.

use super::Aws;
use super::ecs::{read, write};
use super::json::Exchange;
use super::limits::Category;
use crate::effects::fault::Fault;
use serde_json::{Value, json};

impl Aws {
    /// ECS `ListServiceDeployments` of a service: AWS's answer, the newest hundred, newest first.
    pub async fn service_history(&self, session: &str, cluster: &str, service: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Deployments).await?;
        let thing = format!("deployments of service `{service}` in cluster `{cluster}`");
        let asked = session.reads("ecs:ListServiceDeployments", thing);
        let exchange = Exchange::of(&json!({ "cluster": cluster, "service": service, "maxResults": 100 }));
        let call = session.ecs.list_service_deployments().customize().interceptor(exchange.clone());
        exchange.finish(call.config_override(read()).send().await, &asked)
    }

    /// ECS `DescribeServiceRevisions`, at most 20: AWS's answer.
    pub async fn describe_service_revisions(&self, session: &str, revisions: &[String]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Deployments).await?;
        let asked = session.reads("ecs:DescribeServiceRevisions", format!("{} service revisions", revisions.len()));
        let exchange = Exchange::of(&json!({ "serviceRevisionArns": revisions }));
        let call = session.ecs.describe_service_revisions().customize().interceptor(exchange.clone());
        exchange.finish(call.config_override(read()).send().await, &asked)
    }

    /// ECS `ContinueServiceDeployment`. Writes. AWS's answer; `action` is `CONTINUE` or `ROLLBACK`.
    pub async fn continue_service_deployment(
        &self,
        session: &str,
        deployment: &str,
        hook: &str,
        action: &str,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Updates).await?;
        let thing = format!("hook `{hook}` of service deployment `{deployment}`");
        let asked = session.writes("ecs:ContinueServiceDeployment", thing);
        let exchange = Exchange::of(&json!({ "serviceDeploymentArn": deployment, "hookId": hook, "action": action }));
        let call = session.ecs.continue_service_deployment().customize().interceptor(exchange.clone());
        exchange.finish(call.config_override(write()).send().await, &asked)
    }

    /// ECS `StopServiceDeployment`. Writes. AWS's answer; `how` is `ROLLBACK` or `ABORT`.
    pub async fn stop_service_deployment(&self, session: &str, deployment: &str, how: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Updates).await?;
        let asked = session.writes("ecs:StopServiceDeployment", format!("service deployment `{deployment}`"));
        let exchange = Exchange::of(&json!({ "serviceDeploymentArn": deployment, "stopType": how }));
        let call = session.ecs.stop_service_deployment().customize().interceptor(exchange.clone());
        exchange.finish(call.config_override(write()).send().await, &asked)
    }
}
