//! What a call would give if it were made, for plans: an exhaustive match, so that no call comes without a prediction.

use super::call::Call;
use super::overlay::Overlay;
use super::reply::{Approval, Reply, RolloutEnd};
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::domain::rollout::{Counts, Snapshot, Target, Verdict};
use crate::domain::task_definition::short_name;
use serde_json::{Map, Value, json};

/// How a plan comes to the reply of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// It changes nothing: it is made for real.
    Read,
    /// This is what it would give; only identifiers that AWS chooses are symbols in it.
    Known(Box<Reply>),
    /// The registries are asked, without being written to: a digest is computed, not guessed.
    Foresee,
    /// Nobody can know: it is taken to go well, and marked as taken so.
    Assumed(Box<Reply>),
    /// This read has to be known first.
    Needs(Box<Call>),
}

fn known(reply: Reply) -> Prediction {
    Prediction::Known(Box::new(reply))
}

/// The prediction of `call`, after all that `planned` holds.
pub fn predict(call: &Call, planned: &Overlay) -> Prediction {
    match call {
        Call::RegisterTaskDefinition { session, document } => known(registered(session, document, planned)),
        Call::UpdateService { session, document, .. } => updated(session, document, planned),
        Call::CreateRepository { session, document } => known(created(session, document, planned)),
        Call::CopyImage { from, to, .. } => match planned.image(from) {
            // the source is planned itself: no registry has it yet
            Some(facts) => {
                let blobs = facts.layers.iter().map(|blob| (blob.clone(), BlobFate::Sent)).collect();
                let image = to.image.with_digest(facts.digest.clone());
                known(Reply::Pushed(Pushed { image, unchanged: false, blobs }))
            }
            None => Prediction::Foresee,
        },
        Call::RebuildImage { .. } => Prediction::Foresee,
        Call::WatchRollout { target, service, .. } => Prediction::Assumed(Box::new(watched(service, target))),
        Call::Pause { .. } | Call::WaitUntil { .. } => Prediction::Assumed(Box::new(Reply::Nothing)),
        Call::Approve { .. } => {
            let by = "whoever approves".to_owned();
            Prediction::Assumed(Box::new(Reply::Approval(Approval { by, at_millis: 0 })))
        }
        // a plan is nobody's release yet
        Call::Hold { .. } => known(Reply::Nothing),
        Call::Now
        | Call::Environment { .. }
        | Call::ScanFiles { .. }
        | Call::ReadText { .. }
        | Call::Identify { .. }
        | Call::DescribeServices { .. }
        | Call::DescribeTaskDefinition { .. }
        | Call::ListTasks { .. }
        | Call::DescribeTasks { .. }
        | Call::DescribeRepository { .. }
        | Call::DescribeImages { .. }
        | Call::ReadImage { .. } => match planned.answer(call) {
            Some(reply) => known(reply),
            None => Prediction::Read,
        },
    }
}

/// The revision's number is AWS's to choose: a symbol stands for it.
fn registered(session: &str, document: &Value, planned: &Overlay) -> Reply {
    let family = text(document, "family");
    let symbol = planned.next_revision(family);
    let (account, region) = planned.place(session);
    let mut definition = document.as_object().cloned().unwrap_or_default();
    let tags = definition.shift_remove("tags").unwrap_or_else(|| json!([]));
    let arn = format!("arn:aws:ecs:{region}:{account}:task-definition/{family}:{symbol}");
    definition.insert("taskDefinitionArn".into(), json!(arn));
    definition.insert("status".into(), json!("ACTIVE"));
    Reply::Document(json!({ "taskDefinition": definition, "tags": tags }))
}

/// The service as it was last seen, with what is planned in it; the new deployment's id is a symbol.
fn updated(session: &str, document: &Value, planned: &Overlay) -> Prediction {
    let (cluster, service) = (text(document, "cluster"), text(document, "service"));
    let Some(seen) = planned.service(session, cluster, service) else {
        return Prediction::Needs(Box::new(Call::DescribeServices {
            session: session.to_owned(),
            cluster: cluster.to_owned(),
            services: vec![service.to_owned()],
        }));
    };
    let mut service = seen.as_object().cloned().unwrap_or_default();
    for (member, value) in document.as_object().into_iter().flatten() {
        if !matches!(member.as_str(), "cluster" | "service" | "forceNewDeployment") {
            service.insert(member.clone(), value.clone());
        }
    }
    if starts_a_deployment(document) {
        let deployment = deployment(&service, &planned.next_deployment());
        let mut deployments = vec![deployment];
        for mut old in service.get("deployments").and_then(Value::as_array).cloned().unwrap_or_default() {
            old["status"] = json!("ACTIVE");
            deployments.push(old);
        }
        service.insert("deployments".into(), Value::Array(deployments));
    }
    known(Reply::Document(json!({ "service": service })))
}

/// Not every update does.
fn starts_a_deployment(document: &Value) -> bool {
    let members = ["taskDefinition", "networkConfiguration", "capacityProviderStrategy", "platformVersion"];
    document.get("forceNewDeployment") == Some(&json!(true)) || members.iter().any(|one| document.get(one).is_some())
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

fn created(session: &str, document: &Value, planned: &Overlay) -> Reply {
    let name = text(document, "repositoryName");
    let (account, region) = planned.place(session);
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    Reply::Document(json!({
        "repositoryName": name,
        "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
        "repositoryUri": format!("{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{name}"),
        "registryId": account,
        "imageTagMutability": document.get("imageTagMutability").cloned().unwrap_or_else(|| json!("MUTABLE")),
    }))
}

fn watched(service: &str, target: &Target) -> Reply {
    let snapshot = Snapshot {
        service: service.to_owned(),
        task_definition: short_name(&target.task_definition).to_owned(),
        new: Counts::default(),
        old: Counts::default(),
        event: None,
    };
    let verdict = Verdict::Done { reached: target.until };
    Reply::Rollout(RolloutEnd { verdict, snapshot, findings: Vec::new(), millis: 0 })
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}
