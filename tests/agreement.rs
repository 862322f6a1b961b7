//! Planned, run and replayed from its journal, a script makes the same calls: every script of scripts/ and every built-in
//! command. What a plan cannot know is listed here by name.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use gantry::effects::call::Call;
use gantry::effects::fault::Fault;
use gantry::effects::journal::entry::Entry as Line;
use gantry::effects::plan::agreement::{Bound, agree};
use gantry::effects::plan::{Nature, Planned};
use gantry::effects::reply::Reply;
use gantry::script::stdlib;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::project::Project;
use support::thrice::{Came, Heard, Thrice};
use support::{checkout, gantry, images, two_services};

const IMAGE: (&str, &str) = ("image", "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2");
const WORLD: &str = "scripts/release.world.toml";

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

/// Everything that is compared.
struct Compared {
    plan: Vec<Planned>,
    run: Came,
    /// The value of the script when it was planned.
    planned: Value,
    /// Symbols, and what AWS chose.
    bound: Bound,
    /// What the plan did not know of the replies, by the call and the member.
    unknown: BTreeSet<String>,
}

/// Plans, runs and replays, and lets nothing pass in which they differ.
fn compared(name: &str, script: &Thrice) -> Compared {
    let (planned, plan) = on_a_paused_clock(script.planned());
    let (run, journal) = on_a_paused_clock(script.run());
    let mut unfinished = journal;
    assert!(matches!(unfinished.pop(), Some(Line::End { .. })), "{name}: a journal has an end");
    let replayed = on_a_paused_clock(script.replayed(unfinished));

    // the replay: the same calls and replies, and none of them made
    assert_eq!(replayed.heard, run.heard, "{name}");
    assert_eq!(replayed.value, run.value, "{name}");
    let made: Vec<_> = replayed.made.iter().filter(|call| call.replays()).collect();
    assert_eq!(made, Vec::<&Call>::new(), "{name}: a replay makes no call");

    // the plan: the same calls, with symbols for what AWS chooses, and none that writes made
    let listed: Heard = plan.iter().map(|step| (step.key.clone(), (step.call.clone(), reply(step)))).collect();
    assert_eq!(listed, planned.heard, "{name}: a plan lists what it gave the script");
    assert!(planned.made.iter().all(|call| !call.writes()), "{name}: {:?}", planned.made);
    let keys = |heard: &Heard| heard.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(keys(&planned.heard), keys(&run.heard), "{name}");
    let (mut bound, mut unknown) = (Bound::new(), BTreeSet::new());
    for (key, (call, foreseen)) in &planned.heard {
        let (now, came) = &run.heard[key];
        assert!(agree(call, now, &mut bound), "{name}: call {key} was planned as {call:?}, and was {now:?}");
        let word = serde_json::to_value(call).expect("a call")["call"].as_str().expect("its name").to_owned();
        match (foreseen, came) {
            (Ok(foreseen), Ok(came)) => {
                let [foreseen, came] = [foreseen, came].map(|reply| serde_json::to_value(reply).expect("a reply"));
                differences(&word, &foreseen["value"], &came["value"], &mut unknown);
            }
            (foreseen, came) => assert_eq!(foreseen, came, "{name}: call {key}"),
        }
    }
    Compared { plan, run, planned: planned.value, bound, unknown }
}

fn reply(step: &Planned) -> Result<Reply, Fault> {
    match &step.answer {
        gantry::effects::journal::entry::Answer::Reply(reply) => Ok(reply.clone()),
        gantry::effects::journal::entry::Answer::Fault(fault) => Err(fault.clone()),
    }
}

/// The members in which two replies differ, items of a list taken together.
fn differences(place: &str, foreseen: &Value, came: &Value, into: &mut BTreeSet<String>) {
    match (foreseen, came) {
        (Value::Object(foreseen), Value::Object(came)) => {
            for member in foreseen.keys().chain(came.keys()) {
                let [foreseen, came] = [foreseen, came].map(|one| one.get(member).unwrap_or(&Value::Null));
                differences(&format!("{place}.{member}"), foreseen, came, into);
            }
        }
        (Value::Array(foreseen), Value::Array(came)) if foreseen.len() == came.len() => {
            for (foreseen, came) in foreseen.iter().zip(came) {
                differences(&format!("{place}[]"), foreseen, came, into);
            }
        }
        (foreseen, came) if foreseen != came => {
            into.insert(place.to_owned());
        }
        _ => {}
    }
}

