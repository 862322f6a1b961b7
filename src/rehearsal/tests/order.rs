//! Time and order: what a request costs, and that nothing depends on who is polled first.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{PROD_HOST, call, login, ok, registry, release};
use crate::rehearsal::Rehearsal;

#[tokio::test(start_paused = true)]
async fn a_request_costs_its_latency_and_a_blob_its_weight() {
    let world = release();
    let begin = tokio::time::Instant::now();
    assert_eq!(world.now().to_string(), "2026-11-19T17:00:00Z");
    let token = login(&world, "prod").await;
    assert_eq!(begin.elapsed(), Duration::from_millis(20));
    let auth = [("authorization", token.as_str())];
    let manifest =
        registry(&world, PROD_HOST, "GET shop/manifests/20261105-1.4.1", &auth, "").await.expect("a manifest").json();
    let digest = manifest["layers"][1]["digest"].as_str().expect("a digest").to_owned();
    let before = begin.elapsed();
    let blob = registry(&world, PROD_HOST, &format!("GET shop/blobs/{digest}"), &auth, "").await.expect("a blob");
    assert!(blob.body.len() > 600_000);
    let down = begin.elapsed().checked_sub(before).unwrap();
    assert!(down >= Duration::from_millis(20 + 5), "{down:?} for 600 KB at 100 MB a second");
    let start = registry(&world, PROD_HOST, "POST shop/blobs/uploads/", &auth, "").await.expect("a reply");
    let location = start.header("location").expect("a location").to_owned();
    let before = begin.elapsed();
    registry(&world, PROD_HOST, &format!("PUT {location}?digest={digest}"), &auth, blob.body).await.expect("a reply");
    assert_eq!(begin.elapsed().checked_sub(before).unwrap(), Duration::from_millis(26));
}

async fn register(world: &Rehearsal, image: &str) -> Value {
    let request =
        json!({ "family": "jobs", "containerDefinitions": [{ "name": "job", "image": image, "memory": 64 }] });
    ok(world, "prod", "ecs:RegisterTaskDefinition", request).await["taskDefinition"]["revision"].clone()
}

#[tokio::test(start_paused = true)]
async fn requests_of_one_instant_are_served_in_the_order_of_their_content() {
    let one = release();
    let (a, b) = tokio::join!(register(&one, "a"), register(&one, "b"));
    let other = release();
    let (b_first, a_second) = tokio::join!(register(&other, "b"), register(&other, "a"));
    assert_eq!((&a, &b), (&a_second, &b_first));
    assert_ne!(a, b);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_before_it_is_due_was_never_sent() {
    let world = release();
    let update = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    let cut = tokio::time::timeout(Duration::from_millis(5), call(&world, "prod", "ecs:UpdateService", &update)).await;
    assert!(cut.is_err());
    let now = ok(&world, "prod", "ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] })).await;
    assert_eq!(now["services"][0]["deployments"].as_array().map(Vec::len), Some(1));
}

/// Every byte of a small release.
async fn bytes_of_a_release() -> Vec<u8> {
    let world = release();
    let mut seen = Vec::new();
    for (operation, request, pause) in [
        ("ecr:GetAuthorizationToken", json!({}), 0),
        ("ecr:DescribeImages", json!({ "repositoryName": "shop" }), 0),
        ("ecs:UpdateService", json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true }), 25),
        ("ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] }), 60),
        ("ecs:ListTasks", json!({ "cluster": "prod", "desiredStatus": "STOPPED" }), 0),
        ("ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] }), 0),
    ] {
        let response = call(&world, "prod", operation, &request).await.expect("an answer");
        seen.extend(format!("{:?}", response.headers).into_bytes());
        seen.extend(response.body);
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    seen
}

#[test]
fn the_world_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn sent<T: Send>(_: T) {}
    shared::<Rehearsal>();
    sent(async {
        let world = release();
        let request = http::Request::get("https://x/").body(super::support::body(""));
        let _ = world.handle(request.expect("a request")).await;
    });
}

#[test]
fn the_same_world_and_requests_give_the_same_bytes() {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(bytes_of_a_release())
    };
    let first = run();
    assert!(first.len() > 5_000);
    for _ in 0..5 {
        assert_eq!(run(), first);
    }
}
