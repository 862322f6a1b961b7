//! One-off tasks and their logs in moto.

use crate::stage::{self, aws};
use gantry::live::aws::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_task_is_run_found_by_who_started_it_and_stopped() {
    let (aws, wire) = aws([("default", stage::warning())]);
    stage::ecs("CreateCluster", json!({ "clusterName": "jobs" })).await;
    stage::ecs("RegisterTaskDefinition", stage::definition("job")).await;
    let document = json!({
        "cluster": "jobs",
        "taskDefinition": "job:1",
        "count": 1,
        "launchType": "FARGATE",
        "overrides": { "containerOverrides": [{ "name": "app", "command": ["bin/migrate"] }] },
        "startedBy": "gantry/20261120T000000_000Z-release/3_0_2",
    });
    let answer = aws.run_task("default", &document).await.expect("it is started");
    let task = &answer["tasks"][0];
    assert_eq!(task["overrides"]["containerOverrides"][0]["command"], json!(["bin/migrate"]));
    let sent = wire.sent("RunTask");
    let token = sent[0]["clientToken"].as_str().expect("a token").to_owned();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    let mut without = sent[0].clone();
    without.as_object_mut().expect("members").remove("clientToken");
    assert_eq!(without, document);
    aws.run_task("default", &document).await.expect("moto knows no tokens");
    assert_eq!(wire.sent("RunTask")[1]["clientToken"], json!(token), "the same for the same starter");

    let by = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let listed = aws.list_tasks_by("default", "jobs", &by("family", "job"), "RUNNING").await.expect("a list");
    assert!(listed["taskArns"].as_array().is_some_and(|arns| arns.contains(&task["taskArn"])), "{listed}");
    let started_by = document["startedBy"].as_str().expect("a text");
    aws.list_tasks_by("default", "jobs", &by("startedBy", started_by), "RUNNING").await.expect("a list");
    let expected = json!({ "cluster": "jobs", "startedBy": started_by });
    assert_eq!(wire.sent("ListTasks").pop(), Some(expected), "no other filter goes with it");

    let arn = task["taskArn"].as_str().expect("an ARN");
    let stopped = aws.stop_task("default", "jobs", arn, "enough").await.expect("it is stopped");
    assert_eq!(
        (&stopped["task"]["desiredStatus"], &stopped["task"]["stoppedReason"]),
        (&json!("STOPPED"), &json!("enough"))
    );
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_log_is_read_to_where_its_token_repeats() {
    let (aws, _) = aws([]);
    let place = json!({ "logGroupName": "/ecs/job", "logStreamName": "app/app/1" });
    let tell = async |operation: &str, document: Value| {
        aws.tell("default", Service::Logs, operation, &document, "the log").await.expect("moto takes it");
    };
    tell("CreateLogGroup", json!({ "logGroupName": "/ecs/job" })).await;
    tell("CreateLogStream", place.clone()).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_millis();
    let now = u64::try_from(now).expect("milliseconds");
    let mut put = place.clone();
    put["logEvents"] = json!([{ "timestamp": now, "message": "one" }, { "timestamp": now + 1, "message": "two" }]);
    tell("PutLogEvents", put).await;
    let get = async |more: Value| {
        let mut request = place.clone();
        request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        aws.ask("default", Service::Logs, "GetLogEvents", &request, "the log").await.expect("an answer")
    };
    let first = get(json!({ "startFromHead": true })).await;
    let messages: Vec<_> = first["events"].as_array().expect("events").iter().map(|one| &one["message"]).collect();
    assert_eq!(messages, ["one", "two"]);
    let next = get(json!({ "startFromHead": true, "nextToken": first["nextForwardToken"] })).await;
    assert_eq!(next["events"], json!([]));
    let last = get(json!({ "startFromHead": false, "limit": 1 })).await;
    assert_eq!(last["events"][0]["message"], "two");
}