/// What only AWS chooses: the number of a revision, the id of a deployment and its record's name, where they stand.
const CHOSEN: [&str; 7] = [
    "register_task_definition.taskDefinition.revision",
    "register_task_definition.taskDefinition.taskDefinitionArn",
    "update_service.service.currentServiceDeployment",
    "update_service.service.currentServiceRevisions",
    "update_service.service.deployments[].id",
    "update_service.service.deployments[].taskDefinition",
    "update_service.service.taskDefinition",
];

/// What AWS tells beside, by which no step of a release decides.
const TOLD: [&str; 14] = [
    "register_task_definition.taskDefinition.compatibilities",
    "register_task_definition.taskDefinition.registeredAt",
    "register_task_definition.taskDefinition.registeredBy",
    "register_task_definition.taskDefinition.requiresAttributes",
    "update_service.service.currentServiceDeployment",
    "update_service.service.currentServiceRevisions",
    "update_service.service.deployments[].createdAt",
    "update_service.service.deployments[].launchType",
    "update_service.service.deployments[].networkConfiguration",
    "update_service.service.deployments[].platformFamily",
    "update_service.service.deployments[].platformVersion",
    "update_service.service.deployments[].rolloutStateReason",
    "update_service.service.deployments[].updatedAt",
    "update_service.service.tags",
];

/// What is known when a wait is over; a plan takes it to go well.
const WAITED: [&str; 5] = [
    "watch_rollout.millis",
    "watch_rollout.snapshot.event",
    "watch_rollout.snapshot.new.desired",
    "watch_rollout.snapshot.new.running",
    "watch_rollout.snapshot.task_definition",
];

/// What AWS tells of a one-off task, all but that by which a release decides.
fn is_told_of_a_task(name: &str) -> bool {
    let decides = ["lastStatus", "stopCode", "containers", "containers[].name", "containers[].exitCode"];
    match name.strip_prefix("run_task.tasks[].") {
        Some(member) => member != "taskDefinitionArn",
        None => name.strip_prefix("watch_task.task.").is_some_and(|member| !decides.contains(&member)),
    }
}

fn not_known() -> BTreeSet<String> {
    CHOSEN.iter().chain(&TOLD).chain(&WAITED).map(|name| (*name).to_owned()).collect()
}

/// The calls of a plan that are taken to go well, by name.
fn assumed(plan: &[Planned]) -> Vec<Value> {
    let assumed = plan.iter().filter(|step| step.nature == Nature::Assumed);
    assumed.map(|step| serde_json::to_value(&step.call).expect("a call")["call"].clone()).collect()
}

#[test]
fn of_the_nightly_release_only_a_revision_a_deployment_and_the_wait_are_not_known_before() {
    let script = Thrice::of(Project::with_the_release(), "scripts/release.rhai", WORLD, &[IMAGE]);
    let compared = compared("release", &script);
    assert_eq!(compared.unknown, not_known());
    assert_eq!(assumed(&compared.plan), ["watch_rollout"]);
    let symbols: Vec<_> = compared.bound.keys().map(String::as_str).collect();
    assert_eq!(symbols, ["<new-run>", "ecs-svc/<new-1>", "web:<new-1>"]);
    assert_eq!(compared.bound["web:<new-1>"], "web:8");
    assert_eq!(compared.planned, compared.run.value, "the digest of a rebuilt image is computed");

    // and this is what people and programs are told
    let project = Project::with_the_release();
    let ended =
        gantry(&project.root).args(["plan", "scripts/release.rhai", "--world", WORLD, "--output", "json"]).ends();
    let plan: Value = serde_json::from_str(&ended.exits(0).stdout).expect("the plan as JSON");
    assert_eq!(plan["unknown"], json!(["the number of web's next revision", "the id of web's next deployment"]));
    assert_eq!(plan["assumed"], json!(["wait for prod/web to be drained"]));
    assert_eq!(plan["calls"].as_array().map(Vec::len), Some(compared.plan.len()));
}

