//! A service deployment as ECS shows it, and as the simulation knows it.

use serde_json::{Map, Value, json};

use super::names::{deployment_arn, revision_arn};
use crate::rehearsal::ecs::realm::{Cluster, Hosted};
use crate::rehearsal::ecs::scheduler::{Cause, Counted, HookRun, ServiceDeployment, Stage, Status};

/// The document of a service deployment.
pub fn deployment(cluster: &Cluster, hosted: &Hosted, one: &ServiceDeployment) -> Value {
    let service = &hosted.service;
    let (target, sources) = one.counted.clone().unwrap_or_else(|| {
        (service.count(&one.target), one.sources.iter().map(|source| service.count(source)).collect())
    });
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("serviceDeploymentArn", json!(deployment_arn(hosted, &one.id)));
    set("serviceArn", json!(service.arn));
    set("clusterArn", json!(cluster.arn));
    for (name, at) in [
        ("createdAt", Some(one.created)),
        ("startedAt", one.started),
        ("finishedAt", one.finished),
        ("stoppedAt", one.stopped),
        ("updatedAt", Some(one.updated)),
    ] {
        if let Some(at) = at {
            set(name, at.epoch_seconds());
        }
    }
    let rest = one.weights.map(|(test, production)| (100.0 - test, 100.0 - production));
    let before = sources.iter().map(|source| weighed(summary(hosted, source), rest));
    set("sourceServiceRevisions", before.collect());
    set("targetServiceRevision", weighed(summary(hosted, &target), one.weights));
    set("status", json!(one.status.name()));
    if !one.reason.is_empty() {
        set("statusReason", json!(one.reason));
    }
    if let Some(configuration) = hosted.configurations.get(&one.id) {
        set("deploymentConfiguration", json!(configuration));
    }
    if let Some(back) = &one.rollback {
        set(
            "rollback",
            json!({
                "reason": back.reason,
                "startedAt": back.started.epoch_seconds(),
                "serviceRevisionArn": revision_arn(hosted, &back.service_revision),
            }),
        );
    }
    let breaker = monitor(one, one.breaker, one.cause == Some(Cause::CircuitBreaker));
    set(
        "deploymentCircuitBreaker",
        json!({ "status": breaker, "failureCount": one.failures, "threshold": one.threshold }),
    );
    let alarms = monitor(one, one.alarms.is_some(), one.cause == Some(Cause::Alarm));
    let names = one.alarms.as_ref().map(|alarms| alarms.names.clone()).unwrap_or_default();
    set("alarms", json!({ "status": alarms, "alarmNames": names, "triggeredAlarmNames": one.triggered }));
    if let Some(stage) = one.stage {
        set("lifecycleStage", json!(stage.name()));
    }
    if !one.hooks.is_empty() {
        set("lifecycleHookDetails", one.hooks.iter().map(hook).collect());
    }
    Value::Object(members)
}

/// A summary with the traffic that its revision is to have, where the strategy shifts traffic.
fn weighed(mut summary: Value, weights: Option<(f64, f64)>) -> Value {
    if let (Some(members), Some((test, production))) = (summary.as_object_mut(), weights) {
        members.insert("requestedTestTrafficWeight".to_owned(), json!(test));
        members.insert("requestedProductionTrafficWeight".to_owned(), json!(production));
    }
    summary
}

fn hook(run: &HookRun) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("hookId", json!(run.id));
    set("targetType", json!(if run.function.is_some() { "AWS_LAMBDA" } else { "PAUSE" }));
    if let Some(function) = &run.function {
        set("targetArn", json!(function));
    }
    set("status", json!(run.status.name()));
    set("expiresAt", run.expires.epoch_seconds());
    set("timeoutAction", json!(run.on_timeout.name()));
    Value::Object(members)
}

/// `ServiceDeploymentRollbackMonitorsStatus`
fn monitor(one: &ServiceDeployment, enabled: bool, triggered: bool) -> &'static str {
    if triggered {
        "TRIGGERED"
    } else if !enabled {
        "DISABLED"
    } else if one.status.is_over() {
        "MONITORING_COMPLETE"
    } else {
        "MONITORING"
    }
}

fn summary(hosted: &Hosted, counted: &Counted) -> Value {
    json!({
        "arn": revision_arn(hosted, &counted.service_revision),
        "requestedTaskCount": counted.requested,
        "runningTaskCount": counted.running,
        "pendingTaskCount": counted.pending,
    })
}

/// `currentServiceRevisions` of a service.
pub fn current_revisions(hosted: &Hosted) -> Value {
    let numbers = hosted.service.service_revisions();
    numbers.iter().map(|number| summary(hosted, &hosted.service.count(number))).collect()
}

/// What became of every service deployment since the world began, whatever is shown of it: the truth that verdicts
/// are compared with. `outcome` is `under way`, `succeeded`, `stopped`, `rolled back` or `rollback failed`; `cause` says
/// why it did not go forward; `served` whether all of its tasks had all of the traffic for a moment; `drained` whether no task of any other deployment is left.
pub fn record(hosted: &Hosted) -> Value {
    let service = &hosted.service;
    let show = |one: &ServiceDeployment| {
        let definition = service.revisions.iter().find(|known| known.number == one.target);
        let left = service.tasks.values().any(|task| task.deployment != one.deployment && task.stage != Stage::Stopped);
        let outcome = match one.status {
            Status::Successful => "succeeded",
            Status::Stopped => "stopped",
            Status::RollbackSuccessful => "rolled back",
            Status::RollbackFailed => "rollback failed",
            Status::Pending
            | Status::InProgress
            | Status::StopRequested
            | Status::RollbackRequested
            | Status::RollbackInProgress => "under way",
        };
        json!({
            "deployment": one.deployment,
            "serviceDeploymentArn": deployment_arn(hosted, &one.id),
            "taskDefinition": definition.map(|known| known.revision.arn.clone()),
            "status": one.status.name(),
            "outcome": outcome,
            "served": one.served,
            "cause": one.cause.map(Cause::name),
            "failedTasks": one.failures,
            "drained": !left && service.primary().is_some_and(|primary| primary.id == one.deployment),
        })
    };
    service.history.iter().map(show).collect()
}
