//! `DescribeServiceRevisions`, and what is kept of a service when a revision of it is made.

use serde_json::{Map, Value, json};

use super::describe::arns;
use super::names::{find, revision_arn};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::realm::{Cluster, Context, Hosted, Realm};
use crate::rehearsal::ecs::scheduler::ServiceRevision;

/// Members of a service that its revisions keep.
const KEPT: [&str; 7] = [
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Answers `DescribeServiceRevisions`, twenty at most.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let mut described = Vec::new();
    let mut failures = Vec::new();
    for arn in arns(body, "serviceRevisionArns", "service-revision")? {
        let found = find(realm, "service-revision", arn).and_then(|(cluster, hosted, number)| {
            let mut revisions = hosted.service.revisions.iter();
            let revision = revisions.find(|revision| revision.number == number)?;
            hosted.is_seen(revision.created, context.now).then(|| show(cluster, hosted, revision))
        });
        match found {
            Some(document) => described.push(document),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(json!({ "serviceRevisions": described, "failures": failures }))
}

/// Keeps what the service is set to now for those of its revisions that nothing is kept for yet.
pub fn remember(hosted: &mut Hosted) {
    let mut settings: Map<String, Value> = Map::new();
    for name in KEPT {
        if let Some(value) = hosted.members.get(name) {
            settings.insert(name.to_owned(), value.clone());
        }
    }
    settings.insert("loadBalancers".to_owned(), hosted.load_balancers());
    if hosted.launch_type == "FARGATE" {
        settings.entry("platformVersion").or_insert_with(|| json!("1.4.0"));
        settings.insert("platformFamily".to_owned(), json!("Linux"));
    }
    for revision in &hosted.service.revisions {
        hosted.settings.entry(revision.number.clone()).or_insert_with(|| settings.clone());
    }
    for one in &hosted.service.history {
        hosted.configurations.entry(one.id.clone()).or_insert_with(|| hosted.configuration.clone());
    }
}

fn show(cluster: &Cluster, hosted: &Hosted, revision: &ServiceRevision) -> Value {
    let digest = |name: &str| revision.digests.iter().find(|(of, _)| of == name).map(|(_, digest)| digest);
    let images = revision.revision.containers.iter().map(|container| {
        let mut image = json!({ "containerName": container.name, "image": container.image });
        if let (Some(members), Some(digest)) = (image.as_object_mut(), digest(&container.name)) {
            members.insert("imageDigest".to_owned(), json!(digest));
        }
        image
    });
    let mut document = json!({
        "serviceRevisionArn": revision_arn(hosted, &revision.number),
        "serviceArn": hosted.service.arn,
        "clusterArn": cluster.arn,
        "taskDefinition": revision.revision.arn,
        "launchType": hosted.launch_type,
        "containerImages": images.collect::<Vec<_>>(),
        "guardDutyEnabled": false,
        "createdAt": revision.created.epoch_seconds(),
    });
    if let (Some(members), Some(settings)) = (document.as_object_mut(), hosted.settings.get(&revision.number)) {
        members.extend(settings.clone());
    }
    document
}
