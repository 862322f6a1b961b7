//! Services beside deployments: status, refresh, rollback, scale and waves, rehearsed; what is left of a failed release.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::project::Project;
use support::{Ended, checkout, gantry};

const WORLD: &str = "scripts/release.world.toml";
const WEB: [&str; 6] = ["--session", "prod", "--cluster", "prod", "--service", "web"];

/// The release's world with earlier revisions of `web`: 5 was deployed with success, 6 was rolled back.
fn world() -> String {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let clusters = "[[clusters]]\naccount = \"prod\"\n";
    let tags = "tags = { team = \"shop\" }\n";
    assert!(world.contains(clusters) && world.ends_with(tags) && world.contains("\n[args]\nimage"));
    let earlier = |revision: u32| {
        format!("[[task_definitions]]\naccount = \"prod\"\nfile = \"world/web.json\"\nrevision = {revision}\n\n")
    };
    let history = r#"
[[clusters.services.history]]
task_definition = "web:5"
ago = "72h"

[[clusters.services.history]]
task_definition = "web:6"
ago = "48h"
status = "ROLLBACK_SUCCESSFUL"
"#;
    let world =
        world.replace(clusters, &(earlier(5) + &earlier(6) + clusters)).replace("\n[args]\nimage", "\n[args]\n# ");
    let seven = "[[task_definitions]]\naccount = \"prod\"\nfile = \"world/web.json\"\nrevision = 7\n\n";
    // in the order of their revisions
    let world = world.replace(seven, "").replace(clusters, &(seven.to_owned() + clusters));
    world + history
}

fn command(name: &str, more: &[&str]) -> Ended {
    let project = Project::with_the_release().file("scripts/it.world.toml", world());
    let started = gantry(&project.root).args(["rehearse", name, "--world", "scripts/it.world.toml"]).args(WEB);
    more.iter().fold(started, |started, arg| started.args([*arg])).ends()
}

fn script(text: &str) -> Ended {
    in_world(text, world())
}

