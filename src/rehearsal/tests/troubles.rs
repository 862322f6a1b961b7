//! Worlds in which deployments go wrong, over the wire: what is shown, and what truly happened.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{ok, parse, refused, release_text};
use crate::rehearsal::Rehearsal;

/// The world of the example release, with more for its service and more at its end.
fn world(of_service: &str, more: &str) -> Rehearsal {
    let text = release_text().replace("desired = 2", &format!("desired = 2\n{of_service}"));
    Rehearsal::new(parse(&format!("{text}\n{more}")).unwrap_or_else(|error| panic!("{error}")))
}

/// Forces a deployment; its ARN.
async fn force(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    ok(world, "prod", "ecs:UpdateService", request).await["service"]["currentServiceDeployment"].clone()
}

async fn describe(world: &Rehearsal, arn: &Value) -> Value {
    let request = json!({ "serviceDeploymentArns": [arn] });
    ok(world, "prod", "ecs:DescribeServiceDeployments", request).await["serviceDeployments"][0].clone()
}

/// Outcome and cause of a service deployment as the world knows them.
fn truth(world: &Rehearsal, arn: &Value) -> String {
    let record = world.snapshot()["ecs"][0]["clusters"][0]["services"][0]["serviceDeployments"].clone();
    let mut all = record.as_array().expect("a record").iter();
    let one = all.find(|one| one["serviceDeploymentArn"] == *arn).expect("it");
    format!("{} {}", one["outcome"].as_str().unwrap_or("?"), one["cause"].as_str().unwrap_or("-"))
}

