//! One-off tasks from `RunTask` to STOPPED, what they write meanwhile, and sessions in containers.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::support::{ok, parse, refused, release_and, release_text};
use crate::rehearsal::Rehearsal;

const WORLD: &str = r#"
[[tasks]]
family = "web"
command = "bin/migrate *"
runs = "20s"
exit = 3
reason = "the table is locked"
logs = ["migrating", { after = "19s", line = "the table is locked" }, { after = "21s", line = "never" }]

[[tasks]]
family = "web"
command = "bin/serve"
runs = "forever"

[[container_logs]]
family = "web"
service = "web"
lines = ["listening"]
"#;

fn request(more: &Value) -> Value {
    let mut request = json!({
        "cluster": "prod", "taskDefinition": "web:7",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } },
    });
    request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    request
}

fn command(words: &[&str]) -> Value {
    json!({ "overrides": { "containerOverrides": [{ "name": "app", "command": words }] } })
}

async fn run(world: &Rehearsal, more: &Value) -> Vec<String> {
    let answer = ok(world, "prod", "ecs:RunTask", request(more)).await;
    assert_eq!(answer["failures"], json!([]));
    let arn = |task: &Value| task["taskArn"].as_str().expect("an ARN").to_owned();
    answer["tasks"].as_array().expect("tasks").iter().map(arn).collect()
}

async fn describe(world: &Rehearsal, arn: &str) -> Value {
    let answer = ok(world, "prod", "ecs:DescribeTasks", json!({ "cluster": "prod", "tasks": [arn] })).await;
    answer["tasks"][0].clone()
}

