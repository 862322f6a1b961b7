//! Did a write that is in doubt happen? Look before doing: an exhaustive match, so that no call comes without an answer.

use super::call::Call;
use super::event::Events;
use super::fault::{Fault, FaultKind};
use super::reply::Reply;
use super::world::World;
use crate::domain::equivalence::same_resource;
use crate::domain::task_definition::{TaskDefinition, same};
use serde_json::{Value, json};

/// What a look says of a write in doubt.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It happened, and this is what it would have answered.
    Happened(Box<Reply>),
    /// It did not: it is to be made (again). Also for what can be made twice without harm.
    NotHappened,
}

/// AWS's clock and ours may differ by so much.
const SKEW_MILLIS: i64 = 10 * 60 * 1000;
/// So many newer revisions of a family are looked through.
const REVISIONS: u64 = 20;

/// Looks whether `call`, started at `since` (milliseconds since 1970), happened.
///
/// # Errors
/// The look's own faults; `Moved` when someone else has changed what the write was about, so that neither answer is
/// safe.
pub async fn reconcile(call: &Call, since: i64, world: &dyn World, events: &Events) -> Result<Found, Fault> {
    match call {
        Call::RegisterTaskDefinition { session, document } => registered(session, document, since, world, events).await,
        Call::UpdateService { session, document, before } => {
            updated(session, document, before.as_deref(), world, events).await
        }
        Call::CreateRepository { session, document } => {
            let name = text(document, "repositoryName").to_owned();
            match world.perform(&Call::DescribeRepository { session: session.clone(), name }, events).await {
                Ok(reply) => Ok(Found::Happened(Box::new(reply))),
                Err(fault) if fault.kind == FaultKind::Missing => Ok(Found::NotHappened),
                Err(fault) => Err(fault),
            }
        }
        // images are content-addressed: what is there already is not sent again, and the same digest comes out
        Call::CopyImage { .. } | Call::RebuildImage { .. } => Ok(Found::NotHappened),
        // reads change nothing
        Call::Now
        | Call::Pause { .. }
        | Call::WaitUntil { .. }
        | Call::Approve { .. }
        | Call::Environment { .. }
        | Call::ScanFiles { .. }
        | Call::ReadText { .. }
        | Call::Hold { .. }
        | Call::Identify { .. }
        | Call::DescribeServices { .. }
        | Call::DescribeTaskDefinition { .. }
        | Call::ListTasks { .. }
        | Call::DescribeTasks { .. }
        | Call::WatchRollout { .. }
        | Call::DescribeRepository { .. }
        | Call::DescribeImages { .. }
        | Call::ReadImage { .. } => Ok(Found::NotHappened),
    }
}

/// `RegisterTaskDefinition` has no token. A revision of the family that is newer than the start and equal in content is
/// ours: had somebody else registered it, it would be what we wanted all the same.
async fn registered(
    session: &str,
    document: &Value,
    since: i64,
    world: &dyn World,
    events: &Events,
) -> Result<Found, Fault> {
    let Ok(wanted) = TaskDefinition::from_value(document.clone()) else { return Ok(Found::NotHappened) };
    let mut name = wanted.family().to_owned();
    for _ in 0..REVISIONS {
        let call = Call::DescribeTaskDefinition { session: session.to_owned(), task_definition: name };
        let answer = match world.perform(&call, events).await {
            Ok(reply) => reply.document()?,
            // no revision, or a gap in them
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(Found::NotHappened),
            Err(fault) => return Err(fault),
        };
        let at = answer.pointer("/taskDefinition/registeredAt").and_then(millis);
        let Ok(found) = TaskDefinition::from_described(answer.clone()) else { return Ok(Found::NotHappened) };
        if at.is_some_and(|at| at < since - SKEW_MILLIS) {
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

/// The PRIMARY deployment tells: the one from before means that nothing happened, a new one on our definition is ours
/// (this also sees a forced deployment), any other is somebody else's.
async fn updated(
    session: &str,
    document: &Value,
    before: Option<&str>,
    world: &dyn World,
    events: &Events,
) -> Result<Found, Fault> {
    let (cluster, service) = (text(document, "cluster"), text(document, "service"));
    let call = Call::DescribeServices {
        session: session.to_owned(),
        cluster: cluster.to_owned(),
        services: vec![service.to_owned()],
    };
    let answer = world.perform(&call, events).await?.document()?;
    let Some(described) = answer.pointer("/services/0") else { return Ok(Found::NotHappened) };
    let deployments = described.get("deployments").and_then(Value::as_array);
    let primary = deployments.and_then(|all| all.iter().find(|one| text(one, "status") == "PRIMARY"));
    let wanted = document.get("taskDefinition").and_then(Value::as_str);
    let happened = || Ok(Found::Happened(Box::new(Reply::Document(json!({ "service": described })))));
    let count_is_ours = document.get("desiredCount").is_none_or(|count| described.get("desiredCount") == Some(count));
    match (primary, wanted) {
        (Some(primary), _) if Some(text(primary, "id")) == before => {
            // only what starts a deployment shows in it; the number of tasks does not
            let starts_none = wanted.is_none_or(|wanted| same_resource(wanted, text(primary, "taskDefinition")))
                && document.get("forceNewDeployment") != Some(&json!(true));
            if starts_none && count_is_ours { happened() } else { Ok(Found::NotHappened) }
        }
        (Some(primary), Some(wanted)) if !same_resource(wanted, text(primary, "taskDefinition")) => {
            let (theirs, id) = (text(primary, "taskDefinition"), text(primary, "id"));
            let theirs = theirs.rsplit('/').next().unwrap_or(theirs);
            let message = format!("{cluster}/{service} was changed by someone else: deployment {id} runs {theirs}");
            Err(Fault::new(FaultKind::Moved, "Moved", message)
                .hint("see what runs there now; when it is to be replaced, start the release again from its beginning"))
        }
        (Some(_), Some(_)) => happened(),
        (_, None) if count_is_ours => happened(),
        (_, None) | (None, Some(_)) => Ok(Found::NotHappened),
    }
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// AWS's instants: seconds since 1970 with a fraction.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for 200 million years")]
fn millis(seconds: &Value) -> Option<i64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0) as i64)
}
