//! `StopTask`: of a service, which starts another, or a one-off.

use serde_json::{Value, json};

use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::describe_tasks;
use crate::rehearsal::ecs::realm::{Context, Realm, last_part, text};

/// Answers `StopTask`.
///
/// # Errors
/// `InvalidParameterException` for a task that is not there.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let id = last_part(text(body, "task")).to_owned();
    let reason = match text(body, "reason") {
        "" => "Task stopped by user",
        reason => reason,
    };
    let cluster = realm.cluster_mut(body)?;
    let missing = || AwsError::parameter("The referenced task was not found.");
    if let Some(run) = cluster.runs.tasks.get_mut(&id).filter(|run| run.is_shown(context.now)) {
        run.stop(reason, context.now);
    } else {
        let mut services = cluster.services.values_mut();
        let hosted = services.find(|hosted| hosted.service.tasks.contains_key(&id)).ok_or_else(missing)?;
        hosted.service.stop_by_user(&id, reason, context.now);
    }
    let cluster = realm.cluster(body)?;
    let task = describe_tasks::find(realm, cluster, &id, true, context.now).ok_or_else(missing)?;
    Ok(json!({ "task": task }))
}
