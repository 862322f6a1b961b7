//! Looking for writes of ECS.

use super::{Found, Look, text};
use crate::domain::equivalence::same_resource;
use crate::domain::service_definition::{is_met, starts_a_deployment};
use crate::domain::task_definition::{TaskDefinition, same};
use crate::effects::call::EcsCall;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Reply;
use serde_json::{Value, json};

/// AWS's clock and ours may differ by so much.
const SKEW_MILLIS: i64 = 10 * 60 * 1000;
/// So many newer revisions of a family are looked through.
const REVISIONS: u64 = 20;

/// Whether `call` happened.
pub async fn reconcile(call: &EcsCall, look: Look<'_>) -> Result<Found, Fault> {
    match call {
        EcsCall::RegisterTaskDefinition { session, document } => registered(session, document, look).await,
        EcsCall::CreateService { session, document, .. } => created(session, document, look).await,
        EcsCall::UpdateService { session, document, before } => {
            updated(session, document, before.as_deref(), look).await
        }
        EcsCall::StopServiceDeployment { session, deployment, .. } => stopped(session, deployment, look).await,
        EcsCall::ContinueServiceDeployment { session, deployment, hook, action } => {
            answered(session, deployment, hook, action, look).await
        }
        EcsCall::DescribeServices { .. }
        | EcsCall::DescribeTaskDefinition { .. }
        | EcsCall::ListTasks { .. }
        | EcsCall::DescribeTasks { .. }
        | EcsCall::ListServiceDeployments { .. }
        | EcsCall::DescribeServiceDeployments { .. }
        | EcsCall::DescribeServiceRevisions { .. }
        | EcsCall::WatchCount { .. }
        | EcsCall::WatchRollout { .. } => Ok(Found::NotHappened),
    }
}

/// `RegisterTaskDefinition` has no token. A revision of the family that is newer than the start and equal in content is
/// ours: had somebody else registered it, it would be what we wanted all the same.
async fn registered(session: &str, document: &Value, look: Look<'_>) -> Result<Found, Fault> {
    let Ok(wanted) = TaskDefinition::from_value(document.clone()) else { return Ok(Found::NotHappened) };
    let mut name = wanted.family().to_owned();
    for _ in 0..REVISIONS {
        let call = EcsCall::DescribeTaskDefinition { session: session.to_owned(), task_definition: name };
        let answer = match look.at(call).await {
            Ok(reply) => reply.document()?,
            // no revision, or a gap in them
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(Found::NotHappened),
            Err(fault) => return Err(fault),
        };
        let at = answer.pointer("/taskDefinition/registeredAt").and_then(millis);
        let Ok(found) = TaskDefinition::from_described(answer.clone()) else { return Ok(Found::NotHappened) };
        if at.is_some_and(|at| at < look.since - SKEW_MILLIS) {
            return Ok(Found::NotHappened);
        }
        if same(&found, &wanted) {
            return Ok(Found::Happened(Box::new(Reply::Document(answer))));
        }
        match found.revision() {
            Some(revision) if revision > 1 => name = format!("{}:{}", wanted.family(), revision - 1),
            _ => return Ok(Found::NotHappened),
        }
    }
    Ok(Found::NotHappened)
}

/// A service of that name that is there since, and runs what ours was to, is ours: one name is one service. One that was
/// there before, or runs something else, is somebody else's.
async fn created(session: &str, document: &Value, look: Look<'_>) -> Result<Found, Fault> {
    let (cluster, name) = (text(document, "cluster"), text(document, "serviceName"));
    let (session, services) = (session.to_owned(), vec![name.to_owned()]);
    let call = EcsCall::DescribeServices { session, cluster: cluster.to_owned(), services };
    let answer = look.at(call).await?.document()?;
    let Some(described) = answer.pointer("/services/0") else { return Ok(Found::NotHappened) };
    if text(described, "status") == "INACTIVE" {
        return Ok(Found::NotHappened);
    }
    let since = described.get("createdAt").and_then(millis).is_none_or(|at| at >= look.since - SKEW_MILLIS);
    if since && same_resource(text(document, "taskDefinition"), text(described, "taskDefinition")) {
        return Ok(Found::Happened(Box::new(Reply::Document(json!({ "service": described })))));
    }
    let message = format!("{cluster}/{name} was created by someone else meanwhile");
    Err(Fault::new(FaultKind::Moved, "Moved", message)
        .hint("see what runs there now; to deploy to it, start the release again from its beginning"))
}

