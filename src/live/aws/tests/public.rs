//! Amazon ECR Public: everybody pulls from it, and a session's token pushes.

use super::world::{Back, World, no, ok};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::effects::fault::FaultKind;
use crate::effects::redact::Redactor;
use crate::live::host::surroundings::Surroundings;
use crate::live::logins::ProjectLogins;
use crate::live::registry::Registries;
use crate::live::registry::tests::fake::{Fake, Trap, at, basic};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// As public.ecr.aws says it.
const CHALLENGE: &str = "Bearer realm=\"https://public.ecr.aws/token/\",service=\"public.ecr.aws\",scope=\"aws\"";

/// `public.ecr.aws/team/shop:1`, and `a.example/shop:2` that lets in everybody.
fn stage(world: &Arc<World>) -> (Fake, Registries) {
    let fake = Fake::default();
    fake.image("public.ecr.aws/team/shop:1", &[b"layer"]);
    fake.image("a.example/shop:2", &[b"another"]);
    fake.guard("public.ecr.aws", CHALLENGE, "Bearer t");
    let logins = ProjectLogins {
        settings: BTreeMap::new(),
        aws: Arc::new(world.aws([])),
        surroundings: Surroundings::rehearsed(Arc::new(|| 0), BTreeMap::new()),
        redactor: Redactor::default(),
        helped: tokio::sync::Mutex::default(),
    };
    let registries = Registries::new(Arc::new(fake.clone()), Arc::new(logins), Arc::new(fake.clone()));
    (fake, registries)
}

fn lets_in(fake: &Fake, times: usize) {
    for _ in 0..times {
        fake.trap("GET public.ecr.aws/token/", Trap::Answer(200, vec![], r#"{"token":"t","expires_in":3600}"#));
    }
}

fn with_session(image: &str) -> Located {
    Located { session: Some("prod".to_owned()), ..at(image) }
}

fn token(password: &str) -> Back {
    let token = STANDARD.encode(format!("AWS:{password}"));
    ok(json!({ "authorizationData": { "authorizationToken": token, "expiresAt": 1_900_000_000 } }))
}

#[tokio::test(start_paused = true)]
async fn everybody_pulls_without_a_login() {
    let world = World::answering([]);
    let (fake, registries) = stage(&world);
    lets_in(&fake, 1);
    let (from, to) = (at("public.ecr.aws/team/shop:1"), at("b.example/shop:1"));
    registries.copy(&from, &to, &CopyOptions::default(), &fake.events()).await.expect("a copy");
    let log = fake.log();
    let token = "GET public.ecr.aws/token/?service=public.ecr.aws&scope=repository:team/shop:pull".to_owned();
    assert_eq!(log.iter().filter(|line| **line == token).count(), 1, "{log:?}");
    assert!(log.iter().all(|line| !line.contains("Basic")), "{log:?}");
    assert!(world.sent().is_empty(), "AWS is not asked");
}

#[tokio::test(start_paused = true)]
async fn a_session_pushes_with_a_token_of_us_east_1() {
    let world = World::answering([token("p")]);
    let (fake, registries) = stage(&world);
    lets_in(&fake, 1);
    let (from, to) = (at("a.example/shop:2"), with_session("public.ecr.aws/team/shop:2"));
    registries.copy(&from, &to, &CopyOptions::default(), &fake.events()).await.expect("a copy");
    assert!(fake.0.lock().unwrap().manifests.contains_key("public.ecr.aws/team/shop/2"));
    let fetched = format!(
        "GET public.ecr.aws/token/?service=public.ecr.aws&scope=repository:team/shop:pull,push ({})",
        basic("p")
    );
    assert_eq!(fake.count(&fetched), 1, "{:?}", fake.log());
    let elsewhere = fake.log().iter().filter(|line| line.contains("Basic") && !line.contains("/token/")).count();
    assert_eq!(elsewhere, 0, "the password goes to the realm alone");

    let [sent] = world.sent().try_into().expect("one request");
    assert_eq!(sent.uri, "https://api.ecr-public.us-east-1.amazonaws.com/");
    assert_eq!(sent.headers["x-amz-target"], "SpencerFrontendService.GetAuthorizationToken");
    let signed = sent.headers["authorization"].to_str().expect("ASCII");
    assert!(signed.contains("/us-east-1/ecr-public/aws4_request"), "{signed}");
    assert_eq!(sent.json(), json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_fetched_anew_once() {
    let world = World::answering([token("old"), token("new")]);
    let (fake, registries) = stage(&world);
    fake.trap("GET public.ecr.aws/token/", Trap::Answer(401, vec![], ""));
    lets_in(&fake, 1);
    let (from, to) = (at("a.example/shop:2"), with_session("public.ecr.aws/team/shop:2"));
    registries.copy(&from, &to, &CopyOptions::default(), &fake.events()).await.expect("a copy");
    let tokens: Vec<String> = fake.log().into_iter().filter(|line| line.contains("/token/")).collect();
    assert!(tokens[0].contains(&basic("old")) && tokens[1].contains(&basic("new")), "{tokens:?}");
    assert_eq!(tokens.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_for_a_login_is_told() {
    let world = World::answering([no(400, "AccessDeniedException", "not authorized")]);
    let (fake, registries) = stage(&world);
    let (from, to) = (at("a.example/shop:2"), with_session("public.ecr.aws/team/shop:2"));
    let fault = registries.copy(&from, &to, &CopyOptions::default(), &fake.events()).await.expect_err("no right");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "AccessDeniedException"));
    assert!(fault.message.contains("ecr-public:GetAuthorizationToken"), "{fault}");
    assert!(fault.hint.is_some_and(|hint| hint.contains("sts:GetServiceBearerToken")));
    assert!(!fake.0.lock().unwrap().manifests.contains_key("public.ecr.aws/team/shop/2"));
}
