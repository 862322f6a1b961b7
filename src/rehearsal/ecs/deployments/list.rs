//! `ListServiceDeployments`: the newest first, by status and time of creation.

use serde_json::{Map, Value, json};

use super::names::{deployment_arn, revision_arn};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::page::page_of;
use crate::rehearsal::ecs::realm::{Cluster, Context, Hosted, Realm, last_part, text, texts};
use crate::rehearsal::ecs::scheduler::{ServiceDeployment, Status};
use crate::rehearsal::ecs::update_service::service_not_found;

/// Answers `ListServiceDeployments`, a hundred a page at most.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let hosted = cluster.services.get(last_part(text(body, "service"))).ok_or_else(service_not_found)?;
    let mut wanted = Vec::new();
    for name in texts(body, "status") {
        let status = Status::named(name);
        wanted.push(status.ok_or_else(|| AwsError::parameter(format!("Invalid status: {name}.")))?);
    }
    let limit = |name: &str| body.get("createdAt").and_then(|range| range.get(name)).and_then(Value::as_f64);
    let (after, before) = (limit("after"), limit("before"));
    let briefs: Vec<Value> = hosted
        .service
        .history
        .iter()
        .rev()
        // of what another controller deploys there are none
        .filter(|_| hosted.controller == "ECS")
        .filter(|one| hosted.is_seen(one.created, context.now))
        .filter(|one| wanted.is_empty() || wanted.contains(&one.status))
        .filter(|one| {
            let created = one.created.epoch_seconds().as_f64().unwrap_or_default();
            after.is_none_or(|after| created > after) && before.is_none_or(|before| created < before)
        })
        .map(|one| brief(cluster, hosted, one))
        .collect();
    page_of(body, "serviceDeployments", &briefs, 100)
}

fn brief(cluster: &Cluster, hosted: &Hosted, one: &ServiceDeployment) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("serviceDeploymentArn", json!(deployment_arn(hosted, &one.id)));
    set("serviceArn", json!(hosted.service.arn));
    set("clusterArn", json!(cluster.arn));
    set("createdAt", one.created.epoch_seconds());
    for (name, at) in [("startedAt", one.started), ("finishedAt", one.finished)] {
        if let Some(at) = at {
            set(name, at.epoch_seconds());
        }
    }
    set("targetServiceRevisionArn", json!(revision_arn(hosted, &one.target)));
    set("status", json!(one.status.name()));
    if !one.reason.is_empty() {
        set("statusReason", json!(one.reason));
    }
    Value::Object(members)
}
