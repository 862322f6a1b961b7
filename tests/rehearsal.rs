//! The nightly release, rehearsed: in the world beside it, in another one, and in worlds that go wrong.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, checkout, gantry};

/// Compares a rehearsal's words with what tests/told has of it; `UPDATE_TOLD=1` writes them anew, to be read.
#[track_caller]
fn is_told(ended: &Ended, name: &str) {
    let place = checkout().join("tests/told").join(name);
    let text = format!("exit {}\n-- stdout\n{}-- stderr\n{}", ended.code, ended.stdout, ended.stderr);
    if std::env::var_os("UPDATE_TOLD").is_some() {
        std::fs::write(&place, &text).expect("tests/told");
    }
    let told = std::fs::read_to_string(&place).unwrap_or_default();
    assert_eq!(text, told, "not what {} has", place.display());
}

fn in_world(world: &str) -> Ended {
    let world = format!("tests/worlds/{world}.world.toml");
    gantry(checkout()).args(["rehearse", "scripts/release.rhai", "--world", &world]).ends()
}

#[test]
fn the_release_is_told_step_by_step() {
    let ended = gantry(checkout()).args(["rehearse", "scripts/release.rhai"]).ends();
    ended.exits(0).says([
        "shop:1.4.2 is sha256:",
        "was there",
        "sent",
        "shop:20261120-1.4.2 as sha256:",
        "web:7 → web:8",
        "old: 2",
        "old: 0",
        "prod/web is drained: only web:8",
        "done in",
    ]);
    is_told(&ended, "release.txt");
}

#[test]
fn no_more_is_claimed_than_was_waited_for() {
    let waited = |how: &str| gantry(checkout()).args(["rehearse", "scripts/release.rhai", "--wait", how]).ends();
    let claims = [
        ("none", "prod/web was told to run 222222222222"),
        ("traffic", "web:8 serves in prod/web, deployment ecs-svc/"),
        ("deployed", "web:8 is deployed to prod/web, deployment ecs-svc/"),
        ("drained", "prod/web is drained: only web:8, deployment ecs-svc/"),
    ];
    for (how, claim) in claims {
        let ended = waited(how);
        ended.exits(0).says([claim]);
        assert_eq!(ended.stderr.contains(": only web:8"), how == "drained", "{ended}");
        assert_eq!(ended.stderr.contains("now runs"), how != "none", "{ended}");
    }
}

#[test]
fn another_world_has_its_own_right_result() {
    // its accounts are not those of the checkout's gantry.toml
    let project = Project::with_the_release();
    let world = checkout().join("tests/worlds/second.world.toml");
    let ended = gantry(&project.root)
        .args(["rehearse", "scripts/release.rhai", "--world", &world.display().to_string()])
        .ends();
    ended.exits(0).says(["444444444444", "shop:20270301-2.0.0-rc.3", "web:41 → web:42", "5 of 5 running; old: 0"]);
    is_told(&ended, "second.txt");
}

#[test]
fn fifty_rehearsals_under_load_are_told_the_same_to_the_byte() {
    let told = std::fs::read_to_string(checkout().join("tests/told/release.txt")).expect("tests/told");
    let once = || {
        let ended = gantry(checkout()).args(["rehearse", "scripts/release.rhai"]).ends();
        format!("exit {}\n-- stdout\n{}-- stderr\n{}", ended.code, ended.stdout, ended.stderr)
    };
    std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..10).map(|_| scope.spawn(|| (0..5).map(|_| once()).collect::<Vec<_>>())).collect();
        for texts in crowd.into_iter().map(|one| one.join().expect("five rehearsals")) {
            for text in texts {
                assert_eq!(text, told);
            }
        }
    });
}

#[test]
fn a_container_that_exits_fails_the_release_and_the_state_it_leaves_is_told() {
    let ended = in_world("container-exits");
    ended.exits(1).prints_nothing().says([
        "the rollout of web:8 to prod/web failed",
        "container `app` exited with 78",
        "was put back on web:7",
        "is left with web:",
        "is left with image 222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:20261105-1.4.1 in container app",
        "written before it ended",
    ]);
    is_told(&ended, "container-exits.txt");
}

#[test]
fn an_image_that_cannot_be_pulled_fails_the_release() {
    let ended = in_world("image-cannot-be-pulled");
    ended.exits(1).prints_nothing().says(["web:8", "CannotPullContainerError", "is left with image"]);
    is_told(&ended, "image-cannot-be-pulled.txt");
}

#[test]
fn a_tested_image_that_is_missing_is_named_before_anything_is_written() {
    let ended = in_world("tested-image-missing");
    ended.exits(3).prints_nothing().says(["is not in repository shop of account 111111111111", "help: "]);
    is_told(&ended, "tested-image-missing.txt");
}

#[test]
fn a_target_repository_that_is_missing_is_named_before_anything_is_written() {
    let ended = in_world("target-repository-missing");
    ended.exits(3).prints_nothing().says(["repository", "shop", "222222222222", "create it"]);
    is_told(&ended, "target-repository-missing.txt");
}

#[test]
fn another_account_than_expected_is_refused_before_anything_is_written() {
    let ended = in_world("wrong-account");
    ended.exits(2).prints_nothing().says(["belongs to account 333333333333, but 222222222222 is expected"]);
    is_told(&ended, "wrong-account.txt");
}

#[test]
fn a_token_that_expires_in_the_middle_of_a_copy_is_refreshed_once() {
    let ended = in_world("token-expires");
    ended.exits(0).says(["prod/web is drained: only web:8"]);
    is_told(&ended, "token-expires.txt");
}
