//! A task definition is described, edited, compared and registered again.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DocumentError, TaskDefinition, differences, same, short_name};

fn reply() -> Value {
    json!({
        "taskDefinition": {
            "taskDefinitionArn": "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:7",
            "containerDefinitions": [
                {
                    "name": "app", "image": "shop:1", "essential": true, "cpu": 0,
                    "environment": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }],
                    "membersOfTomorrow": { "z": 1, "a": 12_345_678_901_234_567_890_u64 },
                },
                { "name": "envoy", "image": "envoy:9" },
            ],
            "family": "web", "revision": 7, "status": "ACTIVE", "requiresAttributes": [{ "name": "x" }],
            "compatibilities": ["EC2"], "registeredAt": 1.5, "registeredBy": "arn:…", "deregisteredAt": 1,
            "deleteRequestedAt": 2, "cpu": "256",
        },
        "tags": [{ "key": "team", "value": "shop" }, { "key": "aws:cloudformation:stack-name", "value": "web" }],
    })
}

fn web() -> TaskDefinition {
    TaskDefinition::from_described(reply()).expect("a described task definition")
}

fn changes(pairs: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
}

#[test]
fn what_was_described_can_be_asked() {
    let web = web();
    assert_eq!(web.family(), "web");
    assert_eq!(web.revision(), Some(7));
    assert_eq!(web.short_name(), "web:7");
    assert_eq!(web.arn().map(short_name), Some("web:7"));
    assert_eq!(web.containers(), ["app", "envoy"]);
    assert_eq!(web.image("envoy"), Some("envoy:9"));
    assert_eq!(web.image("worker"), None);
    assert_eq!(web.get("cpu"), Some(&json!("256")));
}

#[test]
fn registering_takes_what_was_described_without_what_only_describing_returns() {
    let mut expected = reply()["taskDefinition"].clone();
    let object = expected.as_object_mut().expect("an object");
    object.retain(|member, _| ["containerDefinitions", "family", "cpu"].contains(&member.as_str()));
    object.insert("tags".into(), json!([{ "key": "team", "value": "shop" }]));
    // as text: the order of members counts
    assert_eq!(web().registrable().to_string(), expected.to_string());
}

#[test]
fn tags_are_left_out_where_there_are_none() {
    let bare = json!({ "taskDefinition": { "family": "web" }, "tags": [] });
    let bare = TaskDefinition::from_described(bare).expect("a task definition");
    assert_eq!(bare.registrable(), json!({ "family": "web" }));
    assert_eq!(bare.short_name(), "web");
    let aws = json!({ "family": "web", "tags": [{ "key": "aws:x", "value": "1" }] });
    assert_eq!(TaskDefinition::from_value(aws).expect("one").registrable(), json!({ "family": "web" }));
}

#[test]
fn an_edit_gives_a_new_document_and_leaves_the_old_one() {
    let old = web();
    let new = old.set_image("app", "shop@sha256:1").expect("there is an app");
    assert_eq!(new.image("app"), Some("shop@sha256:1"));
    assert_eq!(old, web());
    let [difference] = differences(&old, &new).try_into().expect("one difference");
    assert_eq!(difference.to_string(), "app.image: shop:1 → shop@sha256:1");
}

#[test]
fn environment_keeps_its_order_and_new_variables_come_last() {
    let edited = web()
        .set_environment(
            "app",
            &changes(&[("A", Some("")), ("B", None), ("D", Some("4")), ("C", Some("3")), ("X", None)]),
        )
        .expect("there is an app");
    assert_eq!(
        edited.get("containerDefinitions").expect("containers")[0]["environment"],
        json!([{ "name": "A", "value": "" }, { "name": "C", "value": "3" }, { "name": "D", "value": "4" }])
    );
    let lines: Vec<String> = differences(&web(), &edited).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "app.environment[B]: removed (was {\"name\":\"B\",\"value\":\"2\"})",
            "app.environment[A].value: 1 → \"\"",
            "app.environment[C]: added {\"name\":\"C\",\"value\":\"3\"}",
            "app.environment[D]: added {\"name\":\"D\",\"value\":\"4\"}",
        ]
    );
}

#[test]
fn a_variable_that_is_there_twice_is_set_once() {
    let twice = json!({ "family": "web", "containerDefinitions": [
        { "name": "app", "environment": [{ "name": "A", "value": "1" }, { "name": "A", "value": "2" }] },
    ]});
    let edited = TaskDefinition::from_value(twice).expect("one").set_environment("app", &changes(&[("A", Some("3"))]));
    let edited = edited.expect("there is an app");
    assert_eq!(
        edited.get("containerDefinitions").expect("containers")[0]["environment"],
        json!([{ "name": "A", "value": "3" }])
    );
}