#[test]
fn every_script_makes_the_calls_that_its_plan_lists_and_its_replay_makes_none() {
    let mut names: Vec<String> = std::fs::read_dir(checkout().join("scripts"))
        .expect("the example scripts")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter_map(|name| name.strip_suffix(".rhai").map(|stem| format!("scripts/{stem}.rhai")))
        .collect();
    assert!(!names.is_empty());
    names.extend(stdlib::commands().map(|name| format!("std/commands/{name}")));
    for name in names {
        let (project, given): (Project, &[(&str, &str)]) = match name.as_str() {
            "scripts/release.rhai" => (Project::with_the_release(), &[IMAGE]),
            "scripts/canary.rhai" => (Project::with_the_release(), &CANARY),
            "std/commands/deploy" => (with_another_tag(), &DEPLOY),
            "std/commands/refresh" | "std/commands/status" => (Project::with_the_release(), &WEB),
            "std/commands/rollback" => (with_a_past(), &WEB),
            "std/commands/scale" => (Project::with_the_release(), &SCALE),
            "std/commands/run-task" => (Project::with_the_release(), &RUN_TASK),
            "std/commands/exec" => (with_commands(), &EXEC),
            "std/commands/tasks" => (Project::with_the_release(), &WEB),
            other => panic!("{other} is compared with nothing yet: give it a world and arguments"),
        };
        let canary = name == "scripts/canary.rhai";
        let world = if canary { "scripts/canary.world.toml" } else { WORLD };
        let compared = compared(&name, &Thrice::of(project, &name, world, given));
        let writes = compared.plan.iter().any(|step| step.nature == Nature::Write);
        assert_eq!(writes, !matches!(name.as_str(), "std/commands/status" | "std/commands/tasks"), "{name}");
        let mut more: BTreeSet<_> = &compared.unknown - &not_known();
        more.retain(|name| !is_told_of_a_task(name));
        let approved = ["approve.at_millis", "approve.by"].map(str::to_owned).into();
        assert_eq!(more, if canary { &paused() | &approved } else { BTreeSet::new() }, "{name}");
    }
}

const CANARY: [(&str, &str); 1] = [("image", "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:20261120-1.4.2")];

const DEPLOY: [(&str, &str); 4] = [
    ("session", "prod"),
    ("cluster", "prod"),
    ("service", "web"),
    ("image", "app=222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:next"),
];

const WEB: [(&str, &str); 3] = [("session", "prod"), ("cluster", "prod"), ("service", "web")];

const RUN_TASK: [(&str, &str); 4] = [("session", "prod"), ("cluster", "prod"), ("like", "web"), ("command", "bin/job")];

const SCALE: [(&str, &str); 4] = [("session", "prod"), ("cluster", "prod"), ("service", "web"), ("count", "4")];

const EXEC: [(&str, &str); 4] =
    [("session", "prod"), ("cluster", "prod"), ("service", "web"), ("command", "bin/check")];

/// The release's world, whose tasks take commands.
fn with_commands() -> Project {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    Project::with_the_release()
        .file(WORLD, world.replace("\nname = \"web\"\n", "\nname = \"web\"\nexecute_command = true\n"))
}

/// The release's world, where an earlier revision was deployed before.
fn with_a_past() -> Project {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let seven = "[[task_definitions]]\naccount = \"prod\"\nfile = \"world/web.json\"\nrevision = 7\n";
    assert!(world.contains(seven));
    let past = "\n[[clusters.services.history]]\ntask_definition = \"web:5\"\nago = \"72h\"\n";
    let both = format!("{}\n{seven}", seven.replace("= 7", "= 5"));
    Project::with_the_release().file(WORLD, world.replace(seven, &both) + past)
}

/// The release's world, where production has its image under the tag `next` as well.
fn with_another_tag() -> Project {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let tags = "tags = [\"20261105-1.4.1\"]";
    assert!(world.contains(tags));
    Project::with_the_release().file(WORLD, world.replace(tags, "tags = [\"20261105-1.4.1\", \"next\"]"))
}

