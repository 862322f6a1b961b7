//! Sessions: whose credentials, which account, which Region.

use crate::stage::{ACCOUNT, aws, aws_over, definition, endpoint};
use crate::wire::{Always, Recorded, Wire};
use gantry::domain::settings::SessionSettings;
use gantry::effects::event::Events;
use gantry::effects::fault::FaultKind;
use gantry::live::aws::{Assigned, Mode};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_session_is_who_its_role_says_and_no_other_account_is_written_to() {
    let assuming = |expected: &str| SessionSettings {
        assume_role: Some("arn:aws:iam::222222222222:role/release".to_owned()),
        external_id: Some("gantry".to_owned()),
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(endpoint()),
        expect_account: Some(expected.to_owned()),
        ..SessionSettings::default()
    };
    let (aws, wire) = aws([("prod", assuming("222222222222")), ("wrong", assuming(ACCOUNT))]);
    let who = aws.identify("default").await.expect("the environment's credentials");
    assert_eq!((who.account.as_deref(), who.region.as_str()), (Some(ACCOUNT), "ap-northeast-1"));
    assert_eq!(who.endpoint.as_deref(), Some(endpoint().as_str()), "AWS_ENDPOINT_URL is told");
    let who = aws.identify("prod").await.expect("the role's account");
    assert_eq!((who.account.as_deref(), who.region.as_str()), (Some("222222222222"), "eu-west-1"));

    let created = aws.create_repository("prod", &json!({ "repositoryName": "shop" })).await.expect("it is created");
    assert_eq!(created["registryId"], "222222222222");

    let fault = aws.register_task_definition("wrong", &definition("wrong"), &Events::nowhere()).await;
    let fault = fault.expect_err("another account is expected");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Account, "WrongAccount"));
    assert!(fault.message.contains("222222222222") && fault.message.contains(ACCOUNT), "{fault}");
    assert!(wire.sent("RegisterTaskDefinition").is_empty(), "nothing was written");
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn what_is_set_wrong_is_told_in_the_words_of_the_settings() {
    let unreachable = SessionSettings { endpoint: Some("http://127.0.0.1:1".to_owned()), ..SessionSettings::default() };
    let unknown = SessionSettings { profile: Some("nobody".to_owned()), ..SessionSettings::default() };
    let (aws, _) = aws([("away", unreachable), ("nobody", unknown)]);

    let fault = aws.identify("proud").await.expect_err("no such session");
    assert_eq!(fault.kind, FaultKind::Usage);
    assert_eq!(fault.message, "there is no session `proud`: gantry.toml has `away`, `nobody`");

    let fault = aws.create_repository("away", &json!({ "repositoryName": "shop" })).await.expect_err("no one listens");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Network, "Unreachable"));
    assert!(fault.message.contains("127.0.0.1:1") && !fault.in_doubt && fault.retryable, "{fault:?}");

    let fault = aws.identify("nobody").await.expect_err("no such profile");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "NoCredentials"));
    assert!(fault.message.contains("profile `nobody` was not defined"), "{fault}");
    assert!(fault.hint.expect("a hint").contains("aws configure list-profiles"));
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_profile_is_used_whatever_the_environment_has() {
    let profile = |name: &str| SessionSettings { profile: Some(name.to_owned()), ..SessionSettings::default() };
    let moved = SessionSettings { region: Some("sa-east-1".to_owned()), ..profile("prod") };
    let (aws, wire) =
        aws([("test", profile("test")), ("prod", profile("prod")), ("moved", moved), ("none", profile("without"))]);
    for (session, region) in [("test", "eu-west-1"), ("prod", "us-west-2"), ("moved", "sa-east-1")] {
        assert_eq!(aws.identify(session).await.expect("moto takes any key").region, region);
    }
    let signed: Vec<_> = wire.all().into_iter().map(|sent| sent.authorization).collect();
    for (authorization, expected) in signed.iter().zip(["AKIATEST/", "AKIAPROD/", "AKIAPROD/"]) {
        assert!(authorization.contains(expected), "{authorization}");
    }
    assert_eq!(signed.len(), 3);

    let fault = aws.identify("none").await.expect_err("the environment's are not used in its place");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "NoCredentials"));
    assert_eq!(fault.message, "session `none` has no usable credentials: profile `without` has none");
    assert_eq!(fault.hint.as_deref(), Some("log in again, e.g. `aws sso login --profile without`"));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by against_moto"]
