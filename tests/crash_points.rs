//! The process dies at every call of the nightly release, at each of four moments; each resume ends in exactly the world
//! that an uninterrupted run makes, and a third sitting has nothing to do.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::Value;
use std::sync::Arc;
use support::project::Project;
use support::sittings::{Death, MOMENTS, Sittings};
use support::two_services;
use support::{checkout, images};

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

fn release() -> Sittings {
    let world = checkout().join("scripts/release.world.toml");
    Sittings::of(Arc::new(Project::with_the_release()), "scripts/release.rhai", &world)
}

fn both() -> Sittings {
    let project = Arc::new(two_services::project());
    let world = project.root.join("scripts/both.world.toml");
    Sittings::of(project, "scripts/both.rhai", &world)
}

/// A deployment under way that ECS is told to take back, and then a way back to an older revision by history.
fn rollbacks() -> Sittings {
    let text = |name: &str| std::fs::read_to_string(checkout().join("scripts").join(name)).expect("the world");
    let world = text("release.world.toml");
    let seven = "[[task_definitions]]\naccount = \"prod\"\nfile = \"world/web.json\"\nrevision = 7\n";
    assert!(world.contains(seven) && world.contains("\n[args]\nimage"));
    let both = format!("{}\n{seven}", seven.replace("= 7", "= 5"));
    let past = "\n[[clusters.services.history]]\ntask_definition = \"web:5\"\nago = \"72h\"\n";
    let world = world.replace(seven, &both).replace("\n[args]\nimage", "\n[args]\n# ") + past;
    let script = "
        let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");
        web.deploy(#{ cpu: 1024 });
        web.rollback().wait(\"drained\");
        web.rollback().wait(\"drained\");
    ";
    let project =
        Arc::new(Project::with_the_release().file("scripts/back.rhai", script).file("scripts/back.world.toml", world));
    let world = project.root.join("scripts/back.world.toml");
    Sittings::of(project, "scripts/back.rhai", &world)
}

/// A deployment by `CodeDeploy` that is continued after its check, and whose original tasks are ended.
fn code_deployments() -> Sittings {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let controlled = "desired = 2\ncontroller = \"CODE_DEPLOY\"\ncode_deploy = { ready_wait = \"1h\" }\n";
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ").replace("desired = 2\n", controlled);
    assert!(world.contains("CODE_DEPLOY"));
    let script = r#"
        let web = ecs::service(aws::session("prod"), "prod", "web");
        let rollout = web.deploy(#{ cpu: 1024 });
        rollout.wait_ready(#{ timeout: "10m" });
        rollout.continue_traffic();
        rollout.wait("traffic");
        rollout.end_old_tasks();
        rollout.wait("drained");
    "#;
    let project =
        Arc::new(Project::with_the_release().file("scripts/cd.rhai", script).file("scripts/cd.world.toml", world));
    let world = project.root.join("scripts/cd.world.toml");
    Sittings::of(project, "scripts/cd.rhai", &world)
}

/// A canary that is asked for at each of its two pauses.
fn pauses() -> Sittings {
    paused("true")
}

/// One that its script takes back at the second.
fn refusals() -> Sittings {
    paused("pause.traffic < 10")
}

fn paused(says: &str) -> Sittings {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let rolling = "deployment = { minimum_healthy_percent = 100, maximum_percent = 200 }";
    let canary = "deployment_configuration = { strategy = \"CANARY\", canaryConfiguration = { canaryPercent = 10.0, \
                  canaryBakeTimeInMinutes = 3 }, lifecycleHooks = [ { targetType = \"PAUSE\", lifecycleStages = \
                  [\"PRE_PRODUCTION_TRAFFIC_SHIFT\"] } ] }";
    assert!(world.contains(rolling) && world.contains("\n[args]\nimage"));
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ").replace(rolling, canary);
    let script = format!(
        r#"
        let web = ecs::service(aws::session("prod"), "prod", "web");
        try {{
            web.deploy(#{{ cpu: 1024 }}).wait("drained", #{{ on_pause: |pause| {{
                time::sleep("30s");
                {says}
            }} }});
        }} catch (e) {{
            if e.code != "PauseRefused" {{ throw e; }}
        }}
    "#
    );
    let project =
        Arc::new(Project::with_the_release().file("scripts/p.rhai", script).file("scripts/p.world.toml", world));
    let world = project.root.join("scripts/p.world.toml");
    Sittings::of(project, "scripts/p.rhai", &world)
}

/// A service that is not there, created of what another one runs.
fn creations() -> Sittings {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ");
    let script = r#"
        let api = ecs::service(aws::session("prod"), "prod", "api");
        api.deploy(#{
            task_definition: "web:7", cpu: 1024, desired_count: 1,
            network: #{ subnets: ["subnet-1"] }, create: #{ launchType: "FARGATE" },
        }).wait("drained");
    "#;
    let project =
        Arc::new(Project::with_the_release().file("scripts/c.rhai", script).file("scripts/c.world.toml", world));
    let world = project.root.join("scripts/c.world.toml");
    Sittings::of(project, "scripts/c.rhai", &world)
}

