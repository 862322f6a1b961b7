//! The judge in a table of every status, and the `AppSpec` of a service.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::rollout::{Until, Verdict};

const OURS: &str = "arn:aws:ecs:eu-west-1:1:task-definition/web:8";

fn seen(status: &str, primary: u32, sets: usize, passed: bool, back: Option<&str>) -> Observed {
    let event = if passed { "Succeeded" } else { "InProgress" };
    let info = json!({
        "deploymentId": "d-1", "status": status,
        "rollbackInfo": back.map(|_| json!({ "rollbackDeploymentId": "d-2" })),
        "errorInformation": { "code": "TIMEOUT", "message": "it took too long" },
    });
    let target = json!({ "lifecycleEvents": [{ "lifecycleEventName": "AllowTraffic", "status": event }] });
    let set = |number: u32, status: &str| {
        let definition = OURS.replace(":8", &format!(":{number}"));
        json!({ "status": status, "taskDefinition": definition })
    };
    let all = [set(primary, "PRIMARY"), set(15 - primary, "ACTIVE")];
    let service = json!({ "taskSets": all[..sets] });
    Observed { way_back: back.map(str::to_owned), ..Observed::of(&info, Some(&target), &service) }
}

fn told(seen: &Observed, until: Until) -> String {
    let watched = Watched { deployment: "d-1".into(), task_definition: OURS.into(), until, ready_is_enough: false };
    match judge(seen, &watched) {
        Verdict::Done { reached } => format!("done {reached}"),
        Verdict::Running { .. } => "running".into(),
        Verdict::Failing(failure) => format!("failing {:?}", failure.undone),
        Verdict::Failed(failure) => format!("failed {:?}", failure.undone),
        Verdict::Awaiting(_) | Verdict::Superseded(_) => "never".into(),
    }
}

#[test]
fn every_status_has_its_verdict() {
    let rows = [
        ("Created", 7, 1, false, None, ["running", "running", "running"]),
        ("Queued", 7, 1, false, None, ["running", "running", "running"]),
        ("InProgress", 7, 2, false, None, ["running", "running", "running"]),
        ("InProgress", 8, 2, false, None, ["running", "running", "running"]),
        ("InProgress", 8, 2, true, None, ["done traffic", "running", "running"]),
        ("InProgress", 7, 2, true, None, ["running", "running", "running"]),
        ("Baking", 8, 2, true, None, ["done traffic", "running", "running"]),
        ("Ready", 7, 2, false, None, ["running", "running", "running"]),
        ("Succeeded", 8, 1, true, None, ["done traffic", "done deployed", "done drained"]),
        ("Succeeded", 8, 2, true, None, ["done traffic", "done deployed", "running"]),
        ("Succeeded", 7, 1, true, None, ["failed Nothing"; 3]),
        ("Failed", 7, 1, false, None, ["failed Nothing"; 3]),
        ("Failed", 7, 2, false, Some("InProgress"), ["failing UnderWay"; 3]),
        ("Failed", 7, 1, false, Some("Succeeded"), ["failed Done"; 3]),
        ("Stopped", 7, 1, false, Some("Failed"), ["failed Failed"; 3]),
        ("Stopped", 8, 2, true, None, ["failed Nothing"; 3]),
        ("SomethingNew", 8, 2, false, None, ["running", "running", "running"]),
    ];
    for (status, primary, sets, passed, back, expected) in rows {
        let seen = seen(status, primary, sets, passed, back);
        let verdicts = [Until::Traffic, Until::Deployed, Until::Drained].map(|until| told(&seen, until));
        assert_eq!(verdicts, expected, "{status}, PRIMARY web:{primary}, {sets} task sets, {back:?}");
    }
    let other = Observed { id: "d-9".into(), ..seen("Succeeded", 8, 1, true, None) };
    assert_eq!(told(&other, Until::Deployed), "failed Nothing", "another deployment's success is not ours");
}

#[test]
fn an_app_spec_is_made_from_the_service() {
    let service = json!({
        "loadBalancers": [],
        "taskSets": [{ "status": "PRIMARY", "loadBalancers": [{ "containerName": "app", "containerPort": 8080 }],
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"], "assignPublicIp": "DISABLED" } } }],
    });
    let hooks = BTreeMap::from([("AfterInstall".to_owned(), "check".to_owned())]);
    let settings = Map::from_iter([("platformVersion".to_owned(), json!("1.4.0"))]);
    let spec = app_spec(&service, OURS, &settings, &hooks).expect("an AppSpec");
    assert_eq!(
        spec,
        json!({
            "version": 0.0,
            "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": {
                "TaskDefinition": OURS,
                "LoadBalancerInfo": { "ContainerName": "app", "ContainerPort": 8080 },
                "PlatformVersion": "1.4.0",
                "NetworkConfiguration": { "AwsvpcConfiguration": { "Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED" } },
            } } }],
            "Hooks": [{ "AfterInstall": "check" }],
        })
    );
    let none = app_spec(&Value::Null, OURS, &settings, &hooks);
    assert_eq!(none, Err(AppSpecError::NoLoadBalancer));
    let wrong = BTreeMap::from([("AllowTraffic".to_owned(), "f".to_owned())]);
    assert_eq!(app_spec(&service, OURS, &settings, &wrong), Err(AppSpecError::NoHook("AllowTraffic".into())));
}
