//! What a watcher asks ECS, one request each.

use super::json::Exchange;
use super::retry::Again;
use super::session::Session;
use crate::effects::fault::Fault;
use aws_sdk_ecs::config::{Builder, Config};
use serde_json::{Value, json};

/// Only throttling is tried again: the next look is the next try.
fn once() -> Builder {
    let again = Again::write();
    Config::builder().interceptor(again.clone()).retry_classifier(again)
}

/// ECS `DescribeServiceDeployments`, at most 20; what is not there stands in `failures`.
pub async fn describe_service_deployments(session: &Session, arns: &[String]) -> Result<Value, Fault> {
    let asked = session.reads("ecs:DescribeServiceDeployments", format!("{} deployments", arns.len()));
    let exchange = Exchange::of(&json!({ "serviceDeploymentArns": arns }));
    let call =
        session.ecs.describe_service_deployments().customize().interceptor(exchange.clone()).config_override(once());
    exchange.finish(call.send().await, &asked)
}

/// ECS `ListServiceDeployments` of one service, the newest: `{"serviceDeployments": […]}`, a page.
pub async fn list_service_deployments(session: &Session, cluster: &str, service: &str) -> Result<Value, Fault> {
    let thing = format!("deployments of service `{service}` in cluster `{cluster}`");
    let asked = session.reads("ecs:ListServiceDeployments", thing);
    let exchange = Exchange::of(&json!({ "cluster": cluster, "service": service }));
    let call = session.ecs.list_service_deployments().customize().interceptor(exchange.clone()).config_override(once());
    exchange.finish(call.send().await, &asked)
}
