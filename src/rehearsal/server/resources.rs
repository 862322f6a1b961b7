//! What a call is about, for faults that are addressed by resource.

use serde_json::Value;

use crate::rehearsal::registry::Operation;

/// Members that name a resource.
const NAMING: &[&str] = &[
    "cluster",
    "clusters",
    "service",
    "services",
    "serviceName",
    "serviceDeploymentArn",
    "serviceDeploymentArns",
    "serviceRevisionArns",
    "family",
    "familyPrefix",
    "taskDefinition",
    "repositoryName",
    "repositoryNames",
    "imageTag",
    "imageDigest",
    "imageIds",
    "task",
    "tasks",
    "SecretId",
    "Name",
    "Names",
    "logGroupName",
    "ResourceId",
    "ResourceIds",
    "logStreamName",
    "applicationName",
    "deploymentGroupName",
    "deploymentId",
];

/// The resources that the body of an AWS call names: as written, without the ARN before the last
/// `/`, and without a revision.
pub fn of_body(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for member in NAMING {
        if let Some(value) = body.get(*member) {
            collect(value, &mut found);
        }
    }
    found
}

/// The resources that texts name.
pub fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    texts.for_each(|text| collect(&Value::from(text), &mut found));
    found
}

/// The resources of a registry's operation: the repository, and the tag or digest.
pub fn of_operation(operation: &Operation, query: &str) -> Vec<String> {
    let mut found = vec![operation.repository.clone(), operation.reference.clone()];
    let digest = query.split('&').find_map(|pair| pair.strip_prefix("digest="));
    found.extend(digest.map(|digest| digest.replace("%3A", ":").replace("%3a", ":")));
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let name = text.rsplit('/').next().unwrap_or(text);
            let family = name.split(':').next().unwrap_or(name);
            found.extend([text.clone(), name.to_owned(), family.to_owned()]);
            // cluster and service of something below them
            found.extend(text.split('/').skip(1).map(str::to_owned));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_found_whole_and_in_part() {
        let body = json!({
            "cluster": "prod",
            "taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/web:7",
            "imageIds": [{ "imageTag": "1.4.2" }],
            "desiredCount": 2,
        });
        let found = of_body(&body);
        for name in ["prod", "web", "web:7", "1.4.2"] {
            assert!(found.contains(&name.to_owned()), "{name} in {found:?}");
        }
    }
}
