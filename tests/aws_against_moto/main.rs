//! The AWS adapter against moto, over real sockets: what it sends is what an ECS and an ECR that are not ours take.
//!
//! The AWS SDK reads its credentials from the environment, which a test cannot set for itself: `against_moto` starts
//! moto and runs the stories below, which are ignored otherwise, in a process of their own.

#![allow(clippy::disallowed_methods, reason = "the stories run this program again, in a cleared environment")]

mod carried;
mod ecr;
mod ecs;
mod sessions;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod wire;

use std::process::Command;
use support::servers::Server;

/// So many stories there are: none may be lost on the way.
const STORIES: usize = 18;
/// Two profiles that are unlike the environment in everything.
const PROFILES: &str = "[profile test]\nregion = eu-west-1\naws_access_key_id = AKIATEST\n\
    aws_secret_access_key = example\n[profile prod]\nregion = us-west-2\naws_access_key_id = AKIAPROD\n\
    aws_secret_access_key = example\n[profile without]\nregion = us-west-2\n";

/// This program, told to run the ignored stories that `filter` picks, with nothing of our own environment.
fn stories(filter: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--ignored").args(filter).env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn all_pass(command: &mut Command, number: usize) {
    let told = command.output().expect("the stories run");
    let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{out}\n{err}");
    assert!(out.contains(&format!("{number} passed; 0 failed")), "{out}");
}

#[test]
fn against_moto() {
    let moto = Server::moto();
    let profiles = concat!(env!("CARGO_TARGET_TMPDIR"), "/profiles");
    std::fs::write(profiles, PROFILES).expect("a folder of cargo's");
    all_pass(
        stories(&["--skip", "where_nothing_is_set"])
            .env("AWS_ENDPOINT_URL", moto.url())
            .env("AWS_ENDPOINT_URL_ECR", moto.url())
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto.url().replace("127.0.0.1", "localhost"))
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_CONFIG_FILE", profiles)
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        STORIES,
    );
}

#[test]
fn without_any_settings() {
    all_pass(
        stories(&["where_nothing_is_set"])
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        1,
    );
}
