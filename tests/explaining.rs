//! What is said of a rollout that goes wrong beside its tasks and events: the last lines of its containers, what its load
//! balancer makes of its targets, and what keeps old tasks alive.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, checkout, gantry};

fn in_world(wait: &str, of_service: &str, more: &str) -> Ended {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ").replace("{ size = \"20MB\" }, ", "");
    assert!(world.contains("\ndesired = 2\n"));
    let world = world.replace("\ndesired = 2\n", &format!("\ndesired = 2\n{of_service}\n"));
    let script = format!(
        "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\nweb.deploy(#{{ cpu: 1024 }}).wait(\"drained\", #{{ {wait} }});"
    );
    let project = Project::with_the_release()
        .file("scripts/it.rhai", script)
        .file("scripts/it.world.toml", format!("{world}\n{more}"));
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

const CRASHES: &str = r#"
[[container_faults]]
service = "web"
exit = { code = 78, after = "4s" }

[[container_logs]]
service = "web"
lines = ["starting", { after = "3s", line = "FATAL: no database" }]
"#;

#[test]
fn the_last_lines_of_a_container_that_dies_are_told() {
    let ended = in_world("on_failure: \"leave\"", "", CRASHES);
    ended
        .exits(1)
        .says(["container `app` exited with 78", "  | - app logged: starting\n  | - app logged: FATAL: no database\n"]);
}

#[test]
fn a_log_that_may_not_be_read_is_noted_and_hides_nothing() {
    let denied =
        format!("{CRASHES}\n[[faults]]\non = \"logs:GetLogEvents\"\nalways = true\nthen = \"access_denied\"\n");
    let ended = in_world("on_failure: \"leave\"", "", &denied);
    ended.exits(1).says(["container `app` exited with 78", "what app logged cannot be read (AccessDenied"]);
    assert!(!ended.stderr.contains("app logged:"), "{ended}");
    assert_eq!(ended.stderr.matches("cannot be read").count(), 1, "{ended}");
}

#[test]
fn what_a_load_balancer_says_of_its_targets_is_told() {
    let unhealthy = "[[container_faults]]\nservice = \"web\"\nunhealthy = \"10s\"\n";
    let ended = in_world("timeout: \"25s\", on_failure: \"leave\"", "", unhealthy);
    ended.exits(1).says(["Task failed ELB health checks", "2 targets drain in (target-group web)"]);
}

#[test]
fn tasks_that_are_protected_are_told_while_they_hold_the_drain_up_and_when_time_runs_out() {
    let ended = in_world("timeout: \"5m\", on_failure: \"leave\"", "protected = \"20m\"", "");
    ended.exits(1).says([
        "warning: prod/web: task ",
        " and 1 more: protected from being ended until 2026-11-19 17:20 UTC\n",
        "after 5m it still waits",
        "  | - task ",
        " and 1 more: protected from being ended until 2026-11-19 17:20 UTC\n",
        "help: wait for longer than that, or end the protection",
    ]);
    assert_eq!(ended.stderr.matches("protected from being ended").count(), 2, "{ended}");
    // it is waited for long enough
    in_world("timeout: \"30m\"", "protected = \"20m\"", "").exits(0).says(["warning: ", "drained: only web:8"]);
}
