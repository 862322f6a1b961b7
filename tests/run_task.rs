//! One-off tasks: a migration before a deploy, its log, its end, and what is said of one that does not end well.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::project::Project;
use support::{Ended, checkout, gantry};

/// What becomes of the tasks of this world, by their commands.
const TASKS: &str = r#"
[[tasks]]
command = "bin/migrate"
runs = "20s"
logs = ["migrating", { after = "8s", line = "orders: 3 columns" }, { after = "19s", line = "done" }]

[[tasks]]
command = "bin/migrate --broken"
runs = "20s"
exit = 3
reason = "the table is locked"
logs = ["migrating", { after = "19s", line = "ERROR: the table is locked" }]

[[tasks]]
command = "bin/forever"
runs = "forever"
logs = ["waiting"]
"#;

fn world(more: &str) -> String {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ").replace("{ size = \"20MB\" }, ", "");
    format!("{world}\n{TASKS}\n{more}")
}

fn project(script: &str, more: &str) -> Project {
    let script = format!("let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n{script}");
    Project::with_the_release().file("scripts/it.rhai", script).file("scripts/it.world.toml", world(more))
}

fn in_world(script: &str, more: &str) -> Ended {
    gantry(&project(script, more).root).args(["rehearse", "scripts/it.rhai"]).ends()
}

const MIGRATE: &str = "ecs::run_task(#{ like: web, command: #{ app: [\"bin/migrate\"] } })";

/// The text with every task's id as `TASK`.
fn unnamed(text: &str) -> String {
    let named = |part: &str| {
        let word = part.trim_end_matches(|one: char| !one.is_ascii_alphanumeric());
        let is_id = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { part.replace(word, "TASK") } else { part.to_owned() }
    };
    text.split_inclusive(|one: char| !one.is_ascii_alphanumeric()).map(named).collect()
}