/// The PRIMARY deployment tells: the one from before means that nothing happened, a new one on our definition is ours
/// (this also sees a forced deployment), any other is somebody else's.
async fn updated(session: &str, document: &Value, before: Option<&str>, look: Look<'_>) -> Result<Found, Fault> {
    let (cluster, service) = (text(document, "cluster"), text(document, "service"));
    let call = EcsCall::DescribeServices {
        session: session.to_owned(),
        cluster: cluster.to_owned(),
        services: vec![service.to_owned()],
    };
    let answer = look.at(call).await?.document()?;
    let Some(described) = answer.pointer("/services/0") else { return Ok(Found::NotHappened) };
    let deployments = described.get("deployments").and_then(Value::as_array);
    let primary = deployments.and_then(|all| all.iter().find(|one| text(one, "status") == "PRIMARY"));
    let wanted = document.get("taskDefinition").and_then(Value::as_str);
    let happened = || Ok(Found::Happened(Box::new(Reply::Document(json!({ "service": described })))));
    let Some(primary) = primary else { return Ok(Found::NotHappened) };
    let (theirs, id) = (text(primary, "taskDefinition"), text(primary, "id"));
    if Some(id) == before {
        // only what begins a deployment shows in its id; what begins none can be asked for again without harm
        let quiet = !starts_a_deployment(document, described) && is_met(document, described);
        return if quiet { happened() } else { Ok(Found::NotHappened) };
    }
    match wanted {
        Some(wanted) if same_resource(wanted, theirs) => happened(),
        Some(_) => {
            let theirs = theirs.rsplit('/').next().unwrap_or(theirs);
            let message = format!("{cluster}/{service} was changed by someone else: deployment {id} runs {theirs}");
            Err(Fault::new(FaultKind::Moved, "Moved", message)
                .hint("see what runs there now; when it is to be replaced, start the release again from its beginning"))
        }
        // an update that begins no deployment leaves everybody's alone
        None if is_met(document, described) => happened(),
        None => Ok(Found::NotHappened),
    }
}

/// A deployment that still goes forward was not stopped; and stopping one again that is being stopped does no harm.
async fn stopped(session: &str, deployment: &str, look: Look<'_>) -> Result<Found, Fault> {
    let mut parts = deployment.rsplit('/').skip(1);
    let (Some(service), Some(cluster)) = (parts.next(), parts.next()) else { return Ok(Found::NotHappened) };
    let call = EcsCall::ListServiceDeployments {
        session: session.to_owned(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
    };
    let answer = look.at(call).await?.document()?;
    let listed = answer.get("serviceDeployments").and_then(Value::as_array);
    let it = listed.and_then(|all| all.iter().find(|one| text(one, "serviceDeploymentArn") == deployment));
    Ok(match it.map(|it| text(it, "status")) {
        None | Some("PENDING" | "IN_PROGRESS") => Found::NotHappened,
        Some(_) => Found::Happened(Box::new(Reply::Document(json!({ "serviceDeploymentArn": deployment })))),
    })
}

/// A hook that waits still was not answered, and one that has ended as our answer ends it was. One that ended otherwise
/// (its time was over, somebody answered it in the console) was not answered by us: ECS refuses a second answer.
async fn answered(session: &str, deployment: &str, hook: &str, action: &str, look: Look<'_>) -> Result<Found, Fault> {
    let (session, deployments) = (session.to_owned(), vec![deployment.to_owned()]);
    let answer = look.at(EcsCall::DescribeServiceDeployments { session, deployments }).await?.document()?;
    let listed = answer.get("serviceDeployments").and_then(Value::as_array);
    let record = listed.and_then(|all| all.first()).unwrap_or(&Value::Null);
    let hooks = record.get("lifecycleHookDetails").and_then(Value::as_array);
    let it = hooks.and_then(|all| all.iter().find(|one| text(one, "hookId") == hook));
    let rolls_back = || text(record, "status").starts_with("ROLLBACK_");
    let ended = match it.map(|it| text(it, "status")) {
        Some("SUCCEEDED") => action == "CONTINUE",
        Some("FAILED") => action == "ROLLBACK",
        // ECS shows no more than the hooks of the stage that it is at
        None => !listed.is_none_or(Vec::is_empty) && (action == "CONTINUE" || rolls_back()),
        Some(_) => false,
    };
    let reply = || Box::new(Reply::Document(json!({ "serviceDeploymentArn": deployment })));
    Ok(if ended { Found::Happened(reply()) } else { Found::NotHappened })
}

/// AWS's instants: seconds since 1970 with a fraction.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for 200 million years")]
fn millis(seconds: &Value) -> Option<i64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0) as i64)
}
