//! Deployments that stand at PAUSE hooks, rehearsed: answered by the script that waits, refused, or left to a person.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::project::Project;
use support::sandbox::Sandbox;
use support::{Ended, checkout, gantry};

const WORLD: &str = "scripts/release.world.toml";

/// The release's world, where `web` is deployed so.
fn world(configuration: &str) -> String {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let rolling = "deployment = { minimum_healthy_percent = 100, maximum_percent = 200 }";
    assert!(world.contains(rolling) && world.contains("\n[args]\nimage"));
    world
        .replace("\n[args]\nimage", "\n[args]\n# ")
        .replace(rolling, &format!("deployment_configuration = {{ {configuration} }}"))
}

const BLUE_GREEN: &str = r#"strategy = "BLUE_GREEN", bakeTimeInMinutes = 5, lifecycleHooks = [
    { targetType = "PAUSE", lifecycleStages = ["POST_TEST_TRAFFIC_SHIFT"] } ]"#;

const CANARY: &str = r#"strategy = "CANARY", bakeTimeInMinutes = 2,
    canaryConfiguration = { canaryPercent = 10.0, canaryBakeTimeInMinutes = 3 },
    lifecycleHooks = [ { targetType = "PAUSE", lifecycleStages = ["PRE_PRODUCTION_TRAFFIC_SHIFT"] } ]"#;

fn project(script: &str, world: &str) -> Project {
    let text = format!("let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n{script}");
    Project::with_the_release().file("scripts/it.rhai", text).file("scripts/it.world.toml", world)
}

fn rehearsed(script: &str, configuration: &str) -> Ended {
    gantry(&project(script, &world(configuration)).root).args(["rehearse", "scripts/it.rhai"]).ends()
}

/// The lines of what was written, as they are told at the end.
fn written(ended: &Ended) -> Vec<String> {
    let (_, list) = ended.stderr.split_once("written before it ended:\n").unwrap_or_else(|| panic!("{ended}"));
    list.lines().map(|line| line.trim_start_matches("  - ").to_owned()).collect()
}

#[test]
fn a_blue_green_deployment_goes_on_once_its_script_has_looked_at_it() {
    let ended = rehearsed(
        r#"let seen = [];
        web.deploy(#{ cpu: 1024 }).wait("drained", #{ timeout: "7m", on_pause: |pause| {
            seen.push([pause.service, pause.stage, pause.task_definition, pause.previous, pause.traffic, pause.test_traffic]);
            seen.push([pause.running, pause.desired, pause.old_running, pause.expires_at.iso, pause.timeout_action]);
            log::info(`${pause}`);
            true
        } });
        seen"#,
        BLUE_GREEN,
    );
    let seen = json!([
        ["prod/web", "POST_TEST_TRAFFIC_SHIFT", "web:8", "web:7", 0.0, 100.0],
        [2, 2, 2, "2026-11-20T17:00:27.1Z", "ROLLBACK"],
    ]);
    assert_eq!(ended.value(), seen);
    ended.says([
        "0% of the traffic; 100% of the test traffic; POST_TEST_TRAFFIC_SHIFT; hook ",
        "prod/web stands at hook ",
        " at POST_TEST_TRAFFIC_SHIFT is answered, and the deployment goes on\n",
        "100% of the traffic; 100% of the test traffic; BAKE_TIME\n",
        "prod/web is drained: only web:8",
        "9 calls, 3 of them changed something",
    ]);
}

#[test]
fn a_canary_is_asked_for_before_each_shift_of_its_traffic() {
    let ended = rehearsed(
        r#"let shares = [];
        web.deploy(#{ cpu: 1024 }).wait("deployed", #{ on_pause: |pause| {
            shares.push(pause.traffic);
            let by = approve(`${pause.service} has ${pause.traffic}% of the traffic: go on?`);
            if by == "the rehearsal" { "continue" } else { "rollback" }
        } });
        shares"#,
        CANARY,
    );
    assert_eq!(ended.value(), json!([0.0, 10.0]));
    ended.says([
        "approved by the rehearsal: prod/web has 0.0% of the traffic: go on?",
        "10% of the traffic; 100% of the test traffic; PRODUCTION_TRAFFIC_SHIFT\n",
        "approved by the rehearsal: prod/web has 10.0% of the traffic: go on?",
        "100% of the traffic",
        "web:8 is deployed to prod/web",
    ]);
}

