//! `ListTasks`: by desired status, so that a draining task is only seen by who asks for STOPPED.

use serde_json::Value;

use super::page::page;
use super::realm::{Cluster, Context, Realm, last_part, text};
use super::scheduler::Task;
use super::update_service::service_not_found;
use crate::rehearsal::aws_error::AwsError;

/// Answers `ListTasks`, a hundred a page at most, in the order in which the tasks were started.
pub fn call(realm: &Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster(body)?;
    let service = last_part(text(body, "serviceName"));
    if !service.is_empty() && !cluster.services.contains_key(service) {
        return Err(service_not_found());
    }
    let status = match text(body, "desiredStatus") {
        "" | "RUNNING" => Some(false),
        "STOPPED" => Some(true),
        // ECS accepts it and never answers any: no task is desired to be pending
        "PENDING" => None,
        other => {
            return Err(AwsError::parameter(format!("Invalid desiredStatus: {other}.")));
        }
    };
    let family = text(body, "family");
    let started_by = text(body, "startedBy");
    let filtered = ["serviceName", "family", "desiredStatus", "launchType", "containerInstance"];
    if !started_by.is_empty() && filtered.iter().any(|other| !text(body, other).is_empty()) {
        // worded after the reference, which says so; the text of AWS's own error is not known
        return Err(AwsError::parameter("startedBy must be the only filter."));
    }
    let mut arns = Vec::new();
    for (name, hosted) in &cluster.services {
        if !service.is_empty() && service != name {
            continue;
        }
        let mut tasks: Vec<&Task> = hosted
            .service
            .tasks
            .values()
            .filter(|task| status == Some(task.stopping))
            .filter(|task| family.is_empty() || is_of_family(task, family))
            .filter(|task| started_by.is_empty() || task.deployment == started_by)
            .collect();
        tasks.sort_by_key(|task| task.number);
        arns.extend(tasks.iter().map(|task| arn(realm, cluster, &task.id)));
    }
    if service.is_empty() {
        let runs = cluster.runs.shown(context.now).into_iter().filter(|run| {
            status == Some(run.task.stopping)
                && (family.is_empty() || run.family() == family)
                && (started_by.is_empty() || run.order.started_by == started_by)
        });
        arns.extend(runs.map(|run| arn(realm, cluster, &run.task.id)));
    }
    page(body, "taskArns", &arns, 100)
}

/// ARN of a task.
pub fn arn(realm: &Realm, cluster: &Cluster, id: &str) -> String {
    realm.arn(&format!("task/{}/{id}", cluster.name))
}

fn is_of_family(task: &Task, family: &str) -> bool {
    let name = last_part(&task.revision.arn);
    name.split_once(':').map_or(name, |(family, _)| family) == family
}
