//! The echo of `UpdateService` and `CreateService`.

use serde_json::{Map, Value};

use super::{Unechoed, missing};
use crate::domain::equivalence::canonical_service;

/// Members of the request that the service has under another name.
const RENAMED: [(&str, &str); 2] = [("service", "serviceName"), ("cluster", "clusterArn")];
/// Members that say what to do, that the service has in another form, or that only a description which asks for them has.
const NEVER_ECHOED: [&str; 3] = ["forceNewDeployment", "role", "tags"];
/// Members that are not on the service but on its deployments.
const ON_DEPLOYMENTS: [&str; 3] = ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"];

/// What of a request of `UpdateService` or `CreateService` is not in its reply.
pub fn updated(requested: &Value, reply: &Value) -> Vec<Unechoed> {
    let service = reply.get("service").and_then(Value::as_object).cloned().unwrap_or_default();
    let answered = Value::Object(with_deployment_members(service));
    let requested = Value::Object(as_service(requested));
    let mut found = missing(&canonical_service(&requested), &canonical_service(&answered));
    for unechoed in &mut found {
        if let Some((ours, _)) = RENAMED.iter().find(|(_, theirs)| *theirs == unechoed.path) {
            (*ours).clone_into(&mut unechoed.path);
        }
    }
    found
}

/// The request, with the service's names for its members.
fn as_service(requested: &Value) -> Map<String, Value> {
    let members = requested.as_object().into_iter().flatten();
    members
        .filter(|(member, _)| !NEVER_ECHOED.contains(&member.as_str()))
        .map(|(member, value)| {
            let name = RENAMED.iter().find(|(ours, _)| ours == member).map_or(member.as_str(), |(_, theirs)| theirs);
            (name.to_owned(), value.clone())
        })
        .collect()
}

/// The service, with the members that only its PRIMARY deployment has.
pub fn with_deployment_members(mut service: Map<String, Value>) -> Map<String, Value> {
    let deployments = service.get("deployments").and_then(Value::as_array);
    let primary = deployments.and_then(|list| list.iter().find(|d| d.get("status").is_some_and(|s| s == "PRIMARY")));
    let found: Vec<(&str, Value)> =
        ON_DEPLOYMENTS.iter().filter_map(|member| Some((*member, primary?.get(member)?.clone()))).collect();
    for (member, value) in found {
        service.entry(member).or_insert(value);
    }
    service
}
