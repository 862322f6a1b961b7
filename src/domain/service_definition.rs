//! What is wanted of a service, compared with what it is: only what differs is sent.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::domain::diff::{self, Difference};
use crate::domain::echo::with_deployment_members;
use crate::domain::equivalence::{ECS, canonical_service, same_resource};
use crate::domain::nearest::nearest;

/// Members whose change begins a deployment, as `taskDefinition` and `forceNewDeployment` do.
const STARTING: [&str; 8] = [
    "capacityProviderStrategy",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Members that `UpdateService` takes beside them, and that begin none.
const QUIET: [&str; 9] = [
    "availabilityZoneRebalancing",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
];

/// Members that only `CreateService` takes.
const CREATE_ONLY: [&str; 4] = ["launchType", "role", "schedulingStrategy", "tags"];

/// Members that are decided elsewhere: by the handle, by the definition that is deployed, and by auto scaling.
const ELSEWHERE: [&str; 5] = ["cluster", "service", "serviceName", "taskDefinition", "desiredCount"];

/// Members that only describing gives: a description can be used as a definition.
const DESCRIBED_ONLY: [&str; 15] = [
    "clusterArn",
    "createdAt",
    "createdBy",
    "currentServiceDeployment",
    "currentServiceRevisions",
    "deployments",
    "events",
    "pendingCount",
    "platformFamily",
    "resourceManagementType",
    "roleArn",
    "runningCount",
    "serviceArn",
    "status",
    "taskSets",
];

/// A definition that a service cannot be given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DefinitionError {
    /// A service has no such member.
    #[error("a service has no member `{member}`")]
    Unknown {
        /// As written.
        member: String,
        /// What was probably meant.
        did_you_mean: Option<&'static str>,
    },
    /// What can only be chosen when a service is created is something else.
    #[error("only a new service can be given another {}", named(.0))]
    CreateOnly(Vec<Difference>),
}

fn named(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What is to be sent, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceChanges {
    /// Members of `UpdateService`, each as it was wanted.
    pub members: Map<String, Value>,
    /// Where they differ from what is.
    pub differences: Vec<Difference>,
}

/// Checks the names of members.
///
/// # Errors
/// `Unknown`: ECS would ignore such a member without a word.
pub fn check_names(wanted: &Map<String, Value>) -> Result<(), DefinitionError> {
    let known = || {
        [&STARTING[..], &QUIET, &CREATE_ONLY, &ELSEWHERE, &DESCRIBED_ONLY, &["monitoring"]]
            .into_iter()
            .flatten()
            .copied()
    };
    match wanted.keys().find(|member| !known().any(|known| known == member.as_str())) {
        Some(member) => {
            Err(DefinitionError::Unknown { member: member.clone(), did_you_mean: nearest(member, known()) })
        }
        None => Ok(()),
    }
}

/// What of `wanted` a service is not yet. What `wanted` does not name stays as it is.
///
/// # Errors
/// A member that there is not, or one that differs and can only be chosen at the creation.
pub fn changes(wanted: &Map<String, Value>, described: &Value) -> Result<ServiceChanges, DefinitionError> {
    check_names(wanted)?;
    let now = with_deployment_members(described.as_object().cloned().unwrap_or_default());
    let fixed: Vec<Difference> = CREATE_ONLY
        .into_iter()
        .filter_map(|member| Some((member, wanted.get(member)?)))
        .flat_map(|(member, value)| {
            let there = now.get(if member == "role" { "roleArn" } else { member });
            differences(member, value, there)
        })
        .collect();
    if !fixed.is_empty() {
        return Err(DefinitionError::CreateOnly(fixed));
    }
    let mut found = ServiceChanges::default();
    let updatable = wanted.iter().filter(|(member, _)| {
        let member = member.as_str();
        STARTING.contains(&member) || QUIET.contains(&member) || member == "monitoring"
    });
    for (member, value) in updatable {
        let mut differences = differences(member, value, now.get(member));
        if !differences.is_empty() {
            found.members.insert(member.clone(), value.clone());
            found.differences.append(&mut differences);
        }
    }
    Ok(found)
}

/// What of a definition a creation is asked for: all that can be chosen, but for the service's name, what it runs and how
/// many tasks.
///
/// # Errors
/// `Unknown`: ECS would ignore such a member without a word.
pub fn creation(wanted: &Map<String, Value>) -> Result<Map<String, Value>, DefinitionError> {
    check_names(wanted)?;
    let chosen = wanted.iter().filter(|(member, value)| {
        let member = member.as_str();
        !ELSEWHERE.contains(&member) && !DESCRIBED_ONLY.contains(&member) && !value.is_null()
    });
    Ok(chosen.map(|(member, value)| (member.clone(), value.clone())).collect())
}

/// Whether an `UpdateService` of this document begins a deployment of the service.
pub fn starts_a_deployment(document: &Value, described: &Value) -> bool {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let now = with_deployment_members(described.as_object().cloned().unwrap_or_default());
    let another = match (text(document, "taskDefinition"), text(described, "taskDefinition")) {
        (Some(wanted), Some(now)) => !same_resource(&wanted, &now),
        (wanted, _) => wanted.is_some(),
    };
    let forced = document.get("forceNewDeployment") == Some(&Value::Bool(true));
    let starting = STARTING.into_iter().filter_map(|member| Some((member, document.get(member)?)));
    another
        || forced
        || starting.into_iter().any(|(member, value)| !differences(member, value, now.get(member)).is_empty())
}

/// Whether every member that an `UpdateService` asks for is as asked.
pub fn is_met(document: &Value, described: &Value) -> bool {
    let Some(wanted) = document.as_object() else { return true };
    let same = |member: &str| match (document.get(member), described.get(member)) {
        (Some(Value::String(wanted)), Some(Value::String(now))) => same_resource(wanted, now),
        (Some(wanted), now) => now == Some(wanted),
        (None, _) => true,
    };
    let members = wanted.iter().filter(|(member, _)| !matches!(member.as_str(), "cluster" | "forceNewDeployment"));
    let members = members.map(|(member, value)| (member.clone(), value.clone())).collect();
    same("taskDefinition")
        && same("desiredCount")
        && changes(&members, described).is_ok_and(|changes| changes.members.is_empty())
}

/// Where one member differs.
fn differences(member: &str, wanted: &Value, now: Option<&Value>) -> Vec<Difference> {
    let one = |value: &Value| Value::Object(Map::from_iter([(member.to_owned(), value.clone())]));
    let mut now = now.cloned().unwrap_or(Value::Null);
    // ECS keeps what an update does not name of these
    if member == "deploymentConfiguration" {
        only_named(&mut now, wanted);
        let breaker = "deploymentCircuitBreaker";
        if let (Some(now), Some(wanted)) = (now.get_mut(breaker), wanted.get(breaker)) {
            only_named(now, wanted);
        }
    }
    let found = diff::differences(&canonical_service(&one(&now)), &canonical_service(&one(wanted)), &ECS);
    if found.iter().all(|found| found.before.is_some()) || now.is_null() {
        return found;
    }
    // what is a default is told as what it is, and not as nothing
    let told = diff::differences(&one(&now), &one(wanted), &ECS);
    if told.is_empty() { found } else { told }
}

fn only_named(now: &mut Value, wanted: &Value) {
    if let (Some(now), Some(wanted)) = (now.as_object_mut(), wanted.as_object()) {
        now.retain(|member, _| wanted.contains_key(member));
    }
}
