//! Which account a session is, and that a wrong one does nothing.

use super::world::{World, identity, no, ok};
use crate::domain::settings::SessionSettings;
use crate::effects::event::Events;
use crate::effects::fault::FaultKind;
use crate::effects::reply::Identity;
use crate::live::aws::{Assigned, Aws};
use serde_json::json;

fn expecting(account: &str) -> SessionSettings {
    SessionSettings { expect_account: Some(account.to_owned()), ..SessionSettings::default() }
}

#[tokio::test(start_paused = true)]
async fn who_a_session_is_is_asked_once() {
    let world = World::answering([identity("222222222222"), ok(json!({ "services": [] }))]);
    let aws = world.aws([("prod", expecting("222222222222"))]);
    let expected =
        Identity { account: Some("222222222222".to_owned()), region: "ap-northeast-1".to_owned(), endpoint: None };
    assert_eq!(aws.identify("prod").await.expect("it is"), expected);
    assert_eq!(aws.identify("prod").await.expect("it still is"), expected);
    aws.describe_services("prod", "main", &[]).await.expect("the account is right");
    assert_eq!(world.operations(), ["sts", "DescribeServices"]);
    assert_eq!(world.sent()[0].uri, "https://sts.ap-northeast-1.amazonaws.com/");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_account_is_told_before_anything_is_written() {
    let world = World::answering([identity("111111111111")]);
    let aws = world.aws([("prod", expecting("222222222222"))]);
    let fault = aws.register_task_definition("prod", &json!({ "family": "web" }), &Events::nowhere()).await;
    let fault = fault.expect_err("another account");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Account, "WrongAccount"));
    assert_eq!(fault.message, "session `prod` belongs to account 111111111111, but 222222222222 is expected");
    assert!(fault.hint.expect("a hint").contains("[sessions.prod]"));
    assert_eq!(world.operations(), ["sts"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_ask_is_not_remembered() {
    let world = World::answering([no(403, "AccessDenied", "no"), identity("222222222222")]);
    let aws = world.aws([]);
    assert_eq!(aws.identify("prod").await.expect_err("refused").kind, FaultKind::Denied);
    aws.identify("prod").await.expect("asked again");
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rehearsal_knows_its_own_accounts_alone() {
    let aws = World::answering([]).aws([("staging", SessionSettings::default())]);
    for session in ["staging", "default", "proud"] {
        let fault = aws.identify(session).await.expect_err("no such account");
        assert_eq!(fault.kind, FaultKind::Usage);
        assert!(fault.message.contains(&format!("session `{session}`")), "{}", fault.message);
        assert!(fault.message.contains("`prod`, `test`"), "{}", fault.message);
    }
}

#[tokio::test(start_paused = true)]
async fn the_default_session_of_a_rehearsal_is_the_only_account_or_the_one_of_that_name() {
    let assigned = |key: &str| Assigned {
        account: "333333333333".to_owned(),
        region: "eu-west-1".to_owned(),
        access_key_id: key.to_owned(),
        secret_access_key: "not a secret".to_owned(),
    };
    for accounts in [
        [("live".to_owned(), assigned("ONLY"))].into(),
        [("default".to_owned(), assigned("ONLY")), ("live".to_owned(), assigned("OTHER"))].into(),
    ] {
        let world = World::answering([identity("333333333333")]);
        let got = world.aws_of(accounts, []).identify("default").await.expect("one account");
        assert_eq!((got.account.as_deref(), got.region.as_str()), (Some("333333333333"), "eu-west-1"));
        let authorization = world.sent()[0].headers["authorization"].to_str().expect("ASCII").to_owned();
        assert!(authorization.contains("Credential=ONLY/"), "{authorization}");
    }
}

#[test]
fn calls_can_cross_threads() {
    fn send<T: Send>(_: &T) {}
    fn every(aws: &Aws) {
        send(&aws.identify(""));
        send(&aws.describe_services("", "", &[]));
        send(&aws.list_tasks("", "", "", ""));
        send(&aws.describe_tasks("", "", &[]));
        send(&aws.describe_images("", "", &[]));
        send(&aws.registry_token("", None, None, false));
    }
    let _ = every;
}
