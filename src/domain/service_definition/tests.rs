//! Tables of what is wanted, what is, and what is sent.

use super::*;
use serde_json::json;

fn service() -> Value {
    json!({
        "serviceName": "web", "taskDefinition": "arn:aws:ecs:eu:1:task-definition/web:7", "desiredCount": 4,
        "launchType": "FARGATE", "platformVersion": "LATEST", "enableExecuteCommand": false,
        "healthCheckGracePeriodSeconds": 30,
        "deploymentConfiguration": {
            "maximumPercent": 150, "minimumHealthyPercent": 100, "strategy": "ROLLING",
            "deploymentCircuitBreaker": { "enable": true, "rollback": true, "resetOnHealthyTask": false },
        },
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["a", "b"], "assignPublicIp": "DISABLED" } },
        "deployments": [{ "status": "PRIMARY", "serviceConnectConfiguration": { "enabled": true, "namespace": "n" } }],
        "tags": [{ "key": "team", "value": "shop" }],
    })
}

#[track_caller]
fn sent(wanted: Value) -> Value {
    let Value::Object(wanted) = wanted else { panic!("an object") };
    Value::Object(changes(&wanted, &service()).expect("it can be had").members)
}

#[test]
fn only_what_differs_is_sent() {
    let network = |subnets: Value| json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": subnets } } });
    let configuration = |one: Value| json!({ "deploymentConfiguration": one });
    let table = [
        (json!({}), json!({})),
        (service(), json!({})),
        // the order of a set, and a default that is left out, are no difference
        (network(json!(["b", "a"])), json!({})),
        (network(json!(["a"])), network(json!(["a"]))),
        (json!({ "platformVersion": "1.4.0" }), json!({ "platformVersion": "1.4.0" })),
        (json!({ "enableExecuteCommand": false }), json!({})),
        (json!({ "enableExecuteCommand": true }), json!({ "enableExecuteCommand": true })),
        (json!({ "healthCheckGracePeriodSeconds": 30 }), json!({})),
        // what is not named of it stays
        (configuration(json!({ "maximumPercent": 150 })), json!({})),
        (configuration(json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } })), json!({})),
        (
            configuration(json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": false } })),
            configuration(json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": false } })),
        ),
        // back to what is the default elsewhere
        (configuration(json!({ "maximumPercent": 200 })), configuration(json!({ "maximumPercent": 200 }))),
        (configuration(json!({ "strategy": "ROLLING" })), json!({})),
        // the member is on the deployment
        (json!({ "serviceConnectConfiguration": { "enabled": true, "namespace": "n" } }), json!({})),
        // others decide
        (json!({ "desiredCount": 9, "taskDefinition": "web:9", "serviceName": "web" }), json!({})),
        (json!({ "launchType": "FARGATE", "tags": [{ "key": "team", "value": "shop" }] }), json!({})),
    ];
    for (wanted, expected) in table {
        assert_eq!(sent(wanted.clone()), expected, "{wanted}");
    }
}

#[test]
fn what_only_a_new_service_can_have_is_named() {
    let wanted =
        json!({ "launchType": "EC2", "tags": [{ "key": "team", "value": "cart" }], "platformVersion": "1.3.0" });
    let error = changes(wanted.as_object().expect("an object"), &service()).expect_err("it cannot be had");
    assert_eq!(
        error.to_string(),
        "only a new service can be given another launchType: FARGATE → EC2; tags[team].value: shop → cart"
    );
}

#[test]
fn a_mistyped_member_is_named() {
    let wanted = json!({ "networkConfigurtion": {} });
    let error = changes(wanted.as_object().expect("an object"), &service()).expect_err("there is none");
    let (member, did_you_mean) = ("networkConfigurtion".to_owned(), Some("networkConfiguration"));
    assert_eq!(error, DefinitionError::Unknown { member, did_you_mean });
}

#[test]
fn not_every_update_begins_a_deployment() {
    let table = [
        (json!({ "desiredCount": 5 }), false),
        (json!({ "taskDefinition": "web:7" }), false),
        (json!({ "taskDefinition": "web:8" }), true),
        (json!({ "taskDefinition": "web:7", "forceNewDeployment": true }), true),
        (json!({ "deploymentConfiguration": { "maximumPercent": 120 } }), false),
        (json!({ "enableExecuteCommand": true }), false),
        (json!({ "placementStrategy": [] }), false),
        (json!({ "platformVersion": "LATEST" }), false),
        (json!({ "platformVersion": "1.4.0" }), true),
        (json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["b", "a"] } } }), false),
        (json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["c"] } } }), true),
    ];
    for (document, expected) in table {
        assert_eq!(starts_a_deployment(&document, &service()), expected, "{document}");
    }
}

#[test]
fn whether_an_update_is_as_asked_is_seen() {
    let table = [
        (json!({ "cluster": "c", "service": "web", "desiredCount": 4 }), true),
        (json!({ "desiredCount": 5 }), false),
        (json!({ "taskDefinition": "web:7", "healthCheckGracePeriodSeconds": 30 }), true),
        (json!({ "healthCheckGracePeriodSeconds": 31 }), false),
        (json!({ "taskDefinition": "web:8" }), false),
    ];
    for (document, expected) in table {
        assert_eq!(is_met(&document, &service()), expected, "{document}");
    }
}

#[test]
fn a_description_can_be_what_another_service_is_created_of() {
    let Value::Object(mut wanted) = service() else { panic!("an object") };
    wanted.insert("events".into(), json!([]));
    let members: Vec<String> = creation(&wanted).expect("all is known").keys().cloned().collect();
    let expected = [
        "launchType",
        "platformVersion",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
        "deploymentConfiguration",
        "networkConfiguration",
        "tags",
    ];
    assert_eq!(members, expected);
    let Value::Object(mistyped) = json!({ "lanchType": "EC2" }) else { panic!("an object") };
    let did_you_mean = Some("launchType");
    let unknown = DefinitionError::Unknown { member: "lanchType".into(), did_you_mean };
    assert_eq!(creation(&mistyped), Err(unknown));
}
