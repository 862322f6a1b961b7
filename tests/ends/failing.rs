//! Releases that fail by themselves: their tasks, what guards them, or their time.

use crate::row::{Ending, ending, release};

/// The service's circuit breaker, with and without ECS's own way back.
const BREAKER: &str = "deployment = { circuit_breaker = true }";
const BREAKER_AND_BACK: &str = "deployment = { circuit_breaker = true, rollback = true }";

/// What is wrong with the new image.
fn broken(how: &str) -> String {
    format!("[[container_faults]]\nservice = \"web\"\nimage = \"*shop:8\"\n{how}\n")
}

/// It says so, and ends.
fn crashing() -> String {
    let log = "[[container_logs]]\nservice = \"web\"\nimage = \"*shop@*\"\n\
               lines = [{ after = \"1s\", line = \"settings: no such key: databse\" }]\n";
    broken("exit = { code = 78, after = \"2s\" }") + log
}

fn alarm(after: &str) -> String {
    format!("[[alarms]]\nname = \"errors\"\nservice = \"web\"\nafter = \"{after}\"\n")
}

fn hook(outcome: &str) -> String {
    format!("[[hooks]]\nfunction = \"*:check\"\noutcome = \"{outcome}\"\n")
}

const WATCHES: &str = r#"deployment_configuration = { bakeTimeInMinutes = 5, alarms = { enable = true, rollback = true, alarmNames = ["errors"] } }"#;
const BLUE_GREEN_WATCHES: &str = r#"deployment_configuration = { strategy = "BLUE_GREEN", bakeTimeInMinutes = 10, alarms = { enable = true, rollback = true, alarmNames = ["errors"] } }"#;
const CANARY_WATCHES: &str = r#"deployment_configuration = { strategy = "CANARY", canaryConfiguration = { canaryPercent = 10.0, canaryBakeTimeInMinutes = 5 }, alarms = { enable = true, rollback = true, alarmNames = ["errors"] } }"#;
const CHECKED: &str = r#"deployment_configuration = { strategy = "BLUE_GREEN", lifecycleHooks = [{ hookTargetArn = "arn:aws:lambda:ap-northeast-1:222222222222:function:check", lifecycleStages = ["POST_TEST_TRAFFIC_SHIFT"], timeoutConfiguration = { timeoutInMinutes = 5 } }] }"#;
const PAUSES: &str = r#"deployment_configuration = { strategy = "BLUE_GREEN", lifecycleHooks = [{ targetType = "PAUSE", lifecycleStages = ["POST_SCALE_UP"] }] }"#;

/// A wait that runs out while there is no room for new tasks.
fn out_of_time(name: &'static str, on_failure: &str) -> Ending {
    let wait = format!("\"drained\", #{{ timeout: \"3m\", on_failure: \"{on_failure}\" }}");
    ending(name).script(release("", &wait)).world(["[[no_capacity]]\nservice = \"web\""]).exits(1, "WaitRanOut")
}