#[test]
fn secrets_command_and_sizes_are_written_as_ecs_has_them() {
    let edited = web()
        .set_secrets("envoy", &changes(&[("TOKEN", Some("arn:aws:ssm:…:parameter/token"))]))
        .and_then(|web| web.set_command("envoy", &["run".into(), "--fast".into()]))
        .and_then(|web| web.set_cpu(None, 512))
        .and_then(|web| web.set_memory(None, 1024))
        .and_then(|web| web.set_cpu(Some("envoy"), 64))
        .and_then(|web| web.set_memory(Some("envoy"), 128))
        .and_then(|web| web.set_member("app", "essential", Value::Null))
        .expect("both containers are there");
    assert_eq!(edited.get("cpu"), Some(&json!("512")));
    assert_eq!(edited.get("memory"), Some(&json!("1024")));
    let containers = edited.get("containerDefinitions").expect("containers");
    assert_eq!(
        containers[1],
        json!({
            "name": "envoy", "image": "envoy:9", "cpu": 64, "memory": 128, "command": ["run", "--fast"],
            "secrets": [{ "name": "TOKEN", "valueFrom": "arn:aws:ssm:…:parameter/token" }],
        })
    );
    assert_eq!(containers[0].get("essential"), None);
    assert_eq!(edited.set_task_member("family", Value::Null).family(), "web");
    assert_eq!(edited.set_task_member("family", json!("api")).family(), "api");
}

#[test]
fn an_edit_that_matches_nothing_lists_the_containers_there_are() {
    let error = web().set_image("envoi", "envoy:10").expect_err("there is no envoi");
    assert_eq!(error.to_string(), "task definition `web:7` has no container `envoi`: it has `app`, `envoy`");
    assert_eq!(error.hint().as_deref(), Some("did you mean `envoy`?"));
    let bare = TaskDefinition::from_value(json!({ "family": "web" })).expect("a task definition");
    let error = bare.set_environment("app", &changes(&[])).expect_err("there is nothing");
    assert_eq!(error.to_string(), "task definition `web` has no container `app`: it has no containers");
    assert_eq!(error.hint(), None);
}

#[test]
fn a_document_that_is_no_task_definition_says_why() {
    for (document, error) in [
        (json!([]), DocumentError::NotAnObject("a list")),
        (json!({}), DocumentError::NoFamily("is missing")),
        (json!({ "family": "" }), DocumentError::NoFamily("is empty")),
        (json!({ "family": 7 }), DocumentError::NoFamily("is something else")),
    ] {
        assert_eq!(TaskDefinition::from_value(document), Err(error));
    }
    assert_eq!(TaskDefinition::from_described(json!({})), Err(DocumentError::NotDescribed));
    assert_eq!(TaskDefinition::from_described(json!(7)), Err(DocumentError::NotDescribed));
}

#[test]
fn another_revision_that_says_the_same_is_the_same() {
    let mut later = reply();
    later["taskDefinition"]["revision"] = json!(8);
    later["taskDefinition"]["taskDefinitionArn"] =
        json!("arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8");
    later["taskDefinition"]["containerDefinitions"][0].as_object_mut().expect("app").remove("essential");
    let later = TaskDefinition::from_described(later).expect("a task definition");
    assert!(same(&web(), &later));
    assert!(!same(&web(), &later.set_image("app", "shop:2").expect("there is an app")));
}

proptest! {
    #[test]
    fn documents_survive_their_serialized_form(members in proptest::collection::vec(("[a-zA-Z]{1,8}", any::<i64>()), 0..8)) {
        let mut document = json!({ "family": "web" });
        for (member, value) in members.iter().filter(|(member, _)| member != "family") {
            document[member] = json!(value);
        }
        let definition = TaskDefinition::from_value(document.clone()).expect("it has a family");
        let text = serde_json::to_string(&definition).expect("JSON");
        prop_assert_eq!(&text, &document.to_string());
        prop_assert_eq!(serde_json::from_str::<TaskDefinition>(&text).expect("a task definition"), definition);
    }

    #[test]
    fn an_edit_changes_nothing_else(image in "[a-z]{1,9}", value in any::<String>()) {
        let edited = web().set_image("envoy", &image)
            .and_then(|web| web.set_environment("envoy", &changes(&[("V", Some(&value))])))
            .expect("there is an envoy");
        prop_assert!(differences(&web(), &edited).iter().all(|d| d.path.starts_with("envoy.")));
        let back = edited.set_image("envoy", "envoy:9").and_then(|web| web.set_member("envoy", "environment", Value::Null));
        prop_assert_eq!(back.expect("there is an envoy"), web());
    }
}
