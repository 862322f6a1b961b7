//! Task definitions and services in moto.

use crate::stage::{self, Log, aws, warning};
use gantry::domain::settings::SessionSettings;
use gantry::effects::event::{Event, Events, Level};
use gantry::effects::fault::FaultKind;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_definition_is_registered_and_described_with_all_its_members() {
    let (aws, wire) = aws([]);
    let document = stage::definition("kept");
    let answer = aws.register_task_definition("default", &document, &Events::nowhere()).await.expect("it echoes all");
    assert_eq!(answer["taskDefinition"]["revision"], 1);
    assert_eq!(wire.sent("RegisterTaskDefinition"), std::slice::from_ref(&document));

    let described = aws.describe_task_definition("default", "kept:1").await.expect("it is there");
    for (member, value) in document["containerDefinitions"][0].as_object().expect("a container") {
        assert_eq!(&described["taskDefinition"]["containerDefinitions"][0][member], value, "{member}");
    }
    assert_eq!(described["taskDefinition"]["volumes"], document["volumes"]);

    let fault = aws.describe_task_definition("default", "kept:9").await.expect_err("there is one revision");
    assert_eq!(fault.kind, FaultKind::Missing, "{fault:?}");
    assert!(fault.message.contains("task definition `kept:9`"), "{fault}");
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_member_that_moto_drops_is_refused_or_warned_of_after_it_was_sent() {
    let (aws, wire) = aws([("strict", SessionSettings::default()), ("lenient", warning())]);
    let mut document = stage::definition("dropped");
    document["enableFaultInjection"] = json!(true);
    document["tags"] = json!([{ "key": "release", "value": "1" }]);

    let fault = aws.register_task_definition("strict", &document, &Events::nowhere()).await.expect_err("one is lost");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "NotEchoed"));
    assert!(fault.message.starts_with("task definition `dropped:1` is registered, but"), "{fault}");
    assert_eq!(
        fault.details.len(),
        1,
        "moto returns no tags at all, which says nothing about them: {:?}",
        fault.details
    );
    assert!(fault.details.iter().any(|line| line.starts_with("enableFaultInjection")), "{:?}", fault.details);
    aws.describe_task_definition("strict", "dropped:1").await.expect("it is registered, as the fault says");

    let log = Arc::new(Log::default());
    let answer = aws.register_task_definition("lenient", &document, &Events::to(log.clone())).await;
    assert_eq!(answer.expect("a warning only")["taskDefinition"]["revision"], 2);
    let heard = log.heard();
    assert!(
        matches!(&heard[..], [Event::Log { level: Level::Warn, message }] if message.contains("enableFaultInjection")),
        "{heard:?}"
    );
    assert_eq!(wire.sent("RegisterTaskDefinition"), [document.clone(), document]);
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_service_is_updated_and_described() {
    let (aws, wire) = aws([("default", warning())]);
    stage::ecs("CreateCluster", json!({ "clusterName": "main" })).await;
    for _ in 0..2 {
        aws.register_task_definition("default", &stage::definition("web"), &Events::nowhere())
            .await
            .expect("a revision");
    }
    let service = json!({ "cluster": "main", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2 });
    stage::ecs("CreateService", service).await;

    let update = json!({ "cluster": "main", "service": "web", "taskDefinition": "web:2", "memberOfTomorrow": [1] });
    let answer = aws.update_service("default", &update, &Events::nowhere()).await.expect("it is updated");
    assert_eq!(answer["service"]["serviceName"], "web");
    assert_eq!(wire.sent("UpdateService"), [update], "the unknown member too");

    let names = ["web".to_owned(), "shop".to_owned()];
    let described = aws.describe_services("default", "main", &names).await.expect("one of two is there");
    assert_eq!(described["services"][0]["desiredCount"], 2);
    assert_eq!(described["failures"][0]["reason"], "MISSING", "{described}");

    let tasks = aws.list_tasks("default", "main", "web", "RUNNING").await.expect("moto starts none");
    assert_eq!(tasks, json!({ "taskArns": [] }));
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn what_is_missing_is_named() {
    let (aws, _) = aws([]);
    stage::ecs("CreateCluster", json!({ "clusterName": "empty" })).await;
    let nowhere = Events::nowhere();

    let fault = aws.describe_services("default", "absent", &["web".to_owned()]).await.expect_err("no such cluster");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ClusterNotFoundException"));
    assert!(fault.message.contains("cluster `absent`"), "{fault}");

    let update = json!({ "cluster": "empty", "service": "absent", "desiredCount": 1 });
    let fault = aws.update_service("default", &update, &nowhere).await.expect_err("no such service");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ServiceNotFoundException"));
    assert!(fault.message.contains("service `absent` in cluster `empty`") && !fault.in_doubt, "{fault:?}");

    let fault = aws.describe_repository("default", "absent").await.expect_err("no such repository");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "RepositoryNotFoundException"));
    assert!(fault.hint.expect("a hint").contains("--repository-name absent"));
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_service_is_created_with_a_token_that_is_the_same_each_time() {
    let (aws, wire) = aws([("default", warning())]);
    stage::ecs("CreateCluster", json!({ "clusterName": "fresh" })).await;
    aws.register_task_definition("default", &stage::definition("api"), &Events::nowhere()).await.expect("a revision");
    let document = json!({
        "cluster": "fresh", "serviceName": "api", "taskDefinition": "api:1", "desiredCount": 2, "launchType": "FARGATE",
        "tags": [{ "key": "team", "value": "shop" }],
    });
    for _ in 0..2 {
        let answer =
            aws.create_service("default", &document, "a-run", &Events::nowhere()).await.expect("it is created");
        assert_eq!((&answer["service"]["serviceName"], &answer["service"]["desiredCount"]), (&json!("api"), &json!(2)));
    }
    let sent = wire.sent("CreateService");
    let token = sent[0]["clientToken"].as_str().expect("a token");
    assert_eq!((token.len(), &sent[0]), (36, &sent[1]));
    let mut without = sent[0].clone();
    without.as_object_mut().expect("an object").remove("clientToken");
    assert_eq!(without, document);
    let described = aws.describe_services("default", "fresh", &["api".to_owned()]).await.expect("an answer");
    assert_eq!(described["services"][0]["tags"], document["tags"], "{described}");
}
