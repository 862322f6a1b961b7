//! Connections that break and calls that are throttled: the release ends well, and nothing is done twice.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use gantry::effects::call::{Call, EcsCall};
use serde_json::Value;
use support::project::Project;
use support::rehearsed::Rehearsed;
use support::{Ended, gantry};

/// The two writes of ECS.
const REGISTER: &str = "RegisterTaskDefinition";
const UPDATE: &str = "UpdateService";

fn fault(on: &str, then: &str, skip: u32) -> String {
    format!("\n[[faults]]\non = \"{on}\"\nskip = {skip}\nthen = \"{then}\"\n")
}

/// The example release, and its world with `faults` in it.
fn project(faults: &str) -> Project {
    let project = Project::with_the_release();
    let world = std::fs::read_to_string(project.root.join("scripts/release.world.toml")).expect("the world");
    project.file("scripts/faulty.world.toml", &(world + faults))
}

/// The release in a world with `faults`: it ends well, and the world has one new revision and one new deployment.
#[track_caller]
fn released(faults: &str) -> (Ended, Rehearsed) {
    let project = project(faults);
    let ended =
        gantry(&project.root).args(["rehearse", "scripts/release.rhai", "--world", "scripts/faulty.world.toml"]).ends();
    ended.exits(0).says(["web:7 → web:8", "prod/web is drained: only web:8", "done in"]);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let (rehearsed, newest, service) = runtime.block_on(async {
        let world = project.root.join("scripts/faulty.world.toml");
        let rehearsed = Rehearsed::release(&project, &world).await;
        let session = "prod".to_owned();
        let family =
            Call::Ecs(EcsCall::DescribeTaskDefinition { session: session.clone(), task_definition: "web".to_owned() });
        let services = vec!["web".to_owned()];
        let service = Call::Ecs(EcsCall::DescribeServices { session, cluster: "prod".to_owned(), services });
        let (newest, service) = (rehearsed.look(family).await, rehearsed.look(service).await);
        (rehearsed, newest, service)
    });
    assert!(rehearsed.result.is_ok(), "{faults}: {:?}", rehearsed.result);
    let went_wrong = rehearsed.sent.iter().any(|sent| matches!(sent.status, None | Some(400 | 429)));
    assert_eq!(went_wrong, !faults.is_empty(), "{faults}: {:#?}", rehearsed.sent);
    assert_eq!(newest["taskDefinition"]["revision"], 8, "{faults}: one revision was registered");
    let service = &service["services"][0];
    assert!(service["taskDefinition"].as_str().is_some_and(|name| name.ends_with("/web:8")), "{faults}: {service}");
    let deployments = service["deployments"].as_array().expect("deployments");
    assert_eq!(deployments.len(), 1, "{faults}: {service}");
    assert_eq!(deployments[0]["runningCount"], 2, "{faults}: {service}");
    // what ECS itself tells: two tasks were started and one deployment came to its end, no more
    let events: Vec<&str> =
        service["events"].as_array().expect("events").iter().filter_map(|event| event["message"].as_str()).collect();
    let told = |what: &str| events.iter().filter(|event| event.contains(what)).count();
    assert_eq!((told("has started 2 tasks"), told("has started")), (1, 1), "{faults}: {events:#?}");
    assert_eq!(told("deployment completed"), 1, "{faults}: {events:#?}");
    assert_eq!(digest(&ended), rehearsed.result.as_ref().expect("a release")["digest"], "{faults}");
    (ended, rehearsed)
}

fn digest(ended: &Ended) -> Value {
    let printed: Value = serde_json::from_str(&ended.stdout).expect("the released image");
    printed["digest"].clone()
}

fn statuses(of: &Rehearsed, what: &str) -> Vec<Option<u16>> {
    of.sent.iter().filter(|sent| sent.what == what).map(|sent| sent.status).collect()
}