#[test]
fn a_script_that_says_no_has_ecs_take_the_deployment_back() {
    let ended = rehearsed(
        r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_failure: "leave", on_pause: |pause| pause.traffic < 10 });"#,
        CANARY,
    );
    ended.exits(1).prints_nothing().says([
        " at PRE_PRODUCTION_TRAFFIC_SHIFT is answered, and the deployment goes on\n",
        "ROLLBACK_REQUESTED\n",
        "ROLLBACK_SUCCESSFUL\n",
        "prod/web is back on web:7\n",
        "the rollout of web:8 to prod/web failed: on_pause said no at hook ",
        "prod/web was put back on web:7\n",
        "prod/web is left with web:7 (PRIMARY): 2 of 2 running\n",
    ]);
    let written = written(&ended);
    assert_eq!(written.len(), 4, "{ended}");
    assert!(written[2].ends_with("(continue)") && written[3].ends_with("(rollback)"), "{ended}");
}

#[test]
fn what_the_function_throws_is_a_failure_and_on_failure_says_what_becomes_of_it() {
    let script = |how: &str| {
        format!(
            r#"web.deploy(#{{ cpu: 1024 }}).wait("drained", #{{ on_failure: "{how}", on_pause: |pause| {{
                if pause.test_traffic > 50 {{ throw "7 of 100 requests failed"; }}
                true
            }} }});"#
        )
    };
    let why = "failed: on_pause gave no answer to hook ";
    let ended = rehearsed(&script("rollback"), BLUE_GREEN);
    ended.exits(1).says([why, ": 7 of 100 requests failed\n", "prod/web was put back on web:7\n"]);
    assert!(written(&ended).last().is_some_and(|last| last.ends_with("(rollback)")), "{ended}");

    let ended = rehearsed(&script("stop"), BLUE_GREEN);
    ended.exits(1).says([why, "our deployment was stopped", "is left with web:8 (PRIMARY): 2 of 2 running\n"]);
    assert!(written(&ended).last().is_some_and(|last| last.starts_with("stopped deployment")), "{ended}");

    let ended = rehearsed(&script("leave"), BLUE_GREEN);
    ended.exits(1).says([why, "prod/web is left as it is, as on_failure says\n", "web:7 (ACTIVE): 2 of 2 running\n"]);
    assert_eq!(written(&ended).len(), 2, "{ended}");
}

#[test]
fn an_answer_that_is_none_is_not_taken_for_one() {
    let ended = rehearsed(
        r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: |pause| approve("go on?") });"#,
        BLUE_GREEN,
    );
    ended.exits(1).says(["it gave `the rehearsal` back", "was put back on web:7", "end it with `true` to go on"]);
    rehearsed(r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: true });"#, BLUE_GREEN)
        .exits(1)
        .says(["wait: `on_pause` is no function, but bool"]);
    rehearsed(r#"ecs::watch([web.refresh()], "drained", #{ on_pause: |pause| true });"#, BLUE_GREEN)
        .exits(1)
        .says(["unknown option `on_pause`"]);
}

