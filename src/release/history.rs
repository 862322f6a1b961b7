//! What was deployed to a service before, as ECS remembers it for 90 days.

use super::service::{Service, text};
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// So many revisions ECS describes at once.
const REVISIONS: usize = 20;

/// Service deployments, the newest first.
pub(super) struct History(Vec<Value>);

impl History {
    /// That of an answer of `ListServiceDeployments`.
    pub(super) fn of_answer(answer: &Value) -> Self {
        let listed = answer.get("serviceDeployments").and_then(Value::as_array);
        Self(listed.cloned().unwrap_or_default())
    }

    /// The record of the deployment `ecs-svc/N`, which is found by the revision it brings: that ends with the same
    /// digits.
    pub(super) fn of(&self, deployment: &str) -> Option<&Value> {
        self.0.iter().find(|one| brings(one, deployment))
    }

    /// Its ARN while it goes forward, so that it can be stopped.
    pub(super) fn under_way(&self, deployment: &str) -> Option<String> {
        let it = self.of(deployment)?;
        let arn = text(it, "serviceDeploymentArn");
        (matches!(text(it, "status"), "PENDING" | "IN_PROGRESS") && !arn.is_empty()).then(|| arn.to_owned())
    }
}

fn brings(one: &Value, deployment: &str) -> bool {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    last(text(one, "targetServiceRevisionArn")) == last(deployment)
}

/// The history of a service; none, with a notice, where the endpoint has none or it is not permitted.
///
/// # Errors
/// Only what ends the run, and what may pass: no history is no reason to go back to the wrong place.
pub(super) async fn history(gateway: &Gateway, service: &Service) -> Result<Option<History>, Fault> {
    let call = Call::Ecs(EcsCall::ListServiceDeployments {
        session: service.session.clone(),
        cluster: service.cluster.clone(),
        service: service.name.clone(),
    });
    match gateway.perform(call).await {
        Ok(reply) => Ok(Some(History::of_answer(&reply.document()?))),
        Err(fault) if fault.ends_the_run() || fault.kind == FaultKind::Network => Err(fault),
        Err(fault) => {
            gateway.events().log(Level::Warn, format!("{service}: its history is not to be had: {fault}"));
            Ok(None)
        }
    }
}

/// ARN of the definition of the newest deployment that was successful and brought another definition than `now`: not the
/// next lower revision number, which a one-off task may have registered.
///
/// # Errors
/// Of the calls.
pub(super) async fn last_good(
    gateway: &Gateway,
    service: &Service,
    history: &History,
    now: &str,
) -> Result<Option<String>, Fault> {
    let good = history.0.iter().filter(|one| text(one, "status") == "SUCCESSFUL");
    let mut revisions: Vec<String> = Vec::new();
    for arn in good.map(|one| text(one, "targetServiceRevisionArn")).filter(|arn| !arn.is_empty()) {
        if revisions.len() < REVISIONS && !revisions.iter().any(|known| known == arn) {
            revisions.push(arn.to_owned());
        }
    }
    if revisions.is_empty() {
        return Ok(None);
    }
    let call =
        Call::Ecs(EcsCall::DescribeServiceRevisions { session: service.session.clone(), revisions: revisions.clone() });
    let answer = gateway.perform(call).await?.document()?;
    let described = answer.get("serviceRevisions").and_then(Value::as_array).cloned().unwrap_or_default();
    let definition_of = |arn: &String| {
        let found = described.iter().find(|one| text(one, "serviceRevisionArn") == arn)?;
        Some(text(found, "taskDefinition").to_owned()).filter(|name| !name.is_empty())
    };
    let mut found = revisions.iter().filter_map(definition_of);
    Ok(found.find(|definition| short_name(definition) != short_name(now)))
}