#[test]
fn a_write_whose_answer_is_lost_is_looked_for_and_not_made_again() {
    let looked = ["no answer to a write", "looking whether it happened", "it happened: going on"];
    let (ended, sent) = released(&fault("ecs:RegisterTaskDefinition", "lost_after", 0));
    ended.says(looked);
    assert_eq!(statuses(&sent, REGISTER), [None]);

    let (ended, sent) = released(&fault("ecs:UpdateService", "lost_after", 0));
    ended.says(looked);
    assert_eq!(statuses(&sent, UPDATE), [None]);
}

#[test]
fn a_write_that_was_lost_on_its_way_is_made_again() {
    let looked = ["no answer to a write", "looking whether it happened", "it did not happen: making it again"];
    let (ended, sent) = released(&fault("ecs:RegisterTaskDefinition", "lost_before", 0));
    ended.says(looked);
    assert_eq!(statuses(&sent, REGISTER), [None, Some(200)]);

    let (ended, sent) = released(&fault("ecs:UpdateService", "lost_before", 0));
    ended.says(looked);
    assert_eq!(statuses(&sent, UPDATE), [None, Some(200)]);
}

#[test]
fn both_writes_may_be_lost_and_the_look_too() {
    // of one operation's faults, a later one sees only what an earlier one has let through
    let faults = fault("ecs:RegisterTaskDefinition", "lost_after", 0)
        + &fault("ecs:UpdateService", "lost_before", 0)
        + &fault("ecs:UpdateService", "lost_after", 0)
        + &fault("ecs:DescribeTaskDefinition", "lost_before", 1)
        + &fault("ecs:DescribeServices", "lost_after", 1);
    let (_, sent) = released(&faults);
    assert_eq!(statuses(&sent, REGISTER), [None]);
    assert_eq!(statuses(&sent, UPDATE), [None, None], "lost on its way, then done without an answer");
    assert_eq!(statuses(&sent, "DescribeTaskDefinition")[..3], [Some(200), None, Some(200)]);
    assert_eq!(statuses(&sent, "DescribeServices")[..3], [Some(200), None, Some(200)]);
}

#[test]
fn a_registrys_lost_answers_cost_requests_and_nothing_else() {
    let (well, without) = released("");
    for on in ["HeadManifest", "GetManifest", "PutManifest", "HeadBlob", "GetBlob", "StartUpload", "PutUpload"] {
        for then in ["lost_before", "lost_after", "throttle"] {
            let (ended, sent) = released(&fault(&format!("registry:{on}"), then, 0));
            assert_eq!(digest(&ended), digest(&well), "{on} {then}");
            assert!(sent.sent.len() > without.sent.len(), "{on} {then}: something was sent again");
        }
    }
}

#[test]
fn reads_of_ecs_and_ecr_are_asked_again() {
    let reads = ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:DescribeTasks"];
    let others = ["ecr:GetAuthorizationToken", "sts:GetCallerIdentity"];
    for on in reads.into_iter().chain(others) {
        for then in ["lost_before", "lost_after"] {
            let (ended, _) = released(&fault(on, then, 0));
            assert!(!ended.stderr.contains("no answer to a write"), "{on}: {ended}");
        }
    }
}

#[test]
fn everything_may_be_throttled_once() {
    let sts = std::iter::once("sts:GetCallerIdentity".to_owned());
    let ecr = ["GetAuthorizationToken", "DescribeRepositories", "DescribeImages"].map(|name| format!("ecr:{name}"));
    let ecs = [REGISTER, UPDATE, "DescribeServices", "DescribeTaskDefinition", "ListTasks", "DescribeTasks"];
    let registry = ["HeadManifest", "GetManifest", "PutManifest", "HeadBlob", "GetBlob", "StartUpload", "PutUpload"];
    let all = sts
        .chain(ecr)
        .chain(ecs.map(|name| format!("ecs:{name}")))
        .chain(registry.map(|name| format!("registry:{name}")))
        .map(|on| fault(&on, "throttle", 0))
        .collect::<String>();
    let (ended, sent) = released(&all);
    assert!(!ended.stderr.contains("no answer to a write"), "a throttled write was not made: {ended}");
    assert_eq!(statuses(&sent, REGISTER), [Some(400), Some(200)]);
    assert_eq!(statuses(&sent, UPDATE), [Some(400), Some(200)]);
}