async fn list(world: &Rehearsal, more: Value) -> Value {
    let mut request = json!({ "cluster": "prod" });
    request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    ok(world, "prod", "ecs:ListTasks", request).await["taskArns"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_writes_and_ends_with_its_exit_code() {
    let world = release_and(WORLD);
    let mut more = command(&["bin/migrate", "--all"]);
    more["startedBy"] = json!("gantry/1");
    let [arn] = run(&world, &more).await.try_into().expect("one task");
    let id = arn.rsplit('/').next().expect("an id").to_owned();
    let at = async |seconds: u64| {
        sleep(Duration::from_secs(seconds)).await;
        describe(&world, &arn).await
    };
    let first = at(0).await;
    assert_eq!((&first["lastStatus"], &first["desiredStatus"]), (&json!("PROVISIONING"), &json!("RUNNING")));
    assert_eq!((&first["group"], &first["startedBy"]), (&json!("family:web"), &json!("gantry/1")));
    assert_eq!(first["overrides"]["containerOverrides"][0]["command"], json!(["bin/migrate", "--all"]));
    assert_eq!(list(&world, json!({ "startedBy": "gantry/1" })).await, json!([arn]));
    assert_eq!(at(4).await["lastStatus"], "PENDING");

    let get = json!({ "logGroupName": "/ecs/web", "logStreamName": format!("app/app/{id}"), "startFromHead": true });
    let none = refused(&world, "prod", "logs:GetLogEvents", get.clone()).await;
    assert_eq!(none, "ResourceNotFoundException: The specified log stream does not exist.");
    assert_eq!(at(8).await["lastStatus"], "RUNNING");
    let told = |answer: &Value| -> Vec<String> {
        let events = answer["events"].as_array().expect("events").iter();
        events.map(|event| event["message"].as_str().expect("a message").to_owned()).collect()
    };
    let page = ok(&world, "prod", "logs:GetLogEvents", get.clone()).await;
    assert_eq!(told(&page), ["migrating"]);
    let mut next = get.clone();
    next["nextToken"] = page["nextForwardToken"].clone();
    let same = ok(&world, "prod", "logs:GetLogEvents", next.clone()).await;
    assert_eq!((told(&same), &same["nextForwardToken"]), (vec![], &page["nextForwardToken"]));

    let ended = at(22).await;
    assert_eq!((&ended["lastStatus"], &ended["desiredStatus"]), (&json!("STOPPED"), &json!("STOPPED")));
    assert_eq!(
        (&ended["stopCode"], &ended["stoppedReason"]),
        (&json!("EssentialContainerExited"), &json!("Essential container in task exited"))
    );
    let container = &ended["containers"][0];
    assert_eq!((&container["exitCode"], &container["reason"]), (&json!(3), &json!("the table is locked")));
    let rest = ok(&world, "prod", "logs:GetLogEvents", next).await;
    assert_eq!(told(&rest), ["the table is locked"]);
    assert_eq!(list(&world, json!({ "family": "web", "desiredStatus": "STOPPED" })).await, json!([arn]));
    assert_eq!(list(&world, json!({ "startedBy": "gantry/1" })).await, json!([]));

    let snapshot = world.snapshot();
    let tasks = &snapshot["ecs"][0]["clusters"][0]["tasks"];
    assert_eq!((tasks.as_array().map(Vec::len), &tasks[0]["exitCodes"]), (Some(1), &json!({ "app": 3 })));
    assert_eq!(snapshot["writes"][0]["made"], json!(arn));
    // an hour later it is forgotten, its lines are not
    sleep(Duration::from_hours(10)).await;
    assert_eq!(describe(&world, &arn).await, Value::Null);
    let lines = ok(&world, "prod", "logs:GetLogEvents", get).await;
    assert_eq!(told(&lines), ["migrating", "the table is locked"]);
}

#[tokio::test(start_paused = true)]
async fn the_lines_of_services_are_listed_found_and_paged() {
    let world = release_and(WORLD);
    let groups = ok(&world, "prod", "logs:DescribeLogGroups", json!({ "logGroupNamePrefix": "/ecs" })).await;
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/ecs/web");
    let group = json!({ "logGroupName": "/ecs/web" });
    let streams = ok(&world, "prod", "logs:DescribeLogStreams", group.clone()).await;
    assert_eq!(streams["logStreams"].as_array().map(Vec::len), Some(2));
    assert!(streams["logStreams"][0]["lastEventTimestamp"].is_i64());
    let found = ok(&world, "prod", "logs:FilterLogEvents", group.clone()).await;
    let messages: Vec<_> = found["events"].as_array().expect("events").iter().map(|one| &one["message"]).collect();
    assert_eq!(messages, ["listening", "listening"]);
    let with = |more: Value| {
        let mut request = group.clone();
        request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        request
    };
    let page = ok(&world, "prod", "logs:FilterLogEvents", with(json!({ "limit": 1 }))).await;
    assert_eq!(page["events"].as_array().map(Vec::len), Some(1));
    let next = with(json!({ "limit": 1, "nextToken": page["nextToken"] }));
    let last = ok(&world, "prod", "logs:FilterLogEvents", next).await;
    assert_eq!((&last["events"][0], last.get("nextToken")), (&found["events"][1], None));
    let none = ok(&world, "prod", "logs:FilterLogEvents", with(json!({ "filterPattern": "ERROR" }))).await;
    assert_eq!(none["events"], json!([]));
    let missing = refused(&world, "prod", "logs:FilterLogEvents", json!({ "logGroupName": "/none" })).await;
    assert_eq!(missing, "ResourceNotFoundException: The specified log group does not exist.");
}

#[tokio::test(start_paused = true)]
async fn the_last_lines_of_a_service_task_that_dies_are_kept() {
    let world = release_and(
        r#"
        [[container_faults]]
        service = "web"
        exit = { code = 1, after = "5s" }

        [[container_logs]]
        service = "web"
        lines = ["starting", { after = "5s", line = "panic: no database" }, { after = "6s", line = "never" }]
        "#,
    );
    let update = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    ok(&world, "prod", "ecs:UpdateService", update).await;
    let told = |answer: &Value, stream: &str| -> Vec<Value> {
        let events = answer["events"].as_array().expect("events").iter();
        events.filter(|one| one["logStreamName"] == stream).map(|one| one["message"].clone()).collect()
    };
    sleep(Duration::from_secs(25)).await;
    let stopped = list(&world, json!({ "desiredStatus": "STOPPED" })).await;
    let died = stopped[0].as_str().and_then(|arn| arn.rsplit('/').next()).expect("a task that died");
    let found = ok(&world, "prod", "logs:FilterLogEvents", json!({ "logGroupName": "/ecs/web" })).await;
    assert_eq!(told(&found, &format!("app/app/{died}")), ["starting", "panic: no database"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_token_starts_its_tasks_once() {
    let world = release_and(WORLD);
    let more = json!({ "clientToken": "once", "count": 2 });
    let first = run(&world, &more).await;
    assert_eq!(first.len(), 2);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(run(&world, &more).await, first);
    let conflict = refused(&world, "prod", "ecs:RunTask", request(&json!({ "clientToken": "once", "count": 3 }))).await;
    assert!(conflict.starts_with("ConflictException: "), "{conflict}");
    assert_ne!(run(&world, &json!({ "clientToken": "other" })).await, first[..1]);
    // nothing was said of this command: it ends well
    sleep(Duration::from_secs(40)).await;
    assert_eq!(describe(&world, &first[0]).await["containers"][0]["exitCode"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_runs_for_ever_is_entered_and_stopped() {
    let world = release_and(WORLD);
    let mut more = command(&["bin/serve"]);
    more["enableExecuteCommand"] = json!(true);
    let [arn] = run(&world, &more).await.try_into().expect("one task");
    let exec = json!({ "cluster": "prod", "task": arn, "command": "/bin/sh", "interactive": true });
    let early = refused(&world, "prod", "ecs:ExecuteCommand", exec.clone()).await;
    assert!(early.starts_with("InvalidParameterException: The execute command failed"), "{early}");
    sleep(Duration::from_secs(12)).await;
    let connecting = refused(&world, "prod", "ecs:ExecuteCommand", exec.clone()).await;
    assert!(connecting.starts_with("TargetNotConnectedException: "), "{connecting}");
    sleep(Duration::from_mins(1)).await;
    let session = ok(&world, "prod", "ecs:ExecuteCommand", exec).await;
    assert_eq!((&session["taskArn"], &session["containerName"]), (&json!(arn), &json!("app")));
    let url = session["session"]["streamUrl"].as_str().expect("an address");
    assert!(url.starts_with("wss://ssmmessages.ap-northeast-1.amazonaws.com/v1/data-channel/ecs-"), "{url}");
    assert!(session["session"]["tokenValue"].is_string());

    let stop = json!({ "cluster": "prod", "task": arn, "reason": "enough" });
    let stopping = ok(&world, "prod", "ecs:StopTask", stop).await["task"].clone();
    assert_eq!((&stopping["lastStatus"], &stopping["stopCode"]), (&json!("STOPPING"), &json!("UserInitiated")));
    sleep(Duration::from_secs(10)).await;
    let stopped = describe(&world, &arn).await;
    assert_eq!((&stopped["lastStatus"], &stopped["stoppedReason"]), (&json!("STOPPED"), &json!("enough")));
    assert_eq!(stopped["containers"][0]["exitCode"], 143);
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_service_that_somebody_stops_is_replaced() {
    let world = release_and("");
    let before = list(&world, json!({ "serviceName": "web" })).await;
    let stop = json!({ "cluster": "prod", "task": before[0] });
    let task = ok(&world, "prod", "ecs:StopTask", stop).await["task"].clone();
    assert_eq!((&task["lastStatus"], &task["stoppedReason"]), (&json!("DEACTIVATING"), &json!("Task stopped by user")));
    sleep(Duration::from_mins(2)).await;
    let after = list(&world, json!({ "serviceName": "web" })).await;
    assert_eq!(after.as_array().map(Vec::len), Some(2));
    assert!(!after.as_array().expect("tasks").contains(&before[0]));
}

#[tokio::test(start_paused = true)]
async fn no_capacity_is_a_failure_and_no_error_and_mistakes_are_errors() {
    let world = release_and("[[faults]]\non = \"ecs:RunTask\"\nthen = { failure = \"RESOURCE:MEMORY\" }\n");
    let full = ok(&world, "prod", "ecs:RunTask", request(&json!({}))).await;
    assert_eq!((&full["tasks"], &full["failures"][0]["reason"]), (&json!([]), &json!("RESOURCE:MEMORY")));
    assert_eq!(run(&world, &json!({})).await.len(), 1);
    for (request, expected) in [
        (request(&json!({ "taskDefinition": "none" })), "ClientException: TaskDefinition not found."),
        (request(&json!({ "count": 11 })), "InvalidParameterException: count must be between 1 and 10."),
        (request(&json!({ "cluster": "none" })), "ClusterNotFoundException: Cluster not found."),
        (
            json!({ "cluster": "prod", "taskDefinition": "web" }),
            "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            request(&json!({ "overrides": { "containerOverrides": [{ "name": "job" }] } })),
            "InvalidParameterException: Override for container named job is not a container in the TaskDefinition.",
        ),
    ] {
        assert_eq!(refused(&world, "prod", "ecs:RunTask", request).await, expected);
    }
    for (more, expected) in [
        ("[[tasks]]\nruns = \"forever\"\nexit = 1\n", ": tasks[0].exit: what runs forever"),
        ("[[tasks]]\nlogs = [5]\n", ": tasks[0].logs[0]: "),
        ("[[container_logs]]\nlines = [{ after = \"soon\", line = \"x\" }]\n", ": container_logs[0].lines[0]: `soon`"),
        ("[[faults]]\non = \"ecs:ListTasks\"\nthen = { failure = \"AGENT\" }\n", ": faults[0].then: only ecs:RunTask"),
    ] {
        let error = parse(&format!("{}\n{more}", release_text())).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\nhas not {expected}");
    }
}