fn in_world(text: &str, world: String) -> Ended {
    let text = format!("let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n{text}");
    let project = Project::with_the_release().file("scripts/it.rhai", text).file("scripts/it.world.toml", world);
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

#[test]
fn a_status_is_told_and_is_the_result() {
    let ended = command("status", &[]);
    let status = ended.value();
    assert_eq!(
        [&status["service"], &status["task_definition"], &status["desired"], &status["running"], &status["pending"]],
        [&json!("prod/web"), &json!("web:7"), &json!(2), &json!(2), &json!(0)]
    );
    assert_eq!(status["tasks"].as_array().map(Vec::len), Some(2));
    assert_eq!(status["deployments"][0]["status"], json!("PRIMARY"));
    ended.says(["prod/web is ACTIVE on web:7: 2 of 2 running, 0 pending", "PRIMARY web:7", "RUNNING"]);
    let ended = script("[web.deployments().len(), web.deployments()[0].task_definition, web.events().len() >= 0]");
    assert_eq!(ended.value(), json!([1, "web:7", true]));
}

#[test]
fn a_refresh_starts_new_tasks_of_the_same_definition() {
    let ended = command("refresh", &[]);
    let rollout = ended.value();
    assert_eq!([&rollout["task_definition"], &rollout["began"]], [&json!("web:7"), &json!(true)]);
    ended.says(["prod/web: web:7 is deployed again", "prod/web is drained: only web:7"]);
    assert!(!ended.stderr.contains("register a revision"), "{ended}");
}

#[test]
fn a_refresh_leaves_a_release_alone() {
    let ended = script("web.deploy(#{ cpu: 1024 }); let again = web.refresh(); [again.began, again.unchanged]");
    assert_eq!(ended.value(), json!([false, true]));
    ended.says(["web:7 → web:8", "prod/web is not refreshed: a deployment is under way"]);
}

#[test]
fn a_rollback_goes_to_what_was_last_good_and_not_to_the_next_lower_number() {
    let ended = command("rollback", &[]);
    let rollout = ended.value();
    assert_eq!([&rollout["task_definition"], &rollout["previous"]], [&json!("web:5"), &json!("web:7")]);
    ended.says(["web:7 → web:5", "prod/web is drained: only web:5"]);

    let named = command("rollback", &["--to", "web:6"]);
    assert_eq!(named.value()["task_definition"], json!("web:6"));
    assert!(!named.stderr.contains("register a revision"), "{named}");
}

#[test]
fn a_rollback_passes_by_what_is_the_same_definition() {
    let ended = script(
        "web.refresh().wait(\"drained\"); let back = web.rollback(); back.wait(\"drained\"); back.task_definition",
    );
    assert_eq!(ended.value(), json!("web:5"));
}

#[test]
fn a_rollback_stops_what_is_under_way() {
    let ended = script(
        "web.deploy(#{ cpu: 1024 }); let back = web.rollback(); back.wait(\"drained\"); [back.task_definition, back.previous]",
    );
    assert_eq!(ended.value(), json!(["web:7", "web:8"]));
    ended.says(["web:7 → web:8", "prod/web is back on web:7", "drained: only web:7", "stop deployment prod/web/"]);
}

#[test]
fn a_service_without_a_past_has_nothing_to_go_back_to() {
    let world = world();
    let at = world.find("\n[[clusters.services.history]]").expect("a history");
    in_world("web.rollback();", world[..at].to_owned())
        .exits(3)
        .says(["prod/web has nothing to go back to", "`to: \"web:7\"`"]);
}

#[test]
fn a_service_is_scaled_and_waited_for() {
    let ended = command("scale", &["--count", "4"]);
    assert_eq!(ended.value(), json!({ "service": "prod/web", "desired": 4, "running": 4, "pending": 0 }));
    ended.says(["prod/web: 2 → 4 tasks", "prod/web: 2 of 4 running", "prod/web runs 4 tasks"]);
    let down = script("web.scale(4); web.scale(1, #{ timeout: \"5m\" }); web.scale(1); web.status().running");
    assert_eq!(down.value(), json!(1));
    down.says(["4 → 1 tasks", "prod/web runs 1 tasks", "prod/web is to run 1 tasks already"]);
    let not_waited = command("scale", &["--count", "4", "--no-wait"]);
    assert_eq!(not_waited.value()["running"], json!(2));
    script("web.scale(-1);").exits(2).says(["cannot run -1 tasks"]);
    script("web.scale(400, #{ timeout: \"1s\" });").exits(1).says(["runs 2 of 400 tasks", "event: "]);
}

#[test]
fn waves_stop_at_the_first_failure() {
    let waves = |fails: &str| {
        let text = format!(
            r#"import "std/release" as release;
            release::waves(["canary"], ["a", "b"], |name| {{
                log::info(`begins ${{name}}`);
                if name == "{fails}" {{ throw `no luck with ${{name}}`; }}
                name + "!"
            }})"#
        );
        script(&text)
    };
    let ended = waves("none");
    assert_eq!(ended.value(), json!(["canary!", "a!", "b!"]));
    let ended = waves("canary");
    assert_ne!(ended.code, 0);
    ended.says(["begins canary", "no luck with canary"]);
    assert!(!ended.stderr.contains("begins a"), "{ended}");
    let ended = waves("a");
    assert_ne!(ended.code, 0);
    ended.says(["begins b", "no luck with a"]);
}

/// Production has an image whose containers end at once.
fn crashing() -> String {
    let bad = r#"
[[repositories]]
account = "prod"
name = "bad"

[[repositories.images]]
tags = ["1"]
layers = ["world/base"]
entrypoint = ["/app/start"]

[[container_faults]]
account = "prod"
service = "web"
image = "*bad*"
exit = { code = 78, reason = "it cannot start", after = "2s" }
"#;
    world() + bad
}

const BAD: &str = "let bad = image::parse(\"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/bad:1\");";

#[test]
fn a_deployment_that_fails_while_it_is_under_way_is_taken_back_by_ecs() {
    let ended = in_world(&format!("{BAD} web.deploy(#{{ images: #{{ app: bad }} }}).wait(\"drained\");"), crashing());
    ended.exits(1).says([
        "web:7 → web:8",
        "prod/web is back on web:7",
        "prod/web was put back on web:7",
        "stopped deployment",
    ]);
}

#[test]
fn a_deployment_that_fails_can_be_stopped_where_it_stands() {
    let ended = in_world(
        &format!("{BAD} web.deploy(#{{ images: #{{ app: bad }} }}).wait(\"drained\", #{{ on_failure: \"stop\" }});"),
        crashing(),
    );
    ended.exits(1).says(["our deployment was stopped, and prod/web is left as it is", "is left with web:8 (PRIMARY)"]);
}

#[test]
fn tasks_are_listed_stopped_and_their_log_is_read() {
    let ended = command("tasks", &[]);
    let tasks = ended.value();
    let told: Vec<_> =
        tasks.as_array().expect("a list").iter().map(|one| (&one["task_definition"], &one["status"])).collect();
    assert_eq!(told, [(&json!("web:7"), &json!("RUNNING")), (&json!("web:7"), &json!("RUNNING"))]);
    ended.says(["web:7 RUNNING HEALTHY"]);

    let log = "\n[[container_logs]]\nservice = \"web\"\nlines = [\"starting\", \"listening\"]\n";
    let ended = in_world(
        r#"
        let prod = aws::session("prod");
        let first = web.tasks()[0];
        let lines = ecs::task_log(prod, "prod", first.id, #{ lines: 1 }).map(|event| event.line);
        ecs::stop_tasks(prod, "prod", [first.id], #{ reason: "it hangs" });
        time::sleep("2m");
        let stopped = web.tasks(#{ status: "stopped" });
        let family = ecs::tasks(prod, "prod", #{ family: "web", status: "all" }).len();
        let nobody = ecs::tasks(prod, "prod", #{ started_by: "nobody" });
        [lines, stopped.map(|task| task.stopped_reason), stopped[0].id == first.id, web.tasks().len(), family, nobody]
        "#,
        world() + log,
    );
    assert_eq!(ended.value(), json!([["listening"], ["it hangs"], true, 2, 3, []]));
    ended.says(["is stopped", "stop task "]);

    for (call, expected) in [
        ("ecs::tasks(prod, \"prod\", #{ started_by: \"x\", family: \"web\" })", "ECS takes `started_by` with no other"),
        ("ecs::tasks(prod, \"prod\", #{ status: \"gone\" })", "the option `status` cannot be used"),
        ("ecs::stop_tasks(prod, \"prod\", [1])", "a task is named by a text, not by i64"),
        ("ecs::task_log(prod, \"prod\", web.tasks()[0].id, #{ container: \"x\" })", "web:7 has no container `x`"),
    ] {
        script(&format!("let prod = aws::session(\"prod\"); {call};")).exits(2).says([expected]);
    }
    let call = "ecs::task_log(aws::session(\"prod\"), \"prod\", \"0123\", #{});";
    script(call).exits(3).says(["cluster prod does not tell of task 0123"]);
}

#[test]
fn a_task_is_run_by_the_command() {
    let project = Project::with_the_release().file("scripts/it.world.toml", world());
    let run = |more: &[&str]| {
        let started = gantry(&project.root).args(["rehearse", "run-task", "--world", "scripts/it.world.toml"]);
        let started = started.args(["--session", "prod", "--cluster", "prod"]);
        more.iter().fold(started, |started, arg| started.args([*arg])).ends()
    };
    let ended = run(&["--like", "web", "--command", "bin/job --all", "--env", "STEP=1"]);
    assert_eq!(ended.value()["exit_codes"], json!({ "app": 0 }));
    let by_family = run(&["--task-definition", "web", "--subnet", "subnet-9", "--no-wait"]);
    assert_eq!(by_family.value()["status"], json!("PROVISIONING"));
    run(&["--task-definition", "web", "--command", "x"]).exits(2).says(["name it by --container"]);
}