#[test]
fn without_a_function_the_wait_tells_how_a_person_answers_and_waits() {
    let script = r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ timeout: "10m", on_failure: "leave" });"#;
    let alone = world(BLUE_GREEN);
    let told = [
        "warning: prod/web: the deployment stands until somebody answers hook ",
        " at POST_TEST_TRAFFIC_SHIFT: `aws ecs continue-service-deployment --service-deployment-arn arn:aws:ecs:",
        " --action CONTINUE`, or ROLLBACK\n",
    ];
    let ended = gantry(&project(script, &alone).root).args(["rehearse", "scripts/it.rhai"]).ends();
    ended.exits(1).says(told);
    ended.says([
        "failed: after 10m it still waits for an answer to hook ",
        "prod/web is left as it is, as on_failure says",
        "help: give the wait a function that answers, `on_pause: |pause| …`, or more time",
    ]);
    assert_eq!(ended.stderr.matches("somebody answers").count(), 1, "{ended}");

    // somebody does
    let (_, hook) = ended.stderr.split_once("--hook-id ").expect("the line of aws-cli");
    let hook = hook.split(' ').next().expect("its id");
    let answered = format!(
        "{alone}\n[[meanwhile]]\naccount = \"prod\"\nafter = \"2m\"\ncall = \"ecs:ContinueServiceDeployment\"\nwith = {{ \
         cluster = \"prod\", service = \"web\", serviceDeploymentArn = \"${{current}}\", hookId = \"{hook}\" }}\n"
    );
    let ended = gantry(&project(script, &answered).root).args(["rehearse", "scripts/it.rhai"]).ends();
    ended.exits(0).says(told);
    ended.says(["100% of the traffic", "prod/web is drained: only web:8"]);
}

#[test]
fn an_answer_that_comes_too_late_is_told_of_and_the_deployment_is_judged_as_it_went() {
    let short = |action: &str| {
        format!(
            r#"strategy = "BLUE_GREEN", lifecycleHooks = [ {{ targetType = "PAUSE", lifecycleStages = ["POST_SCALE_UP"],
            timeoutConfiguration = {{ timeoutInMinutes = 3, action = "{action}" }} }} ]"#
        )
    };
    let script = r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: |pause| { time::sleep("4m"); true } });"#;
    let late = "waits for no answer any more (";
    rehearsed(script, &short("CONTINUE")).exits(0).says([late, "prod/web is drained: only web:8"]);
    rehearsed(script, &short("ROLLBACK")).exits(1).says([late, "was rolled back", "timed out", "is left with web:7"]);
}

#[test]
fn an_answer_that_is_not_permitted_leaves_the_deployment_to_on_failure() {
    let denied = "\n[[faults]]\non = \"ecs:ContinueServiceDeployment\"\nthen = \"access_denied\"\nalways = true\n";
    let script = r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: |pause| true });"#;
    let ended =
        gantry(&project(script, &(world(BLUE_GREEN) + denied)).root).args(["rehearse", "scripts/it.rhai"]).ends();
    ended.exits(1).says([
        "it is stopped instead",
        "prod/web is back on web:7",
        " at POST_TEST_TRAFFIC_SHIFT could not be answered: ",
        "ecs:ContinueServiceDeployment",
        "prod/web was put back on web:7",
    ]);
}

#[test]
fn an_answer_that_is_lost_is_looked_for_and_given_once() {
    let script = r#"web.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: |pause| true });"#;
    for (then, came) in [("lost_after", "it happened: going on"), ("lost_before", "it did not happen: making it again")]
    {
        let lost = format!("\n[[faults]]\non = \"ecs:ContinueServiceDeployment\"\nthen = \"{then}\"\n");
        let world = world(BLUE_GREEN) + &lost;
        let ended = gantry(&project(script, &world).root).args(["rehearse", "scripts/it.rhai"]).ends();
        ended.exits(0).says(["looking whether it happened", came, "prod/web is drained: only web:8"]);
    }
}

#[test]
fn the_example_asks_before_each_shift() {
    let project = Project::with_the_release();
    gantry(&project.root).args(["rehearse", "scripts/canary.rhai"]).ends().exits(0).says([
        "approved by the rehearsal: prod/web: web:8 has 0.0% of the traffic, go on?",
        "approved by the rehearsal: prod/web: web:8 has 10.0% of the traffic, go on?",
        "prod/web is drained: only web:8",
    ]);
}