/// An index is copied whole with what points at it, in part, and rebuilt.
const INDEXES: &str = r#"
    let how = #{ from: "test", to: "prod" };
    let whole = image::copy(tested, `${shop}:whole`, how + #{ referrers: true });
    let part = image::copy(tested, `${shop}:part`, how + #{ platforms: ["linux/arm64", "linux/amd64"] });
    let one = image::copy(tested, `${shop}:one`, how + #{ platforms: ["linux/arm64"] });
    let made = image::rebuild(part, `${shop}:made`, #{ to: "prod", from: "prod", env: #{ APP_ENV: "production" } });
    let there = image::inspect(made, "prod");
    [whole.digest, part.digest, one.digest, made.digest, there.platforms]
"#;

#[test]
fn the_digests_of_copied_and_rebuilt_indexes_are_known_before() {
    let compared = compared("indexes", &Thrice::of(images::of_an_index(INDEXES), images::SCRIPT, images::WORLD, &[]));
    assert_eq!(compared.unknown, BTreeSet::new(), "nothing of an image is a guess");
    assert_eq!(compared.planned, compared.run.value);
    let digests: BTreeSet<String> =
        compared.run.value.as_array().expect("a list")[..4].iter().map(Value::to_string).collect();
    assert_eq!(digests.len(), 4, "{}", compared.run.value);
    assert_eq!(compared.run.value[4], json!(["linux/amd64", "linux/arm64/v8"]));
    assert_eq!(assumed(&compared.plan), Vec::<Value>::new());
}

#[test]
fn branches_of_a_script_agree_with_their_plan_whatever_their_timing() {
    let script = Thrice::of(two_services::project(), "scripts/both.rhai", "scripts/both.world.toml", &[IMAGE]);
    let compared = compared("both", &script);
    assert_eq!(assumed(&compared.plan), ["watch_rollout", "watch_rollout"]);
    let symbols: Vec<_> = compared.bound.keys().map(String::as_str).collect();
    assert_eq!(symbols, ["<new-run>", "ecs-svc/<new-1>", "ecs-svc/<new-2>", "web:<new-1>", "worker:<new-1>"]);
    assert_eq!(compared.run.value, json!(["web:8", "worker:4"]));
    let more: BTreeSet<_> = &compared.unknown - &not_known();
    assert_eq!(more, BTreeSet::new());
}

/// Of a pause, what only ECS knows: the hook and its time; and where the traffic is when a wait is over.
const PAUSED: [&str; 11] = [
    "continue_service_deployment.serviceDeploymentArn",
    "watch_rollout.snapshot.hook.deployment",
    "watch_rollout.snapshot.hook.expires_at",
    "watch_rollout.snapshot.hook.id",
    "watch_rollout.snapshot.hook.timeout_action",
    "watch_rollout.snapshot.test_traffic",
    "watch_rollout.snapshot.traffic",
    "watch_rollout.verdict.deployment",
    "watch_rollout.verdict.expires_at",
    "watch_rollout.verdict.id",
    "watch_rollout.verdict.timeout_action",
];

fn paused() -> BTreeSet<String> {
    PAUSED.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_is_foreseen_of_a_pause_is_what_it_is() {
    let script = r#"
        let shares = [];
        ecs::service(aws::session("prod"), "prod", "web").deploy(#{ cpu: 1024 }).wait("deployed", #{
            timeout: "30m",
            on_pause: |pause| { shares.push([pause.stage, pause.traffic, pause.test_traffic, pause.running]); true },
        });
        shares
    "#;
    let project = Project::with_the_release().file("scripts/p.rhai", script);
    let compared = compared("pauses", &Thrice::of(project, "scripts/p.rhai", "scripts/canary.world.toml", &[]));
    assert_eq!(compared.planned, compared.run.value);
    let at = |percent: f64| json!(["PRE_PRODUCTION_TRAFFIC_SHIFT", percent, 100.0, 4]);
    assert_eq!(compared.planned, json!([at(0.0), at(10.0)]));
    assert_eq!(assumed(&compared.plan), ["watch_rollout", "watch_rollout", "watch_rollout"]);
    let symbols: Vec<_> = compared.bound.keys().map(String::as_str).collect();
    assert_eq!(symbols[..3], ["<new-hook-new-1-1>", "<new-hook-new-1-2>", "<new-run>"]);
    assert_eq!(&compared.unknown - &not_known(), paused());
}

/// What of a deployment by `CodeDeploy` is not known before: its id, and what a wait tells.
const OF_CODE_DEPLOY: [&str; 9] = [
    "create_deployment.deploymentId",
    "watch_code_deployment.millis",
    "watch_code_deployment.snapshot.new.desired",
    "watch_code_deployment.snapshot.new.running",
    "watch_code_deployment.snapshot.old.desired",
    "watch_code_deployment.snapshot.old.running",
    "watch_code_deployment.snapshot.stage",
    "watch_code_deployment.snapshot.task_definition",
    "watch_code_deployment.snapshot.traffic",
];

#[test]
fn a_deployment_by_code_deploy_is_foreseen_but_for_its_id_and_its_wait() {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let controlled = "desired = 2\ncontroller = \"CODE_DEPLOY\"\ncode_deploy = { ready_wait = \"1h\" }\n";
    let script = r#"
        let web = ecs::service(aws::session("prod"), "prod", "web");
        let rollout = web.deploy(#{ cpu: 1024, code_deploy: #{ hooks: #{ AfterInstall: "check" } } });
        rollout.wait_ready(#{});
        rollout.continue_traffic();
        rollout.wait("traffic");
        rollout.end_old_tasks();
        rollout.wait("drained");
        rollout.task_definition
    "#;
    let project = Project::with_the_release()
        .file("scripts/blue.rhai", script)
        .file("scripts/blue.world.toml", world.replace("desired = 2\n", controlled));
    let compared = compared("blue", &Thrice::of(project, "scripts/blue.rhai", "scripts/blue.world.toml", &[]));
    assert_eq!(assumed(&compared.plan), ["watch_code_deployment"; 3]);
    assert_eq!(compared.run.value, json!("web:8"));
    let more: BTreeSet<_> = &compared.unknown - &not_known();
    assert_eq!(more, OF_CODE_DEPLOY.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
}
