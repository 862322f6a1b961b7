//! Registry tokens: kept, renewed, forced.

use super::world::{Back, World, ok};
use crate::effects::fault::FaultKind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::time::Duration;

/// The world's clock begins here.
const NOW: i64 = 1_800_000_000;

fn token(password: &str, expires_at: i64) -> Back {
    let token = STANDARD.encode(format!("AWS:{password}"));
    ok(json!({ "authorizationData": [{ "authorizationToken": token, "expiresAt": expires_at }] }))
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_until_shortly_before_it_expires() {
    let world = World::answering([token("one", NOW + 3600), token("two", NOW + 7200)]);
    let aws = world.aws([]);
    let mut passwords = Vec::new();
    for pause in [0, 3200, 200] {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let token = aws.registry_token("prod", None, None, false).await.expect("a token");
        assert_eq!(token.username, "AWS");
        passwords.push(token.password.reveal().to_owned());
    }
    assert_eq!(passwords, ["one", "one", "two"]);
    assert_eq!(world.sent()[0].json(), json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_new_token_serves_even_when_it_says_that_it_expired_long_ago() {
    let world = World::answering([token("old", 1_440_000_000), token("new", 1_440_000_000)]);
    let aws = world.aws([]);
    for expected in ["old", "new"] {
        let token = aws.registry_token("prod", None, None, false).await.expect("a token");
        assert_eq!(token.password.reveal(), expected);
        assert_eq!(token.expires_at, 1_440_000_000);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_one_can_be_forced_and_is_kept_then() {
    let world = World::answering([token("one", NOW + 43_200), token("two", NOW + 43_200)]);
    let aws = world.aws([]);
    for (fresh, expected) in [(false, "one"), (true, "two"), (false, "two")] {
        let token = aws.registry_token("prod", None, None, fresh).await.expect("a token");
        assert_eq!(token.password.reveal(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn every_session_account_and_region_has_its_own() {
    let world = World::answering((0..4).map(|n| token(&n.to_string(), NOW + 43_200)));
    let aws = world.aws([]);
    let asked =
        [("prod", None, None), ("test", None, None), ("prod", Some("9"), None), ("prod", None, Some("eu-west-1"))];
    for _ in 0..2 {
        for (n, (session, account, region)) in asked.iter().enumerate() {
            let token = aws.registry_token(session, *account, *region, false).await.expect("a token");
            assert_eq!(token.password.reveal(), n.to_string());
        }
    }
    let sent = world.sent();
    assert_eq!(sent.len(), 4, "the second round asks for nothing");
    assert_eq!(sent[2].json(), json!({ "registryIds": ["9"] }));
    assert_eq!(sent[3].uri, "https://api.ecr.eu-west-1.amazonaws.com/");
}

#[tokio::test(start_paused = true)]
async fn images_that_begin_at_once_share_one_token() {
    let world = World::answering([token("one", NOW + 43_200)]);
    let aws = world.aws([]);
    let get = || aws.registry_token("prod", None, None, false);
    let (a, b, c) = tokio::join!(get(), get(), get());
    for token in [a, b, c] {
        assert_eq!(token.expect("a token").password.reveal(), "one");
    }
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_good_token_is_told_without_its_content() {
    let bad = json!({ "authorizationData": [{ "authorizationToken": STANDARD.encode("hunter2") }] });
    let world = World::answering([ok(bad), ok(json!({ "authorizationData": [] }))]);
    let aws = world.aws([]);
    for _ in 0..2 {
        let fault = aws.registry_token("prod", None, None, false).await.expect_err("no token");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"));
        assert!(!fault.message.contains("hunter2") && !fault.message.contains(&STANDARD.encode("hunter2")));
    }
}
