//! Services that `CodeDeploy` deploys, rehearsed from a script: the whole way, a check before the traffic moves, what
//! fails, and what cannot be done so.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use support::project::Project;
use support::sittings::{Interruption, Sittings, WHENS};
use support::{Ended, checkout, gantry};

const WEB: &str = "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n";

/// A project with a script where `CodeDeploy` deploys `web`; its group has what `group` says.
fn project(controller: &str, group: &str, script: &str, and: &str) -> Project {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ");
    let deployed_so = world.replace("desired = 2\n", &format!("desired = 2\ncontroller = \"{controller}\"\n{group}"));
    assert_ne!(world, deployed_so);
    Project::with_the_release()
        .file("scripts/it.rhai", format!("{WEB}{script}"))
        .file("scripts/it.world.toml", format!("{deployed_so}\n{and}"))
}

/// Rehearses such a script.
fn rehearse(controller: &str, group: &str, script: &str, and: &str) -> Ended {
    let project = project(controller, group, script, and);
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

/// Deploys through every phase: the check, the traffic, the original tasks' end.
fn phases(policy: &str) -> Arc<Project> {
    let script = format!(
        "let rollout = web.deploy(#{{ cpu: 1024, on_interrupt: \"{policy}\" }});
        rollout.wait_ready(#{{ timeout: \"10m\" }});
        time::sleep(\"1m\");
        rollout.continue_traffic();
        rollout.wait(\"traffic\");
        time::sleep(\"1m\");
        rollout.wait(\"drained\", #{{ timeout: \"30m\" }});"
    );
    let group = "code_deploy = { ready_wait = \"1h\", termination_wait = \"5m\" }\n";
    Arc::new(project("CODE_DEPLOY", group, &script, ""))
}

/// What the service is left with once all has come to rest: the PRIMARY task set's definition, how many task sets there
/// are, and which writes `CodeDeploy` was asked for.
async fn at_rest(sittings: &Sittings) -> (String, usize, Vec<String>) {
    tokio::time::sleep(std::time::Duration::from_hours(2)).await;
    let world = sittings.world();
    let clusters = world["ecs"].as_array().expect("realms").iter().filter_map(|realm| realm["clusters"].as_array());
    let mut services = clusters.flatten().filter_map(|cluster| cluster["services"].as_array()).flatten();
    let sets = services.next().expect("the service")["taskSets"].as_array().expect("task sets").clone();
    let primary = sets.iter().find(|one| one["status"] == "PRIMARY").expect("a PRIMARY one");
    let definition = primary["taskDefinition"].as_str().expect("its definition");
    (definition.rsplit('/').next().unwrap_or_default().to_owned(), sets.len(), asked(&world))
}

/// The writes that `CodeDeploy` was asked for.
fn asked(world: &Value) -> Vec<String> {
    let writes = world["writes"].as_array().expect("writes").iter();
    writes.filter_map(|one| one["operation"].as_str()?.strip_prefix("codedeploy:").map(str::to_owned)).collect()
}

#[test]
fn whenever_it_is_interrupted_the_service_is_as_the_policy_says() {
    // which definition has the traffic, how many task sets are left, and what CodeDeploy was told
    let done = "web:8 1 CreateDeployment ContinueDeployment";
    let taken_back =
        ["web:7 1 CreateDeployment ContinueDeployment StopDeployment", "web:7 1 CreateDeployment StopDeployment", done];
    let stopped = [
        "web:7 1 CreateDeployment StopDeployment",
        "web:7 2 CreateDeployment ContinueDeployment StopDeployment",
        "web:7 2 CreateDeployment StopDeployment",
        done,
        "web:8 2 CreateDeployment ContinueDeployment StopDeployment",
    ];
    for (policy, expected) in [("leave", &[done][..]), ("rollback", &taken_back), ("stop", &stopped)] {
        let project = phases(policy);
        let world = project.root.join("scripts/it.world.toml");
        let sittings = || Sittings::of(project.clone(), "scripts/it.rhai", &world);
        let calls = on_a_paused_clock(async { sittings().sit(None).await.made });
        assert!(calls >= 12, "{calls}");
        let mut left = BTreeSet::new();
        for (call, when) in (1..=calls).flat_map(|call| WHENS.map(|when| (call, when))) {
            on_a_paused_clock(async {
                let (sittings, interruption) = (sittings(), Interruption { call, when });
                let told = format!("{policy} {interruption:?}");
                let first = sittings.interrupted(interruption).await;
                let stopped = asked(&sittings.world()).contains(&"StopDeployment".to_owned());
                assert_eq!(sittings.has_failed(), stopped, "{told}: what was taken back is not gone on with");
                if first.result.is_err() && !stopped {
                    let second = sittings.sit(None).await;
                    assert!(second.result.is_ok() && sittings.is_done(), "{told}: {:?}", second.result);
                }
                left.insert(at_rest(&sittings).await);
            });
        }
        let left: Vec<String> =
            left.into_iter().map(|(runs, sets, asked)| format!("{runs} {sets} {}", asked.join(" "))).collect();
        assert_eq!(left, expected, "{policy}");
    }
}

#[test]
fn a_deployment_is_waited_for_to_each_of_its_points() {
    let script = r#"
        let rollout = web.deploy(#{ cpu: 1024 });
        for point in ["traffic", "deployed", "drained"] { rollout.wait(point, #{ timeout: "30m" }); }
        rollout.task_definition
    "#;
    let ended = rehearse("CODE_DEPLOY", "", script, "");
    ended.exits(0).says([
        "prod/web: web:7 → web:8, deployment d-",
        "prod/web: Install Succeeded",
        "web:8 serves in prod/web, deployment d-",
        "prod/web: AfterAllowTraffic Succeeded",
        "web:8 is deployed to prod/web, deployment d-",
        "prod/web is drained: only web:8",
    ]);
    assert_eq!(ended.stdout.trim(), "\"web:8\"");
}

#[test]
fn traffic_is_continued_after_a_check_and_the_original_tasks_are_ended() {
    let script = r#"
        let rollout = web.deploy(#{ cpu: 1024, code_deploy: #{ hooks: #{ AfterInstall: "check" } } });
        rollout.wait_ready(#{ timeout: "10m" });
        rollout.continue_traffic();
        rollout.wait("traffic");
        rollout.end_old_tasks();
        rollout.wait("drained", #{ timeout: "5m" });
    "#;
    let group = "code_deploy = { ready_wait = \"1h\", termination_wait = \"8h\" }\n";
    let ended = rehearse("CODE_DEPLOY", group, script, "");
    ended.exits(0).says(["prod/web: AllowTraffic Succeeded", "prod/web is drained: only web:8"]);
}

#[test]
fn a_hook_that_fails_is_told_with_what_the_service_is_left_with() {
    let script = r#"
        web.deploy(#{ cpu: 1024, code_deploy: #{ hooks: #{ BeforeAllowTraffic: "check" } } }).wait("deployed");
    "#;
    let hook = "[[hooks]]\nfunction = \"check\"\noutcome = \"fails\"\n";
    let ended = rehearse("CODE_DEPLOY", "", script, hook);
    ended.exits(1).prints_nothing().says([
        "the rollout of web:8 to prod/web failed: deployment d-",
        "(HOOK_EXECUTION_FAILURE): The Lambda function of BeforeAllowTraffic answered Failed.",
        "lifecycle event BeforeAllowTraffic: The Lambda function of BeforeAllowTraffic answered Failed.",
        "prod/web was put back on web:7",
        "prod/web is left with web:7 (PRIMARY): 2 of 2 running",
    ]);
}

#[test]
fn one_that_does_not_get_there_in_time_is_stopped_and_taken_back() {
    let fault = "[[container_faults]]\nservice = \"web\"\ncontainer = \"app\"\nexit = { code = 3, after = \"2s\" }\n";
    let script = r#"web.deploy(#{ cpu: 1024 }).wait("deployed", #{ timeout: "3m" });"#;
    let ended = rehearse("CODE_DEPLOY", "", script, fault);
    ended.exits(1).prints_nothing().says([
        "after 3m it still waits for lifecycle event Install of deployment d-",
        "container `app` exited with 3",
        "prod/web was put back on web:7",
    ]);
    let left = r#"web.deploy(#{ cpu: 1024 }).wait("deployed", #{ timeout: "3m", on_failure: "leave" });"#;
    rehearse("CODE_DEPLOY", "", left, fault).exits(1).says(["prod/web is left as it is, as on_failure says"]);
}

#[test]
fn nothing_begins_where_nothing_differs_and_what_ecs_still_changes_is_changed() {
    let script = r#"
        web.deploy(#{}).wait("drained");
        let rollout = web.deploy(#{ desired_count: 3 });
        rollout.began
    "#;
    let ended = rehearse("CODE_DEPLOY", "", script, "");
    ended.exits(0).says([
        "prod/web runs web:7 already: nothing to deploy",
        "web:7 serves in prod/web: its PRIMARY",
        "prod/web is updated; no deployment begins",
    ]);
    assert_eq!(ended.stdout.trim(), "false");
}

#[test]
fn what_cannot_be_done_is_said() {
    let other = r#"web.deploy(#{ cpu: 1024, code_deploy: #{ group: "other" } });"#;
    rehearse("CODE_DEPLOY", "", other, "")
        .says(["deployment group `other`", "name them: `code_deploy: #{ application:"]);
    let twice = r"web.deploy(#{ cpu: 1024 }); web.deploy(#{ cpu: 512, force: true });";
    rehearse("CODE_DEPLOY", "", twice, "").says(["of prod/web is under way, and CodeDeploy makes one at a time"]);
    let external = rehearse("EXTERNAL", "", "web.deploy(#{ cpu: 1024 });", "");
    external.says(["its task sets belong to the tool that made them, and gantry neither makes nor changes any"]);
}

#[test]
fn a_status_shows_the_task_sets_and_how_code_deploy_stands() {
    let script = r#"
        let rollout = web.deploy(#{ cpu: 1024 });
        time::sleep("30s");
        let meanwhile = web.status();
        rollout.wait("drained", #{ timeout: "30m" });
        let after = web.status();
        [meanwhile, after]
    "#;
    let group = "code_deploy = { termination_wait = \"5m\" }\n";
    let told = rehearse("CODE_DEPLOY", group, script, "").value();
    let seen = |status: &Value| {
        let sets = status["task_sets"].as_array().expect("task sets").iter();
        let sets: Vec<Value> = sets.map(|one| json!([one["status"], one["task_definition"], one["desired"]])).collect();
        json!([status["controller"], status["code_deploy"]["status"], status["deployments"], sets])
    };
    let sets = json!([["PRIMARY", "web:8", 2], ["ACTIVE", "web:7", 2]]);
    assert_eq!(seen(&told[0]), json!(["CODE_DEPLOY", "InProgress", [], sets]));
    assert_eq!(seen(&told[1]), json!(["CODE_DEPLOY", "Succeeded", [], [["PRIMARY", "web:8", 2]]]));

    let elsewhere =
        rehearse("CODE_DEPLOY", "code_deploy = { group = \"other\" }\n", "web.status().code_deploy == ()", "");
    assert_eq!(elsewhere.value(), json!(true), "the group has another name than the usual one");
}

#[test]
fn of_a_service_with_an_external_controller_all_is_read_and_nothing_deployed() {
    let read = "let s = web.status(); [s.controller, s.task_sets.len(), s.task_definition, web.events().len() > 0]";
    assert_eq!(rehearse("EXTERNAL", "", read, "").value(), json!(["EXTERNAL", 1, "web:7", true]));
    for work in ["web.deploy(#{ cpu: 1024 })", "web.refresh()", "web.rollback()", "web.rollback(#{ to: \"web:7\" })"] {
        let ended = rehearse("EXTERNAL", "", work, "");
        ended.exits(3).says([
            "service prod/web has the deployment controller EXTERNAL: its task sets belong to the tool that made them",
            "its status, images and task definition can be read; deploy with the tool that owns it",
        ]);
    }
}