async fn an_emulator_without_sts_is_nobodys_account_unless_one_is_expected() {
    for (status, body) in [(404, "<h1>Not Found</h1>"), (500, "<h1>Not Implemented</h1>"), (200, "hello")] {
        let settings = |expect_account| SessionSettings {
            endpoint: Some("http://emulator".to_owned()),
            expect_account,
            ..SessionSettings::default()
        };
        let expecting = settings(Some(ACCOUNT.to_owned()));
        let aws = aws_over(Always(status, body), Mode::Real, [("any", settings(None)), ("one", expecting)]);
        let who = aws.identify("any").await.expect("nothing depends on it");
        assert_eq!((who.account, who.endpoint.as_deref()), (None, Some("http://emulator")));
        let fault = aws.identify("one").await.expect_err("it cannot be checked");
        assert!(fault.message.contains("sts:GetCallerIdentity") && fault.hint.is_some(), "{fault:?}");
    }
    let expired = r"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>";
    let aws = aws_over(Always(403, expired), Mode::Real, []);
    let fault = aws.identify("default").await.expect_err("that is no lack of STS");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "ExpiredToken"));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by against_moto"]
async fn a_rehearsal_sees_nothing_of_the_environment() {
    let prod = Assigned {
        account: ACCOUNT.to_owned(),
        region: "sa-east-1".to_owned(),
        access_key_id: "AKIAREHEARSED".to_owned(),
        secret_access_key: "example".to_owned(),
    };
    let away = SessionSettings {
        profile: Some("nobody".to_owned()),
        assume_role: Some("arn:aws:iam::222222222222:role/release".to_owned()),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        region: Some("us-east-1".to_owned()),
        ..SessionSettings::default()
    };
    let wire = Arc::new(Wire::default());
    let mode = Mode::Rehearsal([("prod".to_owned(), prod)].into());
    let aws = aws_over(Recorded(wire.clone(), Arc::new(Always(200, r#"{"services":[]}"#))), mode, [("prod", away)]);
    aws.describe_services("prod", "main", &["web".to_owned()]).await.expect("the world answers");
    let sent = wire.all();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].uri, "https://ecs.sa-east-1.amazonaws.com/");
    assert!(sent[0].authorization.contains("Credential=AKIAREHEARSED/"), "{}", sent[0].authorization);
}

#[tokio::test]
#[ignore = "run by without_any_settings"]
async fn where_nothing_is_set_a_session_says_what_it_lacks() {
    let located = SessionSettings { region: Some("eu-west-1".to_owned()), ..SessionSettings::default() };
    let (aws, wire) = aws([("located", located)]);

    let fault = aws.identify("default").await.expect_err("no Region");
    assert_eq!(fault.kind, FaultKind::Usage);
    assert_eq!(fault.message, "session `default` has no Region: none is set");
    let hint = fault.hint.expect("a hint");
    assert!(hint.contains("`[sessions.default]`") && hint.contains("AWS_REGION"), "{hint}");

    let fault = aws.describe_repository("located", "shop").await.expect_err("no credentials");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "NoCredentials"));
    assert_eq!(fault.message, "session `located` has no usable credentials: no credentials found in chain.");
    let asked: Vec<_> = fault.details.iter().filter_map(|line| line.split(':').next()).collect();
    let chain = ["Environment", "Profile", "WebIdentityToken", "EcsContainer", "Ec2InstanceMetadata"];
    assert_eq!(asked, chain, "{:?}", fault.details);
    assert!(fault.hint.expect("a hint").contains("[sessions.located]"));
    assert!(wire.all().is_empty(), "nothing is sent unsigned");
}

#[tokio::test(start_paused = true)]
#[ignore = "run by against_moto"]
async fn a_role_that_may_not_be_assumed_is_named() {
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: \
                  sts:AssumeRole</Message></Error></ErrorResponse>";
    let role = "arn:aws:iam::222222222222:role/release";
    let settings = SessionSettings { assume_role: Some(role.to_owned()), ..SessionSettings::default() };
    let aws = aws_over(Always(403, denied), Mode::Real, [("prod", settings)]);
    let fault = aws.describe_repository("prod", "shop").await.expect_err("it may not");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "NoCredentials"));
    assert!(fault.message.contains("not authorized to perform: sts:AssumeRole"), "{fault}");
    assert!(fault.hint.expect("a hint").contains(role));
}
