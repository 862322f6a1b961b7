//! `GetTaskProtection`: which tasks of services the scheduler does not stop yet.

use serde_json::{Value, json};

use super::list_tasks::arn;
use super::realm::{Context, Realm, last_part, texts};
use crate::rehearsal::aws_error::AwsError;

/// Tasks a call may name.
const LARGEST: usize = 100;

/// Answers `GetTaskProtection`, for the tasks that are named, or all of the cluster's services.
///
/// # Errors
/// `InvalidParameterException` for more tasks than it takes.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let named = texts(body, "tasks");
    if named.len() > LARGEST {
        return Err(AwsError::parameter(format!("tasks can have at most {LARGEST} items.")));
    }
    let tasks = || cluster.services.values().flat_map(|hosted| hosted.service.tasks.values());
    let mut shown = Vec::new();
    let mut failures = Vec::new();
    let wanted: Vec<&str> = if named.is_empty() {
        tasks().map(|task| task.id.as_str()).collect()
    } else {
        named.into_iter().map(last_part).collect()
    };
    for id in wanted {
        let Some(task) = tasks().find(|task| task.id == id) else {
            failures.push(json!({ "arn": arn(realm, cluster, id), "reason": "TASK_NOT_VALID" }));
            continue;
        };
        let until = task.protected.filter(|until| *until > context.now);
        let mut one = json!({ "taskArn": arn(realm, cluster, id), "protectionEnabled": until.is_some() });
        if let (Some(until), Some(members)) = (until, one.as_object_mut()) {
            members.insert("expirationDate".to_owned(), until.epoch_seconds());
        }
        shown.push(one);
    }
    Ok(json!({ "protectedTasks": shown, "failures": failures }))
}