#[test]
fn a_migration_before_a_deploy_is_three_lines() {
    let ended = in_world(
        r#"
        let image = image::parse("222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:20261105-1.4.1");
        let migrated = ecs::run_task(#{ like: web, images: #{ app: image }, command: #{ app: ["bin/migrate"] } });
        web.deploy(#{ task_definition: migrated.task_definition }).wait("drained");
        migrated
        "#,
        "",
    );
    let told = ended.value();
    assert_eq!(
        [&told["task_definition"], &told["status"], &told["exit_codes"], &told["stop_code"], &told["cluster"]],
        [&json!("web:8"), &json!("STOPPED"), &json!({ "app": 0 }), &json!("EssentialContainerExited"), &json!("prod")]
    );
    let story = unnamed(&ended.stderr);
    let begins = "   0.1s  task TASK of web:8 is started in prod
   0.1s  task TASK is PROVISIONING
   4.2s  task TASK is PENDING
    12s  task TASK is RUNNING
    12s  app: migrating
    20s  app: orders: 3 columns
    30s  app: done
    32s  task TASK is DEPROVISIONING
    34s  task TASK has ended: app exited with 0
";
    assert!(story.starts_with(begins), "{ended}");
    ended.says(["web:7 → web:8", "prod/web is drained: only web:8"]);
    // the revision that was tried is the one that is deployed
    assert_eq!(story.matches("register a revision").count(), 1, "{ended}");
}

#[test]
fn a_task_that_fails_is_told_with_its_reason_and_its_last_lines_and_nothing_is_deployed() {
    let ended = in_world(
        r#"
        ecs::run_task(#{ like: web, command: #{ app: ["bin/migrate", "--broken"] }, logs: false });
        web.deploy(#{ cpu: 1024 }).wait("drained");
        "#,
        "",
    );
    ended.exits(1).prints_nothing();
    let story = unnamed(&ended.stderr);
    assert!(
        story.ends_with(
            "  x task TASK of web:7 failed: container `app` exited with 3
  | - task TASK: container `app` exited with 3: the table is locked: Essential container in task exited
  | - app logged: migrating
  | - app logged: ERROR: the table is locked
   ,-[scripts/it.rhai:3:14]
 2 | 
 3 |         ecs::run_task(#{ like: web, command: #{ app: [\"bin/migrate\", \"--broken\"] }, logs: false });
   :              ^^^^^^^^
 4 |         web.deploy(#{ cpu: 1024 }).wait(\"drained\");
   `----

failed in 34s: 5 calls, 1 of them changed something
     0.0s  run a task of web:7 in prod
      34s  wait for task TASK to end
written before it ended:
  - started task TASK of web:7
"
        ),
        "{story}"
    );
}

#[test]
fn what_decides_are_the_containers_that_are_named() {
    let second = r#"
[[tasks]]
container = "sidecar"
runs = "5s"
exit = 1
"#;
    let script = |more: &str| {
        format!(
            r#"
            let td = web.task_definition();
            td.family = "job";
            let app = td.containerDefinitions[0];
            td.containerDefinitions = [app, #{{ name: "sidecar", image: app.image }}];
            ecs::run_task(#{{ like: web, task_definition: td, command: #{{ app: ["bin/migrate"] }}{more} }}).exit_codes
            "#
        )
    };
    let both = in_world(&script(""), second);
    both.exits(1).says(["failed: container `app` exited with 137", "container `sidecar` exited with 1"]);
    let app = in_world(&script(", must_succeed: [\"sidecar\"]"), &second.replace("exit = 1", "exit = 0"));
    assert_eq!(app.value(), json!({ "app": 137, "sidecar": 0 }));
}

#[test]
fn a_task_that_cannot_start_says_why() {
    let unpullable = "[[container_faults]]\nimage = \"*/shop:*\"\nunpullable = \"not found\"\n";
    let ended = in_world(MIGRATE, unpullable);
    ended.exits(1).says(["failed: it did not start", "CannotPullContainerError", "help: check that the image is in"]);
    let full = "[[faults]]\non = \"ecs:RunTask\"\nthen = { failure = \"RESOURCE:MEMORY\" }\n";
    let ended = in_world(MIGRATE, full);
    ended.exits(3).says([
        "x a task of `web:7` in cluster `prod` was not started: RESOURCE:MEMORY",
        "help: no instance has enough CPU or memory free",
    ]);
    // it can be tried again, and is another task then
    let again = format!("try {{ {MIGRATE}; }} catch (e) {{ log::info(e.code); {MIGRATE} }}");
    in_world(&again, full).exits(0).says(["NotPlaced", "has ended: app exited with 0"]);
}

#[test]
fn a_task_that_does_not_end_is_left_or_stopped() {
    let run = |more: &str| {
        let task = format!("like: web, command: #{{ app: [\"bin/forever\"] }}, timeout: \"1m\"{more}");
        in_world(&format!("ecs::run_task(#{{ {task} }})"), "")
    };
    let left = run("");
    left.exits(1).says(["app: waiting", "has not ended after 1m: it is RUNNING", "goes on, as on_timeout says"]);
    assert!(!left.stderr.contains("stopped task"), "{left}");
    let stopped = run(", on_timeout: \"stop\"");
    stopped.exits(1).says(["has not ended after 1m", "was told to stop, as on_timeout says", "stopped task"]);
    let unwaited = run(", wait: false");
    assert_eq!(unwaited.value()["status"], json!("PROVISIONING"));
}

#[test]
fn a_log_that_may_not_be_read_is_said_once_and_hides_nothing() {
    let denied = "[[faults]]\non = \"logs:GetLogEvents\"\nalways = true\nthen = \"access_denied\"\n";
    let ended = in_world(MIGRATE, denied);
    ended.exits(0).says(["what app logs cannot be read", "the IAM action logs:GetLogEvents", "app exited with 0"]);
    assert_eq!(ended.stderr.matches("cannot be read").count(), 1, "{ended}");
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_is_started() {
    for (task, expected) in [
        ("like: web, command: #{ ap: [\"x\"] }", "run_task: web:7 has no container `ap`"),
        ("like: web, must_succeed: [\"ap\"]", "run_task: web:7 has no container `ap`"),
        ("like: web, comand: #{}", "run_task: unknown option `comand`; did you mean `command`?"),
        ("session: \"prod\", task_definition: \"web\"", "run_task: nothing says where to run it"),
        ("session: \"prod\", cluster: \"prod\"", "run_task: nothing says what to run"),
        ("session: \"prod\", cluster: \"prod\", task_definition: \"web\"", "run_task: tasks of web:7 need a network"),
        ("like: web, env: #{ app: #{ A: () } }", "run_task: the option `env` cannot be used"),
    ] {
        let ended = in_world(&format!("ecs::run_task(#{{ {task} }})"), "");
        ended.exits(2).says([expected]);
        assert!(!ended.stderr.contains("is started"), "{ended}");
    }
}

#[test]
fn everything_that_is_said_reaches_ecs() {
    let ended = in_world(
        r#"
        let ran = ecs::run_task(#{
            session: "prod", cluster: "prod", task_definition: "web:7",
            command: #{ app: ["bin/migrate"] }, env: #{ app: #{ STEP: "1" } }, cpu: 1024, memory: 2048,
            task_role: "migrator", tags: #{ why: "release" }, group: "jobs",
            overrides: #{ containerOverrides: [#{ name: "app", cpu: 256 }] },
            network: #{ subnets: ["subnet-9"] }, launch_type: "FARGATE", wait: false,
        });
        log::info(ran.status);
        "#,
        "",
    );
    ended.exits(0).says(["PROVISIONING"]);
}

#[test]
fn a_plan_shows_the_task_and_what_it_needs() {
    let script = format!("let ran = {MIGRATE};\nweb.deploy(#{{ cpu: 1024 }}).wait(\"drained\");\nran.status");
    let project = project(&script, "");
    let ended = gantry(&project.root).args(["plan", "scripts/it.rhai", "--world", "scripts/it.world.toml"]).ends();
    let told = "scripts/it.rhai would change 3 things:
  1. run a task of web:7 in prod  (scripts/it.rhai:2)
       app.command: bin/migrate
  2. register a revision of task definition web  (scripts/it.rhai:3)
";
    assert!(ended.exits(0).stdout.starts_with(told), "{ended}");
    for part in ["ecs:RunTask  ", "logs:GetLogEvents  ", "the id of the task of web:7"] {
        assert!(ended.stdout.contains(part), "{part} is not in {ended}");
    }
    ended.says(["(planned) task <new-1> of web:7 is started", "(planned) task <new-1> has ended: app exited with 0"]);
}