/// All of them.
pub fn endings() -> Vec<Ending> {
    let leave = || release("", "\"drained\", #{ timeout: \"15m\", on_failure: \"leave\" }");
    vec![
        ending("breaker-with-rollback")
            .world([BREAKER_AND_BACK, &crashing()])
            .exits(1, "CircuitBreaker")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("breaker-without-rollback").world([BREAKER, &crashing()]).exits(1, "CircuitBreaker").leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("breaker-without-rollback-left")
            .script(leave())
            .world([BREAKER, &crashing()])
            .exits(1, "CircuitBreaker")
            .leaves("PRIMARY web:8 0/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 STOPPED"),
        ending("breaker-without-records-of-deployments")
            .head("service_deployments = \"missing\"")
            .world([BREAKER_AND_BACK, &crashing()])
            .exits(1, "CircuitBreaker")
            .leaves("PRIMARY web:7 0/2 IN_PROGRESS; ACTIVE web:8 0/0 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 ROLLBACK_REQUESTED"),
        ending("flapping-then-rolled-back")
            .world([BREAKER_AND_BACK, &broken("sickens = \"8s\"")])
            .exits(1, "CircuitBreaker")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("rollback-of-ecs-fails-too")
            .world([
                "deployment = { circuit_breaker = true, rollback = true, minimum_healthy_percent = 0, maximum_percent = 100 }",
                "[[container_faults]]\nservice = \"web\"\nexit = { code = 1, after = \"2s\" }",
            ])
            .exits(1, "CircuitBreaker")
            .leaves("PRIMARY web:7 0/2 FAILED; ACTIVE web:8 0/0 FAILED; ACTIVE web:7 0/0 COMPLETED; last web:8 ROLLBACK_FAILED"),
        ending("refresh-rolled-back-to-the-same-definition")
            .script("ecs::suspend_scaling(web, || web.refresh().wait(\"drained\"));")
            .world([WATCHES, &alarm("3m")])
            .exits(1, "Alarm")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 ROLLBACK_SUCCESSFUL"),
        ending("crash-loop-without-breaker").world([&crashing()]).exits(1, "CrashLoop").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("crash-loop-left").script(leave()).world([&crashing()]).exits(1, "CrashLoop").leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("alarm").world([WATCHES, &alarm("3m")]).exits(1, "Alarm").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("alarm-in-a-blue-green-bake").world([BLUE_GREEN_WATCHES, &alarm("6m")]).exits(1, "Alarm").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("alarm-of-a-canary").world([CANARY_WATCHES, &alarm("3m")]).exits(1, "Alarm").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("hook-fails").world([CHECKED, &hook("fails")]).exits(1, "HookFailed").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("hook-times-out")
            .script(release("", "\"drained\", #{ timeout: \"2h\" }"))
            .world([CHECKED, &hook("hangs")])
            .exits(1, "HookTimedOut")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("pause-that-nobody-answers").world([PAUSES]).exits(1, "WaitRanOut").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("image-cannot-be-pulled")
            .world([&broken("unpullable = \"pull access denied\"")])
            .exits(1, "CrashLoop")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("secret-missing")
            .world([&broken("uninitialized = \"unable to pull secrets or registry auth: AccessDeniedException\"")])
            .exits(1, "CrashLoop")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("out-of-memory").world([&broken("out_of_memory = \"5s\"")]).exits(1, "CrashLoop").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("health-check-failing").world([&broken("unhealthy = \"30s\"")]).exits(1, "CrashLoop").leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("spot-takes-the-tasks-away")
            .script(release("", "\"drained\", #{ timeout: \"3m\" }"))
            .world([&broken("reclaimed = \"3s\"")])
            .exits(1, "WaitRanOut")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("no-capacity-for-the-new-image")
            .script(release("", "\"drained\", #{ timeout: \"3m\" }"))
            .world(["[[no_capacity]]\nservice = \"web\"\nimage = \"*shop@*\"\nreason = \"Capacity is unavailable at this time. Please try again later or in a different availability zone\""])
            .exits(1, "WaitRanOut")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        out_of_time("no-capacity-for-anything", "rollback").leaves("PRIMARY web:7 0/2 IN_PROGRESS; ACTIVE web:8 0/0 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 ROLLBACK_IN_PROGRESS"),
        out_of_time("no-capacity-left", "leave").leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        out_of_time("no-capacity-stopped", "stop").leaves("PRIMARY web:8 0/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 STOP_REQUESTED"),
        ending("drain-held-up-by-protection")
            .script(release("", "\"drained\", #{ timeout: \"5m\", on_failure: \"leave\" }"))
            .world(["protected = \"20m\""])
            .exits(1, "WaitRanOut")
            .leaves("PRIMARY web:8 2/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("our-rollback-is-refused")
            .world([
                &crashing(),
                "[[faults]]\non = \"ecs:StopServiceDeployment\"\nalways = true\nthen = \"access_denied\"",
                "[[faults]]\non = \"ecs:UpdateService\"\nskip = 1\nalways = true\nthen = \"access_denied\"",
            ])
            .exits(1, "CrashLoop")
            .leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("code-deploy-hook-fails")
            .script(release(", code_deploy: #{ hooks: #{ BeforeAllowTraffic: \"check\" } }", "\"deployed\""))
            .world(["controller = \"CODE_DEPLOY\"", "[[hooks]]\nfunction = \"check\"\noutcome = \"fails\""])
            .exits(1, "HookFailed")
            .leaves("PRIMARY web:7 2/2; last web:7 SUCCESSFUL"),
        ending("code-deploy-out-of-time")
            .script(release("", "\"deployed\", #{ timeout: \"3m\" }"))
            .world(["controller = \"CODE_DEPLOY\"", &crashing()])
            .exits(1, "WaitRanOut")
            .leaves("PRIMARY web:7 2/2; last web:7 SUCCESSFUL"),
    ]
}
