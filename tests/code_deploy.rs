//! Services that `CodeDeploy` deploys, rehearsed from a script: the whole way, a check before the traffic moves, what
//! fails, and what cannot be done so.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, checkout, gantry};

const WEB: &str = "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n";

/// Rehearses a script where `CodeDeploy` deploys `web`; its group has what `group` says.
fn rehearse(controller: &str, group: &str, script: &str, and: &str) -> Ended {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ");
    let deployed_so = world.replace("desired = 2\n", &format!("desired = 2\ncontroller = \"{controller}\"\n{group}"));
    assert_ne!(world, deployed_so);
    let project = Project::with_the_release()
        .file("scripts/it.rhai", format!("{WEB}{script}"))
        .file("scripts/it.world.toml", format!("{deployed_so}\n{and}"));
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
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
