//! What may pass is tried again; what has been done is not done twice.

use super::fake::{Fake, Trap, at};
use crate::domain::copy_options::CopyOptions;
use crate::effects::event::Events;
use crate::effects::fault::FaultKind;
use std::time::Duration;
use tokio::time::Instant;

fn shop() -> Fake {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[b"one"]);
    fake
}

#[tokio::test(start_paused = true)]
async fn four_failures_are_waited_out() {
    let fake = shop();
    for trap in [
        Trap::Drop,
        Trap::Answer(503, vec![], ""),
        Trap::Answer(429, vec![("retry-after", "5".to_owned())], ""),
        Trap::BreakOff(3),
    ] {
        fake.trap("GET a.example/v2/shop/manifests/1", trap);
    }
    let begun = Instant::now();
    assert!(fake.registries().read(&at("a.example/shop:1")).await.unwrap().is_some());
    assert_eq!(fake.count("GET a.example/v2/shop/manifests/1"), 5);
    let pauses = Duration::from_millis(200 + 400 + 5000 + 1600);
    assert!(begun.elapsed() >= pauses && begun.elapsed() < pauses + Duration::from_millis(50), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_fifth_failure_names_the_repository_that_may_be_missing() {
    let fake = shop();
    // The layer and the config.
    for _ in 0..10 {
        fake.trap("POST b.example/v2/shop/blobs/uploads", Trap::Drop);
    }
    let copy = fake.registries();
    let fault = copy
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str(), fault.retryable), (FaultKind::Network, "NoAnswer", true));
    assert!(fault.hint.is_some_and(|hint| hint.contains("`shop` may be missing")));
    assert_eq!(fault.details, ["5 attempts were made"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_registry_is_not_taken_for_a_missing_image() {
    let fake = shop();
    fake.trap("GET a.example/v2/shop/manifests/1", Trap::Answer(404, vec![], "<html>"));
    let fault = fake.registries().read(&at("a.example/shop:1")).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "NotARegistry"));
}

#[tokio::test(start_paused = true)]
async fn a_manifest_whose_push_was_lost_is_looked_for_before_it_is_pushed_again() {
    let fake = shop();
    fake.trap("PUT b.example/v2/shop/manifests/1", Trap::DoneAndDropped);
    let all = fake.registries();
    let pushed = all
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap();
    assert!(!pushed.unchanged);
    assert_eq!(fake.count("PUT b.example/v2/shop/manifests/1"), 1);
    assert_eq!(fake.count("HEAD b.example/v2/shop/manifests/1"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_nobody_answers_for_is_in_doubt() {
    let fake = shop();
    for _ in 0..5 {
        fake.trap("PUT b.example/v2/shop/manifests/1", Trap::Drop);
    }
    let all = fake.registries();
    let fault = all
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap_err();
    assert_eq!((fault.kind, fault.in_doubt), (FaultKind::Network, true));
}

#[tokio::test(start_paused = true)]
async fn an_immutable_tag_is_the_registrys_to_refuse() {
    let fake = shop();
    fake.image("b.example/shop:1", &[b"another"]);
    let refusal = r#"{"errors":[{"code":"TAG_INVALID","message":"The image tag '1' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable."}]}"#;
    fake.trap("PUT b.example/v2/shop/manifests/1", Trap::Answer(400, vec![], refusal));
    let all = fake.registries();
    let fault = all
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "ImageTagAlreadyExists"));

    let all = fake.registries();
    fake.image("b.example/shop:1", &[b"one"]);
    let same = all
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap();
    assert!(same.unchanged, "the same image is success, even there");
    assert_eq!(fake.count("PUT b.example/v2/shop/manifests/1"), 1);
}
