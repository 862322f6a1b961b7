//! A release that is told to stop, in each of its phases and with each policy: an hour later auto scaling is as it was, and
//! the service is as the policy says. That it is so at each call of a release before its rollout, tests/cleanups.rs tells.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

#[path = "ends/left.rs"]
mod left;
mod support;

use left::left;
use std::fmt::Write as _;
use support::project::Project;
use support::{checkout, gantry};

/// A phase: what it is, when the run is told to stop in it, the world, and what `leave`, `rollback` and `stop` come to.
type Phase = (&'static str, &'static str, &'static str, [&'static str; 3]);

const CRASHES: &str =
    "[[container_faults]]\nservice = \"web\"\nimage = \"*shop:8\"\nexit = { code = 78, after = \"2s\" }";
const CRASHES_WITH_A_BREAKER: &str = "deployment = { circuit_breaker = true, rollback = true }\n[[container_faults]]\n\
     service = \"web\"\nimage = \"*shop:8\"\nexit = { code = 78, after = \"2s\" }";
const BAKES: &str = "deployment_configuration = { bakeTimeInMinutes = 5 }";
const BLUE_GREEN: &str = "deployment_configuration = { strategy = \"BLUE_GREEN\", bakeTimeInMinutes = 5 }";
const PAUSES: &str = "deployment_configuration = { strategy = \"BLUE_GREEN\", lifecycleHooks = [{ targetType = \"PAUSE\", \
     lifecycleStages = [\"POST_SCALE_UP\"], timeoutConfiguration = { timeoutInMinutes = 30 } }] }";

/// It went on, and is done.
const DONE: &str = "PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL";
/// It was taken back.
const BACK: &str = "PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL";
/// It stands where it was stopped.
const STOPPED: &str = "PRIMARY web:8 2/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 STOPPED";

const PHASES: [Phase; 8] = [
    ("while tasks start", "5s", "", [DONE, BACK, STOPPED]),
    ("while new and old tasks serve", "18s", "", [DONE, BACK, STOPPED]),
    ("while old tasks drain", "35s", "", [DONE, BACK, "PRIMARY web:8 2/2 FAILED; last web:8 STOPPED"]),
    (
        "in a bake time",
        "2m",
        BAKES,
        [DONE, BACK, "PRIMARY web:8 2/2 FAILED; ACTIVE web:7 0/0 COMPLETED; last web:8 STOPPED"],
    ),
    ("in a blue/green bake time, with the traffic shifted", "2m", BLUE_GREEN, [DONE, BACK, STOPPED]),
    // unanswered, it expires after half an hour
    ("while a hook waits for an answer", "2m", PAUSES, [BACK, BACK, STOPPED]),
    ("while ECS goes back by itself", "45s", CRASHES_WITH_A_BREAKER, [BACK, BACK, BACK]),
    ("while it goes back by our policy", "45s", CRASHES, [BACK, BACK, BACK]),
];

/// Exit status, and what the world is an hour after the end of the run.
fn stopped(at: &str, world: &str, steps: &str) -> (i32, String, String) {
    let base = std::fs::read_to_string(checkout().join("tests/ends/world.toml")).expect("the world");
    let script = format!("let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n{steps}\n");
    let project = Project::empty()
        .file("r.rhai", script)
        .file("web.json", std::fs::read(checkout().join("tests/ends/web.json")).expect("the definition"))
        .file("r.world.toml", format!("interrupt = \"{at}\"\nafter = \"1h\"\n{base}{world}\n"));
    let ended = gantry(&project.root).args(["rehearse", "--world-after", "after.json", "r.rhai"]).ends();
    let after = std::fs::read_to_string(project.root.join("after.json")).unwrap_or_default();
    let after = serde_json::from_str(&after).map_or_else(|_| "no world".to_owned(), |world| left(&world));
    (ended.code, after, ended.to_string())
}

/// A deployment under a suspended auto scaling.
fn deploys(policy: &str) -> String {
    format!(
        "let next = \"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:8\";\n\
         ecs::suspend_scaling(web, || web.deploy(#{{ images: #{{ app: next }}, on_interrupt: \"{policy}\" }})\n    \
         .wait(\"drained\", #{{ timeout: \"15m\" }}));"
    )
}

#[test]
fn whatever_it_was_at_scaling_is_as_it_was_and_the_service_as_the_policy_says() {
    let mut wrong = String::new();
    for (phase, at, world, expected) in PHASES {
        for (policy, expected) in ["leave", "rollback", "stop"].into_iter().zip(expected) {
            let (code, after, told) = stopped(at, world, &deploys(policy));
            if (code, after.as_str()) != (4, expected) {
                let _ = write!(wrong, "{phase}, {policy}: exit {code}\n     {after}\n not {expected}\n{told}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a rollback, a refresh and a change of the number of tasks come to that are told to stop half way, by policy.
const OTHERS: [(&str, &str, &str); 8] = [
    (
        "web.rollback(#{ on_interrupt: \"leave\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:6 2/2 COMPLETED; last web:6 SUCCESSFUL",
    ),
    (
        "web.rollback(#{ on_interrupt: \"rollback\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:7 2/2 COMPLETED; last web:6 ROLLBACK_SUCCESSFUL",
    ),
    (
        "web.rollback(#{ on_interrupt: \"stop\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:6 2/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:6 STOPPED",
    ),
    (
        "web.refresh(#{ on_interrupt: \"leave\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL",
    ),
    (
        "web.refresh(#{ on_interrupt: \"rollback\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:7 2/2 COMPLETED; last web:7 ROLLBACK_SUCCESSFUL",
    ),
    (
        "web.refresh(#{ on_interrupt: \"stop\" }).wait(\"drained\", #{})",
        "20s",
        "PRIMARY web:7 2/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:7 STOPPED",
    ),
    (
        "web.scale(5, #{ on_interrupt: \"leave\" })",
        "5s",
        "PRIMARY web:7 5/5 COMPLETED; last web:6 SUCCESSFUL; desired 5",
    ),
    ("web.scale(5, #{ on_interrupt: \"rollback\" })", "5s", "PRIMARY web:7 2/2 COMPLETED; last web:6 SUCCESSFUL"),
];

#[test]
fn other_operations_keep_their_promises_too() {
    let past = "[[clusters.services.history]]\ntask_definition = \"web:6\"\nago = \"72h\"\n";
    let mut wrong = String::new();
    for (steps, at, expected) in OTHERS {
        let (code, after, told) = stopped(at, past, steps);
        if (code, after.as_str()) != (4, expected) {
            let _ = write!(wrong, "{steps}: exit {code}\n     {after}\n not {expected}\n{told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
