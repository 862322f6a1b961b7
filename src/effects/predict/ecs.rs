//! What is foreseen of ECS.

use super::{Prediction, known, partition, read, text};
use crate::domain::rollout::{Snapshot, Target, Verdict};
use crate::domain::service_definition::starts_a_deployment;
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::overlay::Overlay;
use crate::effects::reply::{Reply, RolloutEnd};
use serde_json::{Map, Value, json};

/// The prediction of `one`, which is `call`.
pub fn predict(one: &EcsCall, call: &Call, planned: &Overlay) -> Prediction {
    match one {
        EcsCall::RegisterTaskDefinition { session, document } => known(registered(session, document, planned)),
        EcsCall::UpdateService { session, document, .. } => updated(session, document, planned),
        EcsCall::WatchRollout { target, service, .. } => Prediction::Assumed(Box::new(watched(service, target))),
        EcsCall::DescribeServices { .. }
        | EcsCall::DescribeTaskDefinition { .. }
        | EcsCall::ListTasks { .. }
        | EcsCall::DescribeTasks { .. }
        | EcsCall::ListServiceDeployments { .. }
        | EcsCall::DescribeServiceRevisions { .. } => read(call, planned),
        EcsCall::StopServiceDeployment { deployment, .. } => {
            known(Reply::Document(json!({ "serviceDeploymentArn": deployment })))
        }
        EcsCall::WatchCount { count, .. } => {
            let counts = json!({ "desiredCount": count, "runningCount": count, "pendingCount": 0 });
            Prediction::Assumed(Box::new(Reply::Document(counts)))
        }
    }
}

/// The revision's number is AWS's to choose: a symbol stands for it.
fn registered(session: &str, document: &Value, planned: &Overlay) -> Reply {
    let family = text(document, "family");
    let symbol = planned.next_revision(family);
    let (account, region) = planned.place(session);
    let mut definition = document.as_object().cloned().unwrap_or_default();
    let tags = definition.shift_remove("tags").unwrap_or_else(|| json!([]));
    let arn = format!("arn:{}:ecs:{region}:{account}:task-definition/{family}:{symbol}", partition(region));
    definition.insert("taskDefinitionArn".into(), json!(arn));
    definition.insert("status".into(), json!("ACTIVE"));
    Reply::Document(json!({ "taskDefinition": definition, "tags": tags }))
}

/// The service as it was last seen, with what is planned in it; the new deployment's id is a symbol.
fn updated(session: &str, document: &Value, planned: &Overlay) -> Prediction {
    let (cluster, service) = (text(document, "cluster"), text(document, "service"));
    let Some(seen) = planned.service(session, cluster, service) else {
        return Prediction::Needs(Box::new(Call::Ecs(EcsCall::DescribeServices {
            session: session.to_owned(),
            cluster: cluster.to_owned(),
            services: vec![service.to_owned()],
        })));
    };
    let mut service = seen.as_object().cloned().unwrap_or_default();
    for (member, value) in document.as_object().into_iter().flatten() {
        if !matches!(member.as_str(), "cluster" | "service" | "forceNewDeployment") {
            service.insert(member.clone(), value.clone());
        }
    }
    if starts_a_deployment(document, seen) {
        let deployment = deployment(&service, &planned.next_deployment());
        let mut deployments = vec![deployment];
        for mut old in service.get("deployments").and_then(Value::as_array).cloned().unwrap_or_default() {
            if let Some(old) = old.as_object_mut() {
                old.insert("status".into(), json!("ACTIVE"));
            }
            deployments.push(old);
        }
        service.insert("deployments".into(), Value::Array(deployments));
        // that of the deployment before
        service.shift_remove("currentServiceDeployment");
    } else if let Some(count) = document.get("desiredCount") {
        let primary = service.get_mut("deployments").and_then(|all| all.get_mut(0)).and_then(Value::as_object_mut);
        if let Some(primary) = primary {
            primary.insert("desiredCount".into(), count.clone());
        }
    }
    // how many tasks each has is not known
    service.shift_remove("currentServiceRevisions");
    known(Reply::Document(json!({ "service": service })))
}

fn deployment(service: &Map<String, Value>, id: &str) -> Value {
    json!({
        "id": id,
        "status": "PRIMARY",
        "taskDefinition": service.get("taskDefinition"),
        "desiredCount": service.get("desiredCount"),
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "rolloutState": "IN_PROGRESS",
    })
}

fn watched(service: &str, target: &Target) -> Reply {
    let snapshot = Box::new(Snapshot {
        service: service.to_owned(),
        task_definition: short_name(&target.task_definition).to_owned(),
        ..Snapshot::default()
    });
    let verdict = Verdict::Done { reached: target.until };
    Reply::Rollout(RolloutEnd { verdict, snapshot, findings: Vec::new(), millis: 0 })
}
