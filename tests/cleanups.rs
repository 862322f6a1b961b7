//! Auto scaling is suspended for a deployment and is as it was after: whenever gantry is interrupted, wherever it dies.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use std::sync::Arc;
use support::checkout;
use support::moto::{Account, REGION};
use support::project::Project;
use support::running::Running;
use support::servers::Server;
use support::sittings::{Death, Interruption, MOMENTS, Sittings, WHENS};

const SUSPENDED: &str = "
    let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");
    let rollout = ecs::suspend_scaling(web, || {
        let rollout = web.deploy(#{ cpu: 1024 });
        rollout.wait(\"drained\");
        rollout
    });
    rollout.task_definition
";

/// The way in is suspended before, and stays so.
const TARGET: &str = "\n[[scalable_targets]]\naccount = \"prod\"\ncluster = \"prod\"\nservice = \"web\"\nmin = 1\nmax = 9\n\
     suspended = [\"in\"]\n";

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

fn project(script: &str, more: &str) -> Project {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ") + more;
    Project::with_the_release().file("scripts/s.rhai", script).file("scripts/s.world.toml", world)
}

fn sittings(script: &str) -> Sittings {
    let project = Arc::new(project(script, TARGET));
    let world = project.root.join("scripts/s.world.toml");
    Sittings::of(project, "scripts/s.rhai", &world)
}

/// The writes of a world, by operation.
fn writes(world: &Value) -> Vec<&str> {
    world["writes"].as_array().expect("writes").iter().map(|one| one["operation"].as_str().expect("its name")).collect()
}

/// The world, however often its scaling was suspended and restored on the way there.
fn settled(mut world: Value) -> Value {
    let writes = world["writes"].as_array_mut().expect("writes");
    writes.retain(|one| one["operation"] != "application-autoscaling:RegisterScalableTarget");
    world
}

/// What is suspended of what.
fn scaling(world: &Value) -> &Value {
    &world["scaling"]
}

/// The world that an undisturbed run ends in, what is suspended before it, and how many calls it makes.
fn undisturbed(script: &str) -> (Value, Value, usize) {
    on_a_paused_clock(async {
        let sittings = sittings(script);
        let before = scaling(&sittings.world()).clone();
        let sitting = sittings.sit(None).await;
        assert!(sitting.result.is_ok() && sittings.is_done(), "{:?}", sitting.result);
        (sittings.world(), before, sitting.made)
    })
}

#[test]
fn scaling_is_suspended_for_a_deployment_and_is_as_it_was_after() {
    let (world, before, _) = undisturbed(SUSPENDED);
    assert!(before.to_string().contains("true") && before.to_string().contains("false"), "some of it: {before}");
    assert_eq!(scaling(&world), &before);
    let register = "application-autoscaling:RegisterScalableTarget";
    assert_eq!(writes(&world), [register, "ecs:RegisterTaskDefinition", "ecs:UpdateService", register]);
}

#[test]
fn whenever_it_is_interrupted_scaling_is_as_it_was_and_a_resume_suspends_it_again() {
    let (expected, before, calls) = undisturbed(SUSPENDED);
    assert!(calls >= 9, "{calls} calls are fewer than the release makes");
    let mut suspended_twice = 0;
    for call in 1..=calls {
        for when in WHENS {
            let interruption = Interruption { call, when };
            on_a_paused_clock(async {
                let sittings = sittings(SUSPENDED);
                let first = sittings.interrupted(interruption).await;
                assert_eq!(scaling(&sittings.world()), &before, "{interruption:?}");
                if first.result.is_ok() {
                    // it came to its end before it was told
                    return;
                }
                let second = sittings.sit(None).await;
                assert!(second.result.is_ok() && sittings.is_done(), "{interruption:?}: {:?}", second.result);
                let world = sittings.world();
                suspended_twice += usize::from(writes(&world).len() == 6);
                assert_eq!(settled(world), settled(expected.clone()), "{interruption:?}");
            });
        }
    }
    assert!(suspended_twice >= 6, "only {suspended_twice} interruptions met a suspended scaling");
}

#[test]
fn wherever_it_dies_the_resume_leaves_scaling_as_it_was() {
    let (expected, before, calls) = undisturbed(SUSPENDED);
    for call in 1..=calls {
        for moment in MOMENTS {
            let death = Death { call, moment };
            on_a_paused_clock(async {
                let sittings = sittings(SUSPENDED);
                assert!(sittings.sit(Some(death)).await.died, "{death:?} did not happen");
                let second = sittings.sit(None).await;
                assert!(second.result.is_ok() && sittings.is_done(), "{death:?}: {:?}", second.result);
                let world = sittings.world();
                assert_eq!(scaling(&world), &before, "{death:?}");
                assert_eq!(settled(world), settled(expected.clone()), "{death:?}");
            });
        }
    }
}

#[test]
fn a_resume_that_is_interrupted_at_once_pays_what_the_dead_owed() {
    let (_, before, calls) = undisturbed(SUSPENDED);
    let mut owed = 0;
    for call in 1..=calls {
        on_a_paused_clock(async {
            let sittings = sittings(SUSPENDED);
            let moment = support::sittings::Moment::BeforeDone;
            assert!(sittings.sit(Some(Death { call, moment })).await.died);
            owed += usize::from(scaling(&sittings.world()) != &before);
            let second =
                sittings.interrupted(Interruption { call: 1, when: support::sittings::When::AsItBegins }).await;
            assert!(second.result.is_err());
            assert_eq!(scaling(&sittings.world()), &before, "died at {call}");
        });
    }
    assert!(owed >= 3, "{owed}");
}

#[test]
fn what_throws_leaves_scaling_as_it_was_at_once() {
    let script = "
        let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");
        try { ecs::suspend_scaling(web, || { throw \"no\"; }); } catch (e) { log::info(e.to_string()); }
        web.deploy(#{ cpu: 1024 });
    ";
    let (world, before, _) = undisturbed(script);
    assert_eq!(scaling(&world), &before);
    let register = "application-autoscaling:RegisterScalableTarget";
    assert_eq!(writes(&world), [register, register, "ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
}

#[test]
fn it_is_told() {
    let script = SUSPENDED;
    for (more, told) in [
        ("", "prod/web has no auto scaling: nothing to suspend"),
        (TARGET, "prod/web: auto scaling is suspended\n"),
        (&*TARGET.replace("[\"in\"]", "[\"in\", \"out\", \"scheduled\"]"), "is suspended already, and stays so"),
    ] {
        let project = project(script, more);
        let ended = support::gantry(&project.root).args(["rehearse", "scripts/s.rhai"]).ends();
        ended.exits(0).says([told]);
        assert_eq!(ended.stderr.contains("auto scaling is as it was"), more == TARGET, "{ended}");
    }
}

#[test]
fn without_the_permission_nothing_is_written() {
    for (operation, wrote) in [("DescribeScalableTargets", 3), ("RegisterScalableTarget", 3)] {
        let denied = format!(
            "{TARGET}\n[[faults]]\non = \"application-autoscaling:{operation}\"\nalways = true\nthen = \"access_denied\"\n"
        );
        let project = project(SUSPENDED, &denied);
        let ended = support::gantry(&project.root).args(["rehearse", "--output", "json", "scripts/s.rhai"]).ends();
        ended.exits(wrote).says([operation]);
        let end: Value = serde_json::from_str(&ended.stdout).expect("one object");
        assert_eq!(end["written"], json!([]), "{end}");
    }
}

#[test]
fn a_scaling_that_cannot_be_restored_is_told_of_with_what_to_do() {
    let denied = format!(
        "{TARGET}\n[[faults]]\non = \"application-autoscaling:RegisterScalableTarget\"\nskip = 1\nalways = true\nthen = \"access_denied\"\n"
    );
    let project = project(SUSPENDED, &denied);
    let ended = support::gantry(&project.root).args(["rehearse", "scripts/s.rhai"]).ends();
    ended.exits(1).says([
        "NOT CLEANED UP: restore auto scaling of prod/web",
        "aws application-autoscaling register-scalable-target --service-namespace ecs",
        "--resource-id service/prod/web",
        "\"DynamicScalingInSuspended\":true,\"DynamicScalingOutSuspended\":false",
    ]);
}

/// The one scalable target of an account of moto's, as aws-cli tells what of it is suspended.
fn suspended(account: &Account) -> Value {
    let told = account.aws(&["application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs"]);
    let targets = told["ScalableTargets"].as_array().expect("targets");
    assert_eq!(targets.len(), 1, "{told}");
    assert_eq!((&targets[0]["MinCapacity"], &targets[0]["MaxCapacity"]), (&json!(1), &json!(9)), "{told}");
    targets[0]["SuspendedState"].clone()
}

#[test]
fn a_signal_restores_the_scaling_of_a_real_endpoint_too() {
    let moto = Server::moto();
    let account = Account::test(&moto).with_the_service();
    let of = ["--service-namespace", "ecs", "--resource-id", "service/prod/web", "--scalable-dimension"];
    let state = "DynamicScalingInSuspended=false,DynamicScalingOutSuspended=false,ScheduledScalingSuspended=true";
    let rest = ["ecs:service:DesiredCount", "--min-capacity", "1", "--max-capacity", "9", "--suspended-state", state];
    account.aws(&[&["application-autoscaling", "register-scalable-target"][..], &of, &rest].concat());
    let before = suspended(&account);
    let members = |dynamic: bool| {
        json!({ "DynamicScalingInSuspended": dynamic, "DynamicScalingOutSuspended": dynamic,
            "ScheduledScalingSuspended": true })
    };
    assert_eq!(before, members(false));

    let script = "
        let web = ecs::service(aws::session(\"default\"), \"prod\", \"web\");
        ecs::suspend_scaling(web, || { log::info(\"now\"); time::sleep(\"10m\"); });
    ";
    let project = Project::empty().file("r.rhai", script);
    let with = |command: support::Started| {
        let command = command.env("AWS_ENDPOINT_URL", &moto.url()).env("AWS_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret")
    };
    let gantry = || support::gantry(&project.root);
    for signal in ["INT", "TERM"] {
        let running = Running::start(with(gantry().args(["run", "r.rhai"])).command()).after("now\n");
        assert_eq!(suspended(&account), members(true));
        running.signal(signal).ends().exits(4).says(["cleaning up: restore auto scaling of prod/web"]);
        assert_eq!(suspended(&account), before, "{signal}");
    }
    Running::start(with(gantry().args(["run", "r.rhai"])).command()).after("now\n").signal("KILL").ends();
    assert_eq!(suspended(&account), members(true), "nobody could restore it");
    let running = Running::start(with(gantry().args(["resume"])).command()).after("now\n");
    running.signal("INT").ends().exits(4);
    assert_eq!(suspended(&account), before, "the resume did");

    let deploy = ["deploy", "--cluster", "prod", "--service", "web", "--image", "app=127.0.0.1:5000/shop:2"];
    let deploy = gantry().args(deploy).args(["--keep-tags", "--wait", "none", "--suspend-scaling"]);
    with(deploy).ends().exits(0).says(["prod/web: auto scaling is suspended\n", "auto scaling is as it was\n"]);
    assert_eq!(suspended(&account), before);
}
