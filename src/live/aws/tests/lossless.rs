//! Documents pass as they are, in both directions.

use super::world::{World, ok};
use crate::domain::settings::{Echo, SessionSettings};
use crate::effects::event::{Event, Events, Level};
use crate::effects::fault::FaultKind;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn members_that_the_sdk_does_not_know_reach_the_server_and_come_back() {
    let answer = json!({ "taskDefinition": {
        "family": "web", "revision": 8, "memberOfTomorrow": { "z": 1, "a": [18_446_744_073_709_551_615_u64, null] },
    }});
    let world = World::answering([ok(&answer)]);
    let document =
        json!({ "family": "web", "memberOfTomorrow": { "z": 1, "a": [18_446_744_073_709_551_615_u64, null] } });
    let got = world.aws([]).register_task_definition("prod", &document, &Events::nowhere()).await;
    assert_eq!(got.expect("it is registered"), answer);

    let sent = world.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(String::from_utf8_lossy(&sent[0].body), document.to_string(), "byte for byte, in our order");
    assert_eq!(sent[0].headers["content-length"], document.to_string().len().to_string());
    assert_eq!(sent[0].operation(), "RegisterTaskDefinition");
    assert_eq!(sent[0].uri, "https://ecs.ap-northeast-1.amazonaws.com/");
    let authorization = sent[0].headers["authorization"].to_str().expect("ASCII");
    assert!(authorization.contains("Credential=AKIA2/20270115/ap-northeast-1/ecs/aws4_request"), "{authorization}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_there_stays_in_the_document() {
    let answer = json!({ "services": [], "failures": [{ "arn": "web", "reason": "MISSING" }], "more": true });
    let world = World::answering([ok(&answer)]);
    let got = world.aws([]).describe_services("prod", "main", &["web".to_owned()]).await;
    assert_eq!(got.expect("a failure in it is no fault"), answer);
    assert_eq!(world.sent()[0].json(), json!({ "cluster": "main", "services": ["web"], "include": ["TAGS"] }));
}

#[tokio::test(start_paused = true)]
async fn a_value_of_another_type_than_the_model_has_still_comes_back() {
    let answer = json!({ "taskDefinition": { "family": "web", "revision": "eight" } });
    let world = World::answering([ok(&answer)]);
    let got = world.aws([]).describe_task_definition("prod", "web").await;
    assert_eq!(got.expect("it is JSON"), answer);
    assert_eq!(world.sent()[0].json(), json!({ "taskDefinition": "web", "include": ["TAGS"] }));
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read() {
    let world = World::answering([
        ok(json!({ "taskArns": ["a", "b"], "nextToken": "2" })),
        ok(json!({ "taskArns": ["c"], "nextToken": null })),
    ]);
    let got = world.aws([]).list_tasks("prod", "main", "web", "STOPPED").await.expect("two pages");
    assert_eq!(got, json!({ "taskArns": ["a", "b", "c"] }));
    let first = json!({ "cluster": "main", "serviceName": "web", "desiredStatus": "STOPPED" });
    let mut second = first.clone();
    second["nextToken"] = json!("2");
    assert_eq!(world.sent().iter().map(super::world::Sent::json).collect::<Vec<_>>(), [first, second]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_names_itself_as_the_next_one_ends_the_list() {
    let page = || ok(json!({ "imageDetails": [{}], "nextToken": "again" }));
    let world = World::answering([page(), page()]);
    let fault = world.aws([]).describe_images("prod", "shop", &[]).await.expect_err("it would never end");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"));
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn tasks_are_described_in_hundreds() {
    let world = World::answering([
        ok(json!({ "tasks": [{ "taskArn": "first" }], "failures": [{ "arn": "x", "reason": "MISSING" }] })),
        ok(json!({ "tasks": [{ "taskArn": "last" }] })),
    ]);
    let tasks: Vec<_> = (0..101).map(|n| format!("task/{n}")).collect();
    let got = world.aws([]).describe_tasks("prod", "main", &tasks).await.expect("two requests");
    let expected = json!({
        "tasks": [{ "taskArn": "first" }, { "taskArn": "last" }], "failures": [{ "arn": "x", "reason": "MISSING" }],
    });
    assert_eq!(got, expected);
    let sizes: Vec<_> = world.sent().iter().map(|sent| sent.json()["tasks"].as_array().map(Vec::len)).collect();
    assert_eq!(sizes, [Some(100), Some(1)]);
}

#[tokio::test(start_paused = true)]
async fn no_task_needs_no_request() {
    let world = World::answering([]);
    let got = world.aws([]).describe_tasks("prod", "main", &[]).await.expect("nothing to ask");
    assert_eq!(got, json!({ "tasks": [], "failures": [] }));
    assert!(world.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_does_not_come_back_is_named_and_the_revision_too() {
    let world = World::answering([ok(json!({ "taskDefinition": { "family": "web", "revision": 8 } }))]);
    let document = json!({ "family": "web", "runtimePlatfrom": { "cpuArchitecture": "ARM64" } });
    let fault = world.aws([]).register_task_definition("prod", &document, &world.events()).await;
    let fault = fault.expect_err("a member was ignored");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "NotEchoed"));
    assert!(fault.message.starts_with("task definition `web:8` is registered, but"), "{}", fault.message);
    assert_eq!(fault.details, ["runtimePlatfrom did not come back"]);
    assert!(!fault.in_doubt && !fault.retryable, "what happened is known");
    assert!(fault.hint.is_some_and(|hint| hint.contains("spelling")));
    assert!(world.heard().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_session_may_only_warn_of_it() {
    let answer =
        json!({ "service": { "serviceName": "web", "clusterArn": "arn:aws:ecs:r:222222222222:cluster/main" } });
    let world = World::answering([ok(&answer)]);
    let aws = world.aws([("prod", SessionSettings { echo: Echo::Warn, ..SessionSettings::default() })]);
    let document = json!({ "cluster": "main", "service": "web", "desiredCont": 3 });
    let got = aws.update_service("prod", &document, &world.events()).await.expect("a warning only");
    assert_eq!(got, answer);
    let message =
        "service `web` in cluster `main` is updated, but not all that was asked for: desiredCont did not come \
                   back"
            .to_owned();
    assert_eq!(world.heard(), [Event::Log { level: Level::Warn, message }]);
}

#[tokio::test(start_paused = true)]
async fn repositories_come_without_their_wrapping() {
    let repository = json!({ "repositoryName": "shop", "registryId": "222222222222", "extra": 1 });
    let world =
        World::answering([ok(json!({ "repository": repository })), ok(json!({ "repositories": [repository] }))]);
    let aws = world.aws([]);
    let document = json!({ "repositoryName": "shop", "imageTagMutability": "IMMUTABLE", "later": true });
    assert_eq!(aws.create_repository("prod", &document).await.expect("it is created"), repository);
    assert_eq!(aws.describe_repository("prod", "shop").await.expect("it is there"), repository);
    let sent = world.sent();
    assert_eq!(sent[0].json(), document);
    assert_eq!(sent[1].json(), json!({ "repositoryNames": ["shop"] }));
    assert_eq!(world.operations(), ["CreateRepository", "DescribeRepositories"]);
}

#[tokio::test(start_paused = true)]
async fn images_are_asked_for_by_tag_or_digest() {
    let world = World::answering([ok(json!({ "imageDetails": [{ "imageDigest": "sha256:1" }] }))]);
    let ids = [json!({ "imageTag": "1.2" }), json!({ "imageDigest": "sha256:1" })];
    let got = world.aws([]).describe_images("prod", "shop", &ids).await.expect("one page");
    assert_eq!(got, json!({ "imageDetails": [{ "imageDigest": "sha256:1" }] }));
    assert_eq!(world.sent()[0].json(), json!({ "repositoryName": "shop", "imageIds": ids }));
}
