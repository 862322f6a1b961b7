//! Who we are: asked for once, renewed once, and never told to strangers.

use super::fake::{Fake, Trap, at, basic, login};
use crate::domain::copy_options::CopyOptions;
use crate::domain::docker_config::TOKEN_USER;
use crate::domain::secret::Secret;
use crate::effects::fault::FaultKind;
use crate::live::registry::Login;
use std::time::Duration;

const LAYERS: [&[u8]; 4] = [b"one", b"two", b"three", b"four"];

fn shop() -> Fake {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &LAYERS);
    fake
}

#[tokio::test(start_paused = true)]
async fn a_login_is_sent_only_when_it_was_asked_for() {
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![login("p")];
    let all = fake.registries();
    assert!(all.read(&at("a.example/shop:1")).await.unwrap().is_some());
    assert!(fake.log().iter().all(|line| !line.contains("Basic")), "{:?}", fake.log());

    fake.guard("a.example", "Basic realm=\"r\"", &basic("p"));
    assert!(all.read(&at("a.example/shop:1")).await.unwrap().is_some());
    let manifest = "GET a.example/v2/shop/manifests/1";
    assert_eq!(fake.log()[2..4], [manifest.to_owned(), format!("{manifest} ({})", basic("p"))]);
    assert_eq!(fake.0.lock().unwrap().asked, [None]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_four_blobs_move_is_renewed_once() {
    for expiry in [
        Trap::Answer(401, vec![("www-authenticate", "Basic realm=\"r\"".to_owned())], ""),
        Trap::Answer(
            403,
            vec![],
            r#"{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}"#,
        ),
    ] {
        let fake = shop();
        fake.0.lock().unwrap().logins = vec![login("old"), login("new")];
        fake.guard("b.example", "Basic realm=\"r\"", &basic("old"));
        let all = fake.registries();
        assert_eq!(all.read(&at("b.example/shop:none")).await, Ok(None));
        // From here on the old token is refused; the four uploads are the first to learn it.
        for _ in 0..4 {
            fake.trap("PUT b.example/v2/shop/blobs", expiry.clone());
        }
        fake.0.lock().unwrap().guards.clear();
        let pushed = all
            .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &fake.events())
            .await
            .unwrap();
        assert_eq!(pushed.blobs.len(), 5);
        let state = fake.0.lock().unwrap();
        assert_eq!(state.asked.iter().flatten().collect::<Vec<_>>(), ["old"], "one refresh");
        let renewed = state.log.iter().filter(|line| {
            line.starts_with("PUT b.example/v2/shop/blobs") && line.ends_with(&format!("({})", basic("new")))
        });
        assert!(renewed.count() >= 4, "{:?}", state.log);
        for layer in LAYERS {
            let key = format!("b.example/shop/{}", super::super::hashing::sha256(layer));
            assert_eq!(state.blobs.get(&key).map(|blob| &blob[..]), Some(layer));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_the_last() {
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![login("one"), login("two"), login("three"), login("four")];
    fake.guard("a.example", "Basic realm=\"r\"", "nobody");
    let fault = fake.registries().read(&at("a.example/shop:1")).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "UNAUTHORIZED"));
    assert!(fault.message.contains("a.example") && fault.hint.is_some(), "{fault:?}");
    assert_eq!(fake.0.lock().unwrap().asked, [None, Some("one".to_owned())]);
    assert_eq!(fake.log().len(), 3, "{:?}", fake.log());
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_forbidden_may_only_need_a_new_token() {
    let expired = r#"{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}"#;
    for (root, asked) in [(Trap::Answer(403, vec![], expired), 2), (Trap::Answer(200, vec![], ""), 1)] {
        let fake = shop();
        fake.0.lock().unwrap().logins = vec![login("old"), login("new")];
        fake.guard("b.example", "Basic realm=\"r\"", &basic("old"));
        let all = fake.registries();
        assert_eq!(all.read(&at("b.example/shop:none")).await, Ok(None));
        fake.0.lock().unwrap().guards.clear();
        fake.trap("HEAD b.example/v2/shop/manifests/1", Trap::Answer(403, vec![], ""));
        fake.trap("GET b.example/v2/", root);
        let copied = all
            .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &fake.events())
            .await;
        assert_eq!(
            fake.0.lock().unwrap().asked.iter().filter(|one| one.is_none()).count(),
            1,
            "the other does not ask"
        );
        assert_eq!(fake.0.lock().unwrap().asked.iter().flatten().count() + 1, asked);
        match copied {
            Ok(pushed) => assert_eq!((asked, pushed.blobs.len()), (2, 5)),
            Err(fault) => assert_eq!((asked, fault.kind), (1, FaultKind::Denied), "a right is missing"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bearer_token_is_fetched_once_for_its_scope_and_again_when_it_is_old() {
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![login("p")];
    fake.guard("a.example", "Bearer realm=\"https://auth.example/token\",service=\"s\"", "Bearer t");
    let token = Trap::Answer(200, vec![], r#"{"token":"t","expires_in":100}"#);
    for _ in 0..2 {
        fake.trap("GET auth.example/token", token.clone());
    }
    let all = fake.registries();
    for _ in 0..3 {
        assert!(all.read(&at("a.example/shop:1")).await.unwrap().is_some());
    }
    let fetch = format!("GET auth.example/token?service=s&scope=repository:shop:pull ({})", basic("p"));
    assert_eq!(fake.count(&fetch), 1, "{:?}", fake.log());
    tokio::time::advance(Duration::from_secs(91)).await;
    assert!(all.read(&at("a.example/shop:1")).await.unwrap().is_some());
    assert_eq!(fake.count(&fetch), 2);
    assert!(fake.log().iter().filter(|line| line.contains("a.example/v2")).all(|line| !line.contains("Basic")));
}

#[tokio::test(start_paused = true)]
async fn strangers_see_no_login_and_cannot_ask_for_one() {
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![login("p")];
    fake.guard("a.example", "Basic realm=\"r\"", &basic("p"));
    let elsewhere = vec![("location", "https://bucket.example/signed".to_owned())];
    fake.trap("GET a.example/v2/shop/blobs", Trap::Answer(307, elsewhere.clone(), ""));
    fake.trap("GET bucket.example/signed", Trap::Instead(&[0; 4096]));
    let fault = fake.registries().read(&at("a.example/shop:1")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Verification, "{fault}");
    assert_eq!(fake.log().last().map(String::as_str), Some("GET bucket.example/signed"));

    fake.trap("GET a.example/v2/shop/blobs", Trap::Answer(307, elsewhere, ""));
    let steal = vec![("www-authenticate", "Bearer realm=\"https://thief.example/\"".to_owned())];
    fake.trap("GET bucket.example/signed", Trap::Answer(401, steal, ""));
    assert!(fake.registries().read(&at("a.example/shop:1")).await.unwrap().is_some(), "asked again");
    assert_eq!(fake.count("GET thief.example"), 0);
    assert!(fake.log().iter().filter(|line| line.contains("Basic")).all(|line| line.contains(" a.example/")));
}

#[tokio::test(start_paused = true)]
async fn an_identity_token_is_exchanged_and_never_sent_as_a_password() {
    let fake = shop();
    let identity = Login { username: TOKEN_USER.to_owned(), password: Secret::new("identity") };
    fake.0.lock().unwrap().logins = vec![identity];
    fake.guard("a.example", "Bearer realm=\"https://auth.example/token\",service=\"a\"", "Bearer fresh");
    fake.trap("POST auth.example/token", Trap::Answer(200, vec![], r#"{"access_token":"fresh","expires_in":300}"#));
    assert!(fake.registries().read(&at("a.example/shop:1")).await.unwrap().is_some());
    let log = fake.log();
    assert!(log.iter().any(|line| line == "POST auth.example/token"), "{log:?}");
    assert!(log.iter().all(|line| !line.contains("Basic")), "{log:?}");

    // and where only a password is taken, it is not one
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![Login { username: TOKEN_USER.to_owned(), password: Secret::new("identity") }];
    fake.guard("a.example", "Basic realm=\"r\"", &basic("p"));
    let fault = fake.registries().read(&at("a.example/shop:1")).await.unwrap_err();
    assert!(fault.message.contains("the login is an identity token"), "{fault}");
    assert!(fake.log().iter().all(|line| !line.contains("Basic")), "{:?}", fake.log());
}