/// Images are promoted under several tags, and one of the tags goes again.
fn names() -> Sittings {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ");
    let script = r#"
        let tested = "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2";
        let shop = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/released/shop";
        let released = image::promote(tested, `${shop}:20261120`, #{ from: "test", to: "prod", also: ["live"], create: true });
        image::retag(`${shop}:live`, "before", #{ session: "prod" });
        image::delete(`${shop}:before`, #{ session: "prod" });
        image::tags(shop, #{ session: "prod" })
    "#;
    let project = Arc::new(
        Project::with_the_release().file("scripts/names.rhai", script).file("scripts/names.world.toml", world),
    );
    let world = project.root.join("scripts/names.world.toml");
    Sittings::of(project, "scripts/names.rhai", &world)
}

/// The release's world, whose tested image is for two platforms, with a signature and an SBOM.
/// An index goes to production whole with all that points at it, in part, and rebuilt.
const INDEXES: &str = r#"
    let how = #{ from: "test", to: "prod" };
    let whole = image::copy(tested, `${shop}:whole`, how + #{ referrers: true });
    let part = image::copy(tested, `${shop}:part`, how + #{ platforms: ["linux/arm64", "linux/amd64"] });
    let one = image::copy(tested, `${shop}:one`, how + #{ platforms: ["linux/arm64"] });
    let made = image::rebuild(tested, `${shop}:made`, how + #{
        files: #{ "/app/config": dir("config/prod") }, env: #{ APP_ENV: "production" },
    });
    [whole, part, one, made].map(|image| image.digest)
"#;

fn indexes() -> Sittings {
    sittings_of(images::of_an_index(INDEXES))
}

/// An image is handed over in a folder, tagged, changed and untagged there, and pushed on.
fn folders() -> Sittings {
    sittings_of(images::of_one(
        r#"
        let kept = image::copy(tested, "oci:out/shop", #{ from: "test" });
        image::retag("oci:out/shop:1.4.2", "live");
        image::rebuild("oci:out/shop:live", "oci:out/shop:changed", #{ env: #{ HANDED: "over" } });
        image::delete("oci:out/shop:1.4.2");
        image::copy("oci:out/shop:live", `${shop}:handed`, #{ to: "prod" });
        image::copy("oci:out/shop:changed", `${shop}:changed`, #{ to: "prod" });
        image::tags("oci:out/shop")
    "#,
    ))
}

/// An image is handed over in an archive of either kind, from one to the other, changed, and pushed on.
fn archives() -> Sittings {
    sittings_of(images::of_one(
        r#"
        let kept = image::copy(tested, "oci-archive:out/shop.tar", #{ from: "test" });
        image::rebuild(kept, "docker-archive:out/shop-docker.tar:shop:changed", #{ env: #{ HANDED: "over" } });
        image::copy("oci-archive:out/shop.tar", `${shop}:handed`, #{ to: "prod" });
        image::copy("docker-archive:out/shop-docker.tar:shop:changed", `${shop}:changed`, #{ to: "prod" });
        image::digest("docker-archive:out/shop-docker.tar:shop:changed")
    "#,
    ))
}

fn sittings_of(project: Project) -> Sittings {
    let world = project.root.join(images::WORLD);
    Sittings::of(Arc::new(project), images::SCRIPT, &world)
}

/// The world, whichever branch was the first to write.
fn in_any_order(mut world: Value) -> Value {
    let writes = world["writes"].as_array_mut().expect("writes");
    writes.sort_by_key(Value::to_string);
    world
}

/// The world that a run ends in, and how many calls it makes.
fn undisturbed(sittings: fn() -> Sittings) -> (Value, usize) {
    on_a_paused_clock(async {
        let sittings = sittings();
        let sitting = sittings.sit(None).await;
        assert!(sitting.result.is_ok() && !sitting.died && sittings.is_done(), "{:?}", sitting.result);
        (in_any_order(sittings.world()), sitting.made)
    })
}

/// Dies at every call, at every moment; gives how many calls there are.
fn dies_everywhere(sittings: fn() -> Sittings) -> usize {
    let (expected, calls) = undisturbed(sittings);
    for call in 1..=calls {
        for moment in MOMENTS {
            let death = Death { call, moment };
            let world = on_a_paused_clock(async {
                let sittings = sittings();
                let first = sittings.sit(Some(death)).await;
                assert!(first.died, "{death:?} did not happen");
                assert!(!sittings.is_done());
                let second = sittings.sit(None).await;
                assert!(second.result.is_ok(), "{death:?}: {:?}", second.result);
                assert!(sittings.is_done(), "{death:?}");
                sittings.world()
            });
            assert_eq!(in_any_order(world), expected, "{death:?}");
        }
    }
    calls
}

#[test]
fn wherever_the_process_dies_the_resume_ends_in_the_same_world() {
    let calls = dies_everywhere(release);
    assert!(calls >= 12, "{calls} calls are fewer than the release makes");
}

#[test]
fn wherever_it_dies_in_parallel_branches_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(both);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    let count = |operation: &str| writes.iter().filter(|one| **one == operation).count();
    assert_eq!(
        (count("ecs:RegisterTaskDefinition"), count("ecs:UpdateService"), writes.len()),
        (2, 2, 5),
        "{writes:?}"
    );
    let calls = dies_everywhere(both);
    assert!(calls >= 14, "{calls} calls are fewer than two branches make");
}

#[test]
fn wherever_it_dies_during_a_rollback_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(rollbacks);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    let count = |operation: &str| writes.iter().filter(|one| **one == operation).count();
    assert_eq!((count("ecs:StopServiceDeployment"), count("ecs:UpdateService")), (1, 2), "{writes:?}");
    let calls = dies_everywhere(rollbacks);
    assert!(calls >= 16, "{calls} calls are fewer than two rollbacks make");
}

#[test]
fn wherever_it_dies_during_a_deployment_by_codedeploy_exactly_one_is_made() {
    let (world, _) = undisturbed(code_deployments);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    let expected = [
        "ecs:RegisterTaskDefinition",
        "codedeploy:ContinueDeployment",
        "codedeploy:ContinueDeployment",
        "codedeploy:CreateDeployment",
    ];
    let count = |operation: &str| writes.iter().filter(|one| **one == operation).count();
    for operation in expected {
        let times = if operation.ends_with("ContinueDeployment") { 2 } else { 1 };
        assert_eq!(count(operation), times, "{operation} in {writes:?}");
    }
    assert_eq!(writes.len(), 4, "{writes:?}");
    let calls = dies_everywhere(code_deployments);
    assert!(calls >= 9, "{calls} calls are fewer than that makes");
}

#[test]
fn wherever_it_dies_at_a_pause_every_hook_is_answered_once() {
    for (sittings, says) in [(pauses as fn() -> Sittings, "CONTINUE"), (refusals, "ROLLBACK")] {
        let (world, _) = undisturbed(sittings);
        let writes = world["writes"].as_array().expect("writes");
        let answers: Vec<_> = writes.iter().filter(|one| one["operation"] == "ecs:ContinueServiceDeployment").collect();
        let told: Vec<_> = answers.iter().map(|one| one["action"].as_str().expect("an action")).collect();
        assert!(told.contains(&says) && told.contains(&"CONTINUE"), "{told:?}");
        assert_eq!((told.len(), writes.len()), (2, 4), "{writes:?}");
        assert_ne!(answers[0]["hookId"], answers[1]["hookId"]);
        let calls = dies_everywhere(sittings);
        assert!(calls >= 10, "{calls} calls are fewer than two pauses make");
    }
}

#[test]
fn wherever_it_dies_a_service_is_created_once() {
    let (world, _) = undisturbed(creations);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    let count = |operation: &str| writes.iter().filter(|one| **one == operation).count();
    let counts = (count("ecs:CreateService"), count("ecs:RegisterTaskDefinition"), writes.len());
    assert_eq!(counts, (1, 1, 2), "{writes:?}");
    let calls = dies_everywhere(creations);
    assert!(calls >= 6, "{calls} calls are fewer than that makes");
}

#[test]
fn wherever_it_dies_while_tags_are_given_and_taken_away_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(names);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    let count = |operation: &str| writes.iter().filter(|one| **one == operation).count();
    let counts = (count("ecr:CreateRepository"), count("ecr:PutImage"), count("ecr:BatchDeleteImage"));
    assert_eq!(counts, (1, 2, 1), "{writes:?}");
    let calls = dies_everywhere(names);
    assert!(calls >= 9, "{calls} calls are fewer than that makes");
}

#[test]
fn wherever_it_dies_while_indexes_are_copied_and_rebuilt_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(indexes);
    let shop = &world["registries"]["222222222222.dkr.ecr.ap-northeast-1.amazonaws.com"]["shop"];
    let tags: Vec<_> = ["whole", "part", "one", "made"].iter().map(|tag| &shop["tags"][tag]).collect();
    let different: std::collections::BTreeSet<String> = tags.iter().map(ToString::to_string).collect();
    assert!(different.len() == 4 && !different.contains("null"), "{shop}");
    // three platforms and their index, two that point at it, a smaller index, and three rebuilt with theirs; beside the
    // images that were there before
    let before = 1;
    assert_eq!(shop["manifests"].as_array().map(Vec::len), Some(before + 4 + 2 + 1 + 4), "{shop}");
    let calls = dies_everywhere(indexes);
    assert!(calls >= 9, "{calls} calls are fewer than that makes");
}

#[test]
fn wherever_it_dies_while_an_image_is_handed_over_in_a_folder_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(folders);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    let calls = dies_everywhere(folders);
    assert!(calls >= 11, "{calls} calls are fewer than that makes");
}

#[test]
fn wherever_it_dies_while_an_image_is_handed_over_in_archives_the_resume_ends_in_the_same_world() {
    let (world, _) = undisturbed(archives);
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|one| &one["operation"]).collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    let calls = dies_everywhere(archives);
    assert!(calls >= 9, "{calls} calls are fewer than that makes");
}

#[test]
fn a_process_that_dies_again_and_again_gets_there_too() {
    gets_there(release, 12);
    gets_there(both, 16);
}

/// Every sitting dies at its call number `call`, and yet the run comes to its end.
fn gets_there(sittings: fn() -> Sittings, call: usize) {
    let (expected, _) = undisturbed(sittings);
    for moment in MOMENTS {
        let world = on_a_paused_clock(async {
            let sittings = sittings();
            // what only reads is not flushed, and a sitting asks again who its sessions are and what the run stands on: it
            // must live from one write to the other
            for round in 1.. {
                let sitting = sittings.sit(Some(Death { call, moment })).await;
                if sitting.result.is_ok() && !sitting.died {
                    break;
                }
                assert!(round < 40, "{moment:?} does not get anywhere");
                if sittings.is_done() {
                    break;
                }
            }
            sittings.world()
        });
        assert_eq!(in_any_order(world), expected, "{moment:?}");
    }
}
