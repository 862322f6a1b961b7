//! One ECS service: where it is, and what it looks like now.

use super::definition::described;
use crate::domain::task_definition::TaskDefinition;
use crate::effects::call::{Call, EcsCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A service by name; making one makes no call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The session whose account it is in.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cluster = self.cluster.rsplit('/').next().unwrap_or(&self.cluster);
        write!(out, "{cluster}/{}", self.name)
    }
}

impl Service {
    /// The service as `DescribeServices` tells it.
    ///
    /// # Errors
    /// `ServiceMissing` when there is none of that name, or it is being deleted.
    pub async fn describe(&self, gateway: &Gateway) -> Result<Value, Fault> {
        let answer = gateway
            .perform(Call::Ecs(EcsCall::DescribeServices {
                session: self.session.clone(),
                cluster: self.cluster.clone(),
                services: vec![self.name.clone()],
            }))
            .await?
            .document()?;
        let service = answer.get("services").and_then(Value::as_array).and_then(|services| services.first());
        match service {
            Some(service) if text(service, "status") == "INACTIVE" => Err(self.missing("was deleted")),
            Some(service) => Ok(service.clone()),
            None => Err(self.missing("does not exist")),
        }
    }

    fn missing(&self, why: &str) -> Fault {
        let message = format!("service `{}` of cluster `{}` {why} (session {})", self.name, self.cluster, self.session);
        Fault::new(FaultKind::Missing, "ServiceMissing", message)
            .hint("check the cluster's and the service's name, and the session's account and Region")
    }

    /// A task definition, by `family`, `family:revision` or ARN.
    pub async fn task_definition(&self, gateway: &Gateway, name: &str) -> Result<TaskDefinition, Fault> {
        let call = Call::Ecs(EcsCall::DescribeTaskDefinition {
            session: self.session.clone(),
            task_definition: name.to_owned(),
        });
        described(gateway.perform(call).await?.document()?)
    }

    /// The task definition that the service is meant to run now.
    pub async fn current(&self, gateway: &Gateway) -> Result<TaskDefinition, Fault> {
        let service = self.describe(gateway).await?;
        self.task_definition(gateway, text(&service, "taskDefinition")).await
    }
}

/// A member as text; empty where it is absent.
pub(super) fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The deployment that a described service goes towards.
pub(super) fn primary(service: &Value) -> Option<&Value> {
    service.get("deployments")?.as_array()?.iter().find(|one| text(one, "status") == "PRIMARY")
}
