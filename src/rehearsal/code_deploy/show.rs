//! Groups, deployments and targets as `CodeDeploy` shows them.

use serde_json::{Map, Value, json};

use crate::rehearsal::ecs::{CodeDeployStatus, CodeDeployment, Hosted, LifecycleEvent, RevisionOf, RollbackOn};
use crate::rehearsal::moment::Moment;

/// `deploymentGroupInfo`
pub fn group(hosted: &Hosted) -> Value {
    let service = &hosted.service;
    let Some(kept) = &service.code_deploy else { return Value::Null };
    let group = &kept.group;
    let ready = match group.ready_wait {
        None => json!({ "actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0 }),
        Some(wait) => json!({ "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": wait.as_secs() / 60 }),
    };
    json!({
        "applicationName": group.application,
        "deploymentGroupName": group.name,
        "deploymentConfigName": group.configuration,
        "computePlatform": "ECS",
        "deploymentStyle": STYLE,
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": ready,
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": group.termination_wait.as_secs() / 60,
            },
        },
        "autoRollbackConfiguration": rollback(&group.rollback_on),
        "alarmConfiguration": {
            "enabled": !group.alarms.is_empty(),
            "ignorePollAlarmFailure": false,
            "alarms": group.alarms.iter().map(|name| json!({ "name": name })).collect::<Vec<Value>>(),
        },
        "lastAttemptedDeployment": kept.deployments.last().map(|last| {
            json!({
                "deploymentId": last.id,
                "status": last.status.name(),
                "createTime": last.created.epoch_seconds(),
            })
        }),
        "ecsServices": [{ "clusterName": service.place.cluster, "serviceName": service.place.service }],
    })
}

const STYLE: Style = Style { option: "WITH_TRAFFIC_CONTROL", kind: "BLUE_GREEN" };

/// `deploymentStyle`
#[derive(serde::Serialize)]
struct Style {
    #[serde(rename = "deploymentOption")]
    option: &'static str,
    #[serde(rename = "deploymentType")]
    kind: &'static str,
}

fn rollback(events: &[RollbackOn]) -> Value {
    let names: Vec<&str> = events.iter().map(|event| event.name()).collect();
    json!({ "enabled": !events.is_empty(), "events": names })
}

/// `deploymentInfo`
pub fn deployment(hosted: &Hosted, one: &CodeDeployment) -> Value {
    let Some(kept) = &hosted.service.code_deploy else { return Value::Null };
    let mut info = json!({
        "applicationName": kept.group.application,
        "deploymentGroupName": kept.group.name,
        "deploymentConfigName": one.configuration,
        "deploymentId": one.id,
        "revision": revision(&one.revision),
        "status": one.status.name(),
        "createTime": one.created.epoch_seconds(),
        "deploymentOverview": overview(one),
        "creator": if one.takes_back.is_some() { "codeDeployRollback" } else { "user" },
        "ignoreApplicationStopFailures": false,
        "updateOutdatedInstancesOnly": false,
        "autoRollbackConfiguration": rollback(&one.rolls_back_on),
        "deploymentStyle": STYLE,
        "instanceTerminationWaitTimeStarted": one.waits_for_termination,
        "computePlatform": "ECS",
    });
    if let Some(members) = info.as_object_mut() {
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if !one.description.is_empty() {
            put("description", json!(one.description));
        }
        if let Some((code, message)) = &one.error {
            put("errorInformation", json!({ "code": code, "message": message }));
        }
        if let Some(started) = one.started {
            put("startTime", started.epoch_seconds());
        }
        if let Some(completed) = one.completed {
            put("completeTime", completed.epoch_seconds());
        }
        if let Some((id, message)) = &one.taken_back_by {
            put("rollbackInfo", json!({ "rollbackDeploymentId": id, "rollbackMessage": message }));
        }
        if let Some(id) = &one.takes_back {
            put("rollbackInfo", json!({ "rollbackTriggeringDeploymentId": id }));
        }
    }
    info
}

fn revision(of: &RevisionOf) -> Value {
    json!({
        "revisionType": "AppSpecContent",
        "appSpecContent": { "content": of.content, "sha256": of.sha256 },
    })
}

fn overview(one: &CodeDeployment) -> Value {
    let now = target_status(one);
    let names = ["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"];
    let counts: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!(u8::from(*name == now)))).collect();
    counts.into()
}

fn target_status(one: &CodeDeployment) -> &'static str {
    match one.status {
        CodeDeployStatus::Created => "Pending",
        CodeDeployStatus::InProgress => "InProgress",
        CodeDeployStatus::Ready => "Ready",
        CodeDeployStatus::Succeeded => "Succeeded",
        CodeDeployStatus::Failed => "Failed",
        CodeDeployStatus::Stopped => "Skipped",
    }
}

/// `CLUSTER:SERVICE`
pub fn target_id(hosted: &Hosted) -> String {
    format!("{}:{}", hosted.service.place.cluster, hosted.service.place.service)
}

/// `deploymentTarget`
pub fn target(hosted: &Hosted, one: &CodeDeployment) -> Value {
    let events: Vec<Value> = one.events.iter().map(event).collect();
    let latest = one.events.iter().filter_map(|event| event.ended.or(event.started)).max();
    let set = |id: &String, label: &str, weight: u32| task_set(hosted, id, label, weight);
    let blue = set(&one.blue, "Blue", 100 - one.weight);
    let green = one.green.as_ref().and_then(|green| set(green, "Green", one.weight));
    let sets: Vec<Value> = blue.into_iter().chain(green).collect();
    json!({
        "deploymentTargetType": "ECSTarget",
        "ecsTarget": {
            "deploymentId": one.id,
            "targetId": target_id(hosted),
            "targetArn": hosted.service.arn,
            "lastUpdatedAt": latest.unwrap_or(one.created).epoch_seconds(),
            "lifecycleEvents": events,
            "status": target_status(one),
            "taskSetsInfo": sets,
        },
    })
}

fn event(event: &LifecycleEvent) -> Value {
    let mut shown = json!({ "lifecycleEventName": event.name, "status": event.status });
    if let Some(members) = shown.as_object_mut() {
        let mut put = |name: &str, at: Option<Moment>| {
            if let Some(at) = at {
                members.insert(name.to_owned(), at.epoch_seconds());
            }
        };
        put("startTime", event.started);
        put("endTime", event.ended);
        if !event.message.is_empty() {
            let diagnostics =
                json!({ "errorCode": "ScriptFailed", "scriptName": "", "message": event.message, "logTail": "" });
            members.insert("diagnostics".to_owned(), diagnostics);
        }
    }
    shown
}

/// A task set of a deployment, while it is there. `identifer` is how `CodeDeploy` writes it.
fn task_set(hosted: &Hosted, id: &str, label: &str, weight: u32) -> Option<Value> {
    let service = &hosted.service;
    let position = service.deployments.iter().position(|known| known.id == id)?;
    let draining = service.is_task_set_draining(id);
    let status = if position == 0 {
        "PRIMARY"
    } else if draining {
        "DRAINING"
    } else {
        "ACTIVE"
    };
    let group = service.target.as_ref().map(|target| target.arn.split('/').nth(1).unwrap_or_default().to_owned());
    Some(json!({
        "identifer": id,
        "desiredCount": if draining { 0 } else { service.desired },
        "pendingCount": service.tasks_of(id).filter(|task| task.is_pending()).count(),
        "runningCount": service.tasks_of(id).filter(|task| task.is_running()).count(),
        "status": status,
        "trafficWeight": f64::from(weight),
        "targetGroup": { "name": group.unwrap_or_default() },
        "taskSetLabel": label,
    }))
}
