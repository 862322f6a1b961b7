//! `ecs::watch`: many rollouts that are waited for together, rehearsed.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use support::{Ended, gantry, two_services};

/// Both services, as a script has them.
const BOTH: &str = r#"
let services = ["worker", "web"].map(|name| ecs::service(aws::session("prod"), "prod", name));
"#;

fn rehearse(script: &str, and: &str) -> Ended {
    let project = two_services::project();
    let world = std::fs::read_to_string(project.root.join("scripts/both.world.toml")).expect("the world");
    let world = world.split_once("[args]").map(|(head, rest)| {
        // the script declares no arguments
        let (_, rest) = rest.split_once("\n[accounts").expect("accounts");
        format!("{head}[accounts{rest}{and}")
    });
    let project = project
        .file("scripts/it.rhai", format!("{BOTH}{script}"))
        .file("scripts/it.world.toml", world.expect("arguments"));
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

#[test]
fn rollouts_are_watched_together_and_given_in_the_order_that_was_asked() {
    let ended = rehearse(
        r#"ecs::watch(services.map(|one| one.refresh()), "drained").map(|one| `${one.service} ${one.task_definition}`)"#,
        "",
    );
    ended.exits(0);
    let value: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(value, json!(["prod/worker worker:3", "prod/web web:7"]));
    ended.says(["prod/worker is drained: only worker:3", "prod/web is drained: only web:7"]);
    let nothing = rehearse(r#"ecs::watch([], "drained")"#, "");
    nothing.exits(0);
    assert_eq!(nothing.stdout.trim(), "[]");
}

#[test]
fn one_that_fails_lets_the_others_come_to_their_end_and_is_thrown_then() {
    let fault = |service: &str| {
        format!(
            "\n[[container_faults]]\nservice = \"{service}\"\ncontainer = \"app\"\nexit = {{ code = 3, after = \"2s\" }}\n"
        )
    };
    let watch = r#"ecs::watch(services.map(|one| one.refresh()), "deployed", #{ timeout: "5m", on_failure: "leave" })"#;
    let ended = rehearse(watch, &fault("worker"));
    ended.exits(1).prints_nothing().says([
        "web:7 is deployed to prod/web",
        "the rollout of worker:3 to prod/worker failed",
        "container `app` exited with 3",
    ]);
    assert!(!ended.stderr.contains("more of 2 rollouts failed"), "{ended}");
    let both = rehearse(watch, &(fault("worker") + &fault("web")));
    both.exits(1).prints_nothing().says([
        "the rollout of worker:3 to prod/worker failed",
        "1 more of 2 rollouts failed:",
        "the rollout of web:7 to prod/web failed",
    ]);
}

#[test]
fn only_rollouts_are_watched() {
    let ended = rehearse(r#"ecs::watch(services, "deployed")"#, "");
    ended.exits(2).prints_nothing().says([
        "ecs::watch: item 0 is no rollout but of type",
        "give it what `.deploy`, `.refresh` and `.rollback` give",
    ]);
}
