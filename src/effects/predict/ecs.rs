//! What is foreseen of ECS.

use super::{Prediction, known, partition, read, text};
use crate::domain::rollout::{Counts, Hook, Snapshot, Target, Verdict, pauses};
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
        EcsCall::CreateService { document, .. } => known(created(document, planned)),
        EcsCall::UpdateService { session, document, .. } => updated(session, document, planned),
        EcsCall::WatchRollout { session, cluster, service, target, policy, .. } => {
            let pause = policy.stop_at_hooks.then(|| pause(planned, session, cluster, service, target)).flatten();
            Prediction::Assumed(Box::new(watched(service, target, pause)))
        }
        EcsCall::DescribeServices { .. }
        | EcsCall::DescribeTaskDefinition { .. }
        | EcsCall::ListTasks { .. }
        | EcsCall::DescribeTasks { .. }
        | EcsCall::ListServiceDeployments { .. }
        | EcsCall::DescribeServiceDeployments { .. }
        | EcsCall::DescribeServiceRevisions { .. } => read(call, planned),
        EcsCall::StopServiceDeployment { deployment, .. } | EcsCall::ContinueServiceDeployment { deployment, .. } => {
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

/// The service as it is asked for; its first deployment's id is a symbol.
fn created(document: &Value, planned: &Overlay) -> Reply {
    let members = document.as_object().into_iter().flatten().filter(|(member, _)| *member != "cluster");
    let mut service: Map<String, Value> = members.map(|(member, value)| (member.clone(), value.clone())).collect();
    for (member, value) in [("status", json!("ACTIVE")), ("runningCount", json!(0)), ("pendingCount", json!(0))] {
        service.insert(member.to_owned(), value);
    }
    service.entry("desiredCount").or_insert(json!(0));
    let first = deployment(&service, &planned.next_deployment());
    service.insert("deployments".into(), json!([first]));
    Reply::Document(json!({ "service": service }))
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

/// The pause that a deployment comes to after those that were answered, as it will look; what ECS chooses of it are
/// symbols.
fn pause(planned: &Overlay, session: &str, cluster: &str, service: &str, target: &Target) -> Option<Snapshot> {
    let seen = planned.service(session, cluster, service)?;
    let found = pauses(seen.get("deploymentConfiguration")?, target.until);
    let next = found.into_iter().nth(target.answered.len())?;
    // that of a deployment which is there is its id, that of a planned one a symbol
    let ours: String = short_name(&target.deployment).chars().filter(|one| !matches!(one, '<' | '>')).collect();
    let (account, region) = planned.place(session);
    let place = format!("{}/{}", short_name(cluster), short_name(service));
    let record = format!("service-deployment/{place}/<new-record-{ours}>");
    let hook = Hook {
        id: format!("<new-hook-{ours}-{}>", target.answered.len() + 1),
        kind: "PAUSE".to_owned(),
        status: "AWAITING_ACTION".to_owned(),
        stage: Some(next.stage.clone()),
        deployment: format!("arn:{}:ecs:{region}:{account}:{record}", partition(region)),
        ..Hook::default()
    };
    let desired = seen.get("desiredCount").and_then(Value::as_u64).unwrap_or_default();
    let all = Counts { desired, pending: 0, running: desired };
    let up = next.stage != "PRE_SCALE_UP";
    Some(Snapshot {
        new: if up { all } else { Counts::default() },
        old: all,
        stage: Some(next.stage),
        traffic: Some(next.traffic),
        test_traffic: Some(next.test_traffic),
        hook: Some(Box::new(hook)),
        ..Snapshot::default()
    })
}

fn watched(service: &str, target: &Target, pause: Option<Snapshot>) -> Reply {
    let hook = pause.as_ref().and_then(|pause| pause.hook.clone());
    let verdict = hook.map_or(Verdict::Done { reached: target.until }, Verdict::Awaiting);
    let snapshot = Box::new(Snapshot {
        service: service.to_owned(),
        task_definition: short_name(&target.task_definition).to_owned(),
        ..pause.unwrap_or_default()
    });
    Reply::Rollout(RolloutEnd { verdict, snapshot, findings: Vec::new(), millis: 0 })
}
