//! New tasks of the same definition, unless a release is under way.

use super::code_deploy;
use super::deploy::{self, Changes, Rollout};
use super::interruption::OnInterrupt;
use super::service::{Service, primary, text};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// Starts new tasks of what runs. While a deployment is under way, or another run of this project releases the service,
/// nothing is done: new tasks are on their way then. `on_interrupt` is as of any deployment.
///
/// # Errors
/// Of a deployment.
pub async fn refresh(gateway: &Gateway, service: &Service, on_interrupt: OnInterrupt) -> Result<Rollout, Fault> {
    let described = service.describe(gateway).await?;
    if !code_deploy::deploys(&described) {
        deploy::driven(service, &described)?;
    }
    if under_way(&described) {
        return Ok(left_alone(gateway, service, &described, "a deployment is under way"));
    }
    let changes = Changes { force: true, on_interrupt, ..Changes::default() };
    match deploy::deploy(gateway, service, &changes).await {
        Err(fault) if matches!(fault.code.as_str(), "InProgress" | "DeploymentUnderWay") => {
            Ok(left_alone(gateway, service, &described, &fault.message))
        }
        result => result,
    }
}

/// Whether a deployment of a described service has not come to its end.
pub(super) fn under_way(described: &Value) -> bool {
    let deployments = described.get("deployments").and_then(Value::as_array).map_or(0, Vec::len);
    deployments > 1 || primary(described).is_some_and(|one| text(one, "rolloutState") == "IN_PROGRESS")
}

fn left_alone(gateway: &Gateway, service: &Service, described: &Value, why: &str) -> Rollout {
    gateway.events().step(format!("{service} is not refreshed: {why}"));
    let definition = text(described, "taskDefinition").to_owned();
    Rollout {
        service: service.clone(),
        deployment: primary(described).map(|one| text(one, "id").to_owned()),
        task_definition: definition.clone(),
        previous: definition,
        unchanged: true,
        began: false,
    }
}