async fn events(world: &Rehearsal) -> Vec<String> {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    let described = ok(world, "prod", "ecs:DescribeServices", request).await;
    let events = described["services"][0]["events"].as_array().expect("events").clone();
    events.iter().map(|event| event["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_alarm_rolls_a_deployment_back() {
    let watching = "deployment_configuration = { bakeTimeInMinutes = 5, \
                    alarms = { enable = true, rollback = true, alarmNames = [\"errors\", \"latency\"] } }";
    let world = world(watching, "[[alarms]]\nname = \"latency\"\nservice = \"web\"\nafter = \"3m\"");
    let ours = force(&world).await;
    tokio::time::sleep(Duration::from_mins(2)).await;
    let baking = describe(&world, &ours).await;
    assert_eq!((&baking["status"], &baking["lifecycleStage"]), (&json!("IN_PROGRESS"), &json!("BAKE_TIME")));
    assert_eq!(baking["alarms"]["status"], "MONITORING");
    tokio::time::sleep(Duration::from_mins(6)).await;
    let back = describe(&world, &ours).await;
    assert_eq!(back["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(back["statusReason"], "Alarm detected: latency");
    let alarms =
        json!({ "status": "TRIGGERED", "alarmNames": ["errors", "latency"], "triggeredAlarmNames": ["latency"] });
    assert_eq!(back["alarms"], alarms);
    assert_eq!(truth(&world, &ours), "rolled back alarm");
}

#[tokio::test(start_paused = true)]
async fn what_a_task_needs_may_be_missing() {
    let fault = |what: &str| format!("[[container_faults]]\nservice = \"web\"\n{what}\n");
    let secret = "unable to pull secrets or registry auth";
    let table = [
        (
            fault(&format!("uninitialized = \"{secret}\"")),
            "TaskFailedToStart",
            format!("ResourceInitializationError: {secret}"),
        ),
        (fault("out_of_memory = \"2s\""), "EssentialContainerExited", "Essential container in task exited".to_owned()),
        (
            fault("sickens = \"20s\""),
            "ServiceSchedulerInitiated",
            "Task failed ELB health checks in (target-group ".to_owned(),
        ),
    ];
    for (more, code, reason) in table {
        let world = world("", &more);
        force(&world).await;
        tokio::time::sleep(Duration::from_secs(70)).await;
        let request = json!({ "cluster": "prod", "desiredStatus": "STOPPED" });
        let stopped = ok(&world, "prod", "ecs:ListTasks", request).await;
        let request = json!({ "cluster": "prod", "tasks": stopped["taskArns"] });
        let described = ok(&world, "prod", "ecs:DescribeTasks", request).await;
        let tasks = described["tasks"].as_array().expect("tasks").clone();
        let found =
            tasks.iter().find(|task| task["stoppedReason"].as_str().is_some_and(|text| text.starts_with(&reason)));
        let task = found.unwrap_or_else(|| panic!("{reason}: {tasks:#?}"));
        assert_eq!(task["stopCode"], code);
        if more.contains("memory") {
            let container = &task["containers"][0];
            assert_eq!(
                (&container["exitCode"], container["reason"].as_str()),
                (&json!(137), Some("OutOfMemoryError: Container killed due to memory usage"))
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_capacity_only_events_tell() {
    let world = world(
        "",
        "[[no_capacity]]\nservice = \"web\"\nuntil = \"90s\"\nreason = \"Capacity is unavailable at this time.\"",
    );
    let ours = force(&world).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    let told = events(&world).await;
    assert_eq!(told[0], "(service web) was unable to place a task because Capacity is unavailable at this time.");
    assert_eq!(describe(&world, &ours).await["targetServiceRevision"]["pendingTaskCount"], 0);
    tokio::time::sleep(Duration::from_mins(3)).await;
    assert_eq!(truth(&world, &ours), "succeeded -");
}

#[tokio::test(start_paused = true)]
async fn protected_tasks_hold_the_drain_up() {
    let world = world("protected = \"20m\"", "");
    let ours = force(&world).await;
    let protection = ok(&world, "prod", "ecs:GetTaskProtection", json!({ "cluster": "prod" })).await;
    let protected: Vec<_> = protection["protectedTasks"].as_array().expect("tasks").iter().collect();
    assert!(protected.iter().any(|one| one["protectionEnabled"] == true && one["expirationDate"].is_number()));
    assert!(protected.iter().all(|one| one["taskArn"].is_string()), "{protection}");
    let none = json!({ "cluster": "prod", "tasks": ["0123"] });
    let none = ok(&world, "prod", "ecs:GetTaskProtection", none).await;
    assert_eq!((&none["protectedTasks"], &none["failures"][0]["reason"]), (&json!([]), &json!("TASK_NOT_VALID")));
    tokio::time::sleep(Duration::from_mins(15)).await;
    assert_eq!(truth(&world, &ours), "under way -");
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(truth(&world, &ours), "succeeded -");
}

#[tokio::test(start_paused = true)]
async fn others_deploy_stop_and_scale_meanwhile() {
    let event = |when: &str, call: &str, with: &str| {
        format!(
            "[[meanwhile]]\naccount = \"prod\"\n{when}\ncall = \"ecs:{call}\"\nwith = {{ cluster = \"prod\", service = \"web\", {with} }}\n"
        )
    };
    let stop = event("after = \"5s\"", "StopServiceDeployment", "serviceDeploymentArn = \"${current}\"");
    let again = event("after = \"5s\"", "UpdateService", "forceNewDeployment = true");
    let scale = event("at = \"10s\"", "UpdateService", "desiredCount = 4");
    let table = [(stop, "rolled back stopped", 2), (again, "stopped superseded", 2), (scale, "succeeded -", 4)];
    for (more, expected, desired) in table {
        let world = world("", &more);
        let ours = force(&world).await;
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(truth(&world, &ours), expected, "{more}");
        let snapshot = world.snapshot();
        assert_eq!(snapshot["ecs"][0]["clusters"][0]["services"][0]["desiredCount"], desired);
        assert_eq!(snapshot["writes"].as_array().map(Vec::len), Some(2));
        assert_eq!((snapshot["writes"][0].get("by"), &snapshot["writes"][1]["by"]), (None, &json!("someone else")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_canary_pauses_and_a_person_goes_on() {
    let canary = "deployment_configuration = { strategy = \"CANARY\", \
        canaryConfiguration = { canaryPercent = 10.0, canaryBakeTimeInMinutes = 2 }, \
        lifecycleHooks = [{ targetType = \"PAUSE\", lifecycleStages = [\"POST_SCALE_UP\"] }, \
        { hookTargetArn = \"arn:aws:lambda:r:1:function:check\", lifecycleStages = [\"POST_PRODUCTION_TRAFFIC_SHIFT\"] }] }";
    for (outcome, end) in [("succeeds", "succeeded -"), ("fails", "rolled back hook")] {
        let hooks = format!("[[hooks]]\nfunction = \"*:check\"\noutcome = \"{outcome}\"\nafter = \"10s\"");
        let world = world(canary, &hooks);
        let ours = force(&world).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let paused = describe(&world, &ours).await;
        assert_eq!(paused["lifecycleStage"], "POST_SCALE_UP");
        let hook = &paused["lifecycleHookDetails"][0];
        assert_eq!((&hook["targetType"], &hook["status"]), (&json!("PAUSE"), &json!("AWAITING_ACTION")));
        assert_eq!(hook["timeoutAction"], "ROLLBACK");
        let mut answer = json!({ "serviceDeploymentArn": ours, "hookId": "another", "action": "CONTINUE" });
        let error = refused(&world, "prod", "ecs:ContinueServiceDeployment", answer.clone()).await;
        assert_eq!(error, "InvalidParameterException: The lifecycle hook is not awaiting an action.");
        answer["hookId"] = hook["hookId"].clone();
        ok(&world, "prod", "ecs:ContinueServiceDeployment", answer).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let shifting = describe(&world, &ours).await;
        assert_eq!(shifting["targetServiceRevision"]["requestedProductionTrafficWeight"], 10.0);
        assert_eq!(shifting["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"], 90.0);
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(truth(&world, &ours), end);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttle_may_last_and_be_about_every_operation() {
    let world = world("", "[[faults]]\non = \"ecs:*\"\nskip = 1\nalways = true\nthen = \"throttle\"");
    force(&world).await;
    for operation in ["ecs:ListServices", "ecs:ListTasks", "ecs:DescribeServiceRevisions"] {
        let error = refused(&world, "prod", operation, json!({})).await;
        assert_eq!(error, "ThrottlingException: Rate exceeded", "{operation}");
    }
}

#[test]
fn mistakes_in_troubles_are_named() {
    let table = [
        ("[[alarms]]\nname = \"a\"\nafter = \"soon\"", ": alarms[0].after: `soon`"),
        ("[[hooks]]\nfunction = \"*\"\noutcome = \"explodes\"", "explodes"),
        ("[[no_capacity]]\nuntil = \"never\"", ": no_capacity[0].until: `never`"),
        ("[[no_capacity]]\naccount = \"x\"", ": no_capacity[0].account: there is no [accounts.x]"),
        (
            "[[meanwhile]]\naccount = \"prod\"\ncall = \"ecs:UpdateService\"\nwith = {}",
            ": meanwhile[0].at: exactly one of at and after",
        ),
        (
            "[[meanwhile]]\naccount = \"prod\"\nat = \"1s\"\ncall = \"ecs:Burn\"\nwith = {}",
            ": meanwhile[0].call: `ecs:Burn` is no operation of ecs",
        ),
        ("[[container_faults]]\nsickens = \"1s\"\nunhealthy = \"1s\"", ": container_faults[0].exit: exactly one"),
    ];
    for (more, expected) in table {
        let error = parse(&format!("{}\n{more}", release_text())).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\nhas not {expected}");
    }
}