/// A sandbox with a service `api` that is deployed so.
fn sandbox(configuration: &str) -> Sandbox {
    // the clock of gantry is the wall's: what it sleeps through takes that long
    let configuration = configuration.replace("\"BLUE_GREEN\", bakeTimeInMinutes = 5", "\"BLUE_GREEN\"");
    let configuration = configuration.replace("\"CANARY\", bakeTimeInMinutes = 2", "\"CANARY\"");
    let api = format!(
        "[[clusters.services]]\nname = \"api\"\ntask_definition = \"web:7\"\ndesired = 1\nload_balancer = {{ target_group = \
         \"api\", container = \"app\", port = 8080 }}\ndeployment_configuration = {{ {configuration} }}\n"
    );
    Sandbox::of_the_release(100, &api)
}

/// Writes a script into the sandbox's project.
fn scripted(sandbox: &Sandbox, script: &str) {
    let text = format!("let api = ecs::service(aws::session(\"prod\"), \"prod\", \"api\");\n{script}");
    std::fs::write(sandbox.home.root.join("r.rhai"), text).expect("a script");
}

/// The operations of ECS that wrote, in the order in which they did.
fn operations(sandbox: &Sandbox) -> Vec<String> {
    let world = sandbox.world();
    let writes = world["writes"].as_array().expect("writes");
    writes.iter().map(|one| one["operation"].as_str().expect("its name").to_owned()).collect()
}

const ONCE: [&str; 3] = ["ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:ContinueServiceDeployment"];

#[test]
fn a_pause_that_waits_for_a_person_leaves_a_run_that_goes_on_when_it_is_approved() {
    let sandbox = sandbox(BLUE_GREEN);
    scripted(
        &sandbox,
        r#"api.deploy(#{ cpu: 1024, on_interrupt: "rollback" }).wait("drained", #{
            on_pause: |pause| { approve(`${pause.stage}: go on?`); true }
        });
        "ends""#,
    );
    let ended = sandbox.gantry(&["run", "r.rhai"]);
    ended
        .exits(4)
        .prints_nothing()
        .says(["waiting for an approval: POST_TEST_TRAFFIC_SHIFT: go on?", "stopped to wait"]);
    assert_eq!(operations(&sandbox), ONCE[..2]);
    sandbox.gantry(&["resume"]).exits(4).says(["waiting for an approval: POST_TEST_TRAFFIC_SHIFT: go on?"]);
    assert_eq!(operations(&sandbox), ONCE[..2], "nobody has answered");

    let ended = sandbox.gantry(&["resume", "--approve"]);
    ended.exits(0).says([
        " is answered, and the deployment goes on",
        "100% of the traffic",
        "prod/api is drained: only web:8",
    ]);
    assert_eq!((ended.stdout.as_str(), operations(&sandbox)), ("\"ends\"\n", ONCE.map(str::to_owned).to_vec()));
}

#[test]
fn a_plan_foresees_the_pauses_and_a_run_that_follows_it_answers_those_alone() {
    let sandbox = sandbox(CANARY);
    scripted(
        &sandbox,
        r#"api.deploy(#{ cpu: 1024 }).wait("drained", #{ on_pause: |pause| {
            log::info(`${pause.traffic}%`);
            pause.traffic <= 10.0 && pause.running == 1
        } });"#,
    );
    let ended = sandbox.gantry(&["plan", "--out", "r.plan", "r.rhai"]);
    ended.exits(0);
    let lines: Vec<_> =
        ended.stdout.lines().filter(|line| line.contains("hook") || line.contains("Continue")).collect();
    let expected = [
        "  3. answer hook <new-hook-new-1-1> of deployment prod/api/<new-record-new-1> (continue)  (r.rhai:2)",
        "  4. answer hook <new-hook-new-1-2> of deployment prod/api/<new-record-new-1> (continue)  (r.rhai:2)",
        "  prod       ecs:ContinueServiceDeployment      arn:aws:ecs:ap-northeast-1:222222222222:service-deployment/prod/api/*",
    ];
    assert_eq!(lines, expected, "{ended}");
    assert_eq!(operations(&sandbox), Vec::<String>::new());

    let ended = sandbox.gantry(&["run", "--plan", "r.plan"]);
    ended.exits(0).says(["0.0%", "10.0%", "prod/api is drained: only web:8"]);
    let mut expected = ONCE.to_vec();
    expected.push(ONCE[2]);
    assert_eq!(operations(&sandbox), expected);
}
