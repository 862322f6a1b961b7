//! Every way in which a task can stand, and where its containers log.

use super::{Counted, LogPlace, Standing, counted, findings, standing};
use crate::domain::task_definition::TaskDefinition;
use serde_json::{Value, json};

/// Stop code, exit codes, who decides, and what that comes to.
type Row<'a> = (&'a str, &'a [(&'a str, Option<i64>)], &'a [Counted], Standing);

fn definition() -> TaskDefinition {
    let options =
        json!({ "awslogs-group": "/ecs/web", "awslogs-stream-prefix": "jobs", "awslogs-region": "eu-west-1" });
    TaskDefinition::from_value(json!({ "family": "web", "containerDefinitions": [
        { "name": "app", "image": "app", "logConfiguration": { "logDriver": "awslogs", "options": options } },
        { "name": "proxy", "image": "proxy", "essential": true },
        { "name": "init", "image": "init", "essential": false },
    ]}))
    .expect("a definition")
}

fn stopped(code: &str, exits: &[(&str, Option<i64>)]) -> Value {
    let containers = exits.iter().map(|(name, code)| json!({ "name": name, "exitCode": code }));
    json!({ "taskArn": "arn:aws:ecs:eu-west-1:1:task/prod/0f", "lastStatus": "STOPPED", "stopCode": code,
        "stoppedReason": "because", "containers": containers.collect::<Vec<_>>() })
}

#[test]
fn a_task_succeeds_only_by_the_codes_of_those_that_decide() {
    let all = counted(&definition(), &[]);
    let app = counted(&definition(), &["app".to_owned()]);
    let exited = "EssentialContainerExited";
    let failed = |why: &str| Standing::Failed(why.to_owned());
    let rows: [Row<'_>; 9] = [
        (exited, &[("app", Some(0)), ("proxy", Some(0))], &all, Standing::Succeeded),
        (exited, &[("app", Some(0)), ("proxy", Some(0)), ("init", Some(9))], &all, Standing::Succeeded),
        (exited, &[("app", Some(0)), ("proxy", Some(143))], &all, failed("container `proxy` exited with 143")),
        (exited, &[("app", Some(0)), ("proxy", Some(143))], &app, Standing::Succeeded),
        (exited, &[("app", Some(3)), ("proxy", Some(0))], &app, failed("container `app` exited with 3")),
        (exited, &[("app", None), ("proxy", Some(0))], &all, failed("container `app` has no exit code")),
        (exited, &[("proxy", Some(0))], &all, failed("container `app` has no exit code")),
        ("UserInitiated", &[("app", Some(0)), ("proxy", Some(0))], &all, failed("it was stopped (because)")),
        (
            "SpotInterruption",
            &[("app", Some(0)), ("proxy", Some(0))],
            &all,
            failed("it was stopped by AWS (SpotInterruption: because)"),
        ),
    ];
    for (code, exits, counted, expected) in rows {
        assert_eq!(standing(&stopped(code, exits), counted), expected, "{code} {exits:?}");
    }
    assert_eq!(standing(&stopped("TaskFailedToStart", &[]), &all), failed("it did not start"));
    for status in ["PROVISIONING", "RUNNING", "DEPROVISIONING", ""] {
        let task = json!({ "lastStatus": status, "containers": [{ "name": "app", "exitCode": 0 }] });
        assert_eq!(standing(&task, &all), Standing::Runs(status.to_owned()));
    }
}

#[test]
fn a_stream_is_named_by_prefix_container_and_task_or_by_the_runtime() {
    let all = counted(&definition(), &[]);
    let told: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.decides, one.log.is_some())).collect();
    assert_eq!(told, [("app", true, true), ("proxy", true, false), ("init", false, false)]);
    let place = all[0].log.clone().expect("it logs");
    assert_eq!(place.region.as_deref(), Some("eu-west-1"));
    let task = stopped("", &[]);
    assert_eq!(place.stream("app", &task).as_deref(), Some("jobs/app/0f"));
    let unprefixed = LogPlace { prefix: None, ..place };
    assert_eq!(unprefixed.stream("app", &task), None);
    let with_runtime = json!({ "containers": [{ "name": "app", "runtimeId": "abc" }] });
    assert_eq!(unprefixed.stream("app", &with_runtime).as_deref(), Some("abc"));
}

#[test]
fn the_container_to_blame_is_told_with_its_last_lines() {
    let task = stopped("EssentialContainerExited", &[("app", Some(3)), ("proxy", Some(143))]);
    let logs = json!({ "app": ["migrating", "the table is locked"], "proxy": ["bye"] });
    let lines: Vec<String> = findings(&task, &logs).iter().flat_map(super::Finding::lines).collect();
    let expected =
        ["task 0f: container `app` exited with 3: because", "app logged: migrating", "app logged: the table is locked"];
    assert_eq!(lines, expected);
}
