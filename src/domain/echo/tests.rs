//! Requests and replies, and what did not come back.

use serde_json::{Value, json};

use super::{registered, updated};

fn lines(found: &[super::Unechoed]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

/// What ECS makes of a small request: defaults filled in, tags beside it.
fn registered_reply() -> Value {
    json!({
        "taskDefinition": {
            "taskDefinitionArn": "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8",
            "containerDefinitions": [
                { "name": "envoy", "image": "envoy:9", "cpu": 0, "essential": true, "environment": [], "mountPoints": [] },
                {
                    "name": "app", "image": "shop:2", "cpu": 0, "essential": true, "volumesFrom": [],
                    "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }],
                    "environment": [{ "name": "B", "value": "" }, { "name": "A", "value": "1" }],
                    "healthCheck": { "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3 },
                },
            ],
            "family": "web", "revision": 8, "networkMode": "awsvpc", "cpu": "1024", "memory": "2048", "volumes": [],
            "taskRoleArn": "arn:aws:iam::222222222222:role/web", "status": "ACTIVE", "placementConstraints": [],
        },
        "tags": [{ "key": "b", "value": "2" }, { "key": "a", "value": "1" }],
    })
}

fn request() -> Value {
    json!({
        "family": "web", "networkMode": "awsvpc", "cpu": "1 vCPU", "memory": "2 GB", "taskRoleArn": "web",
        "containerDefinitions": [
            {
                "name": "app", "image": "shop:2", "portMappings": [{ "containerPort": 80 }], "links": [],
                "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "" }],
                "healthCheck": { "command": ["CMD", "true"] },
            },
            { "name": "envoy", "image": "envoy:9" },
        ],
        "tags": [{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }],
    })
}

#[test]
fn values_that_ecs_normalises_or_returns_elsewhere_came_back() {
    assert_eq!(lines(&registered(&request(), &registered_reply())), [""; 0]);
}

#[test]
fn a_member_that_ecs_does_not_know_is_named_by_its_path() {
    let mut request = request();
    request["containerDefinitions"][0]["helthCheck"] = json!({ "command": ["CMD", "true"] });
    request["containerDefinitions"][1]["esential"] = json!(false);
    request["containerDefinitions"][0]["environment"][0]["valeu"] = json!("1");
    request["runtimePlatfrom"] = json!({ "cpuArchitecture": "ARM64" });
    assert_eq!(
        lines(&registered(&request, &registered_reply())),
        [
            "containerDefinitions[app].environment[A].valeu did not come back",
            "containerDefinitions[app].helthCheck did not come back",
            "containerDefinitions[envoy].esential did not come back",
            "runtimePlatfrom did not come back",
        ]
    );
}

#[test]
fn a_value_that_came_back_different_is_told_with_both() {
    let mut reply = registered_reply();
    reply["taskDefinition"]["containerDefinitions"][1]["image"] = json!("shop:1");
    reply["taskDefinition"]["containerDefinitions"][0]["essential"] = json!(false);
    reply["taskDefinition"]["taskRoleArn"] = json!("arn:aws:iam::222222222222:role/api");
    reply["tags"] = json!([{ "key": "a", "value": "1" }]);
    assert_eq!(
        lines(&registered(&request(), &reply)),
        [
            "taskRoleArn was sent as web and came back as arn:aws:iam::222222222222:role/api",
            "containerDefinitions[app].image was sent as shop:2 and came back as shop:1",
            "tags[b] did not come back",
        ]
    );
}

#[test]
fn a_default_that_was_requested_and_came_back_as_something_else_is_told() {
    let mut request = request();
    request["containerDefinitions"][0]["essential"] = json!(true);
    let mut reply = registered_reply();
    reply["taskDefinition"]["containerDefinitions"][1]["essential"] = json!(false);
    assert_eq!(
        lines(&registered(&request, &reply)),
        ["containerDefinitions[app].essential was sent as true and came back as false"]
    );
}

#[test]
fn a_whole_container_or_reply_that_is_missing_is_named() {
    let mut reply = registered_reply();
    reply["taskDefinition"]["containerDefinitions"].as_array_mut().expect("a list").remove(0);
    assert_eq!(lines(&registered(&request(), &reply)), ["containerDefinitions[envoy] did not come back"]);
    let nothing = registered(&request(), &json!({}));
    let paths: Vec<&str> = nothing.iter().map(|unechoed| unechoed.path.as_str()).collect();
    assert_eq!(
        paths,
        ["family", "networkMode", "cpu", "memory", "taskRoleArn", "containerDefinitions"],
        "tags that an endpoint never returns say nothing"
    );
}

/// What ECS answers to an update.
fn updated_reply() -> Value {
    json!({ "service": {
        "serviceArn": "arn:aws:ecs:ap-northeast-1:222222222222:service/prod/web", "serviceName": "web",
        "clusterArn": "arn:aws:ecs:ap-northeast-1:222222222222:cluster/prod", "desiredCount": 3,
        "taskDefinition": "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8", "platformVersion": "LATEST",
        "deploymentConfiguration": { "maximumPercent": 200, "minimumHealthyPercent": 50 },
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["b", "a"], "assignPublicIp": "DISABLED" } },
        "deployments": [
            { "id": "ecs-svc/2", "status": "PRIMARY", "serviceConnectConfiguration": {
                "enabled": true, "namespace": "arn:aws:servicediscovery:ap-northeast-1:222222222222:namespace/ns-1" } },
            { "id": "ecs-svc/1", "status": "ACTIVE", "volumeConfigurations": [{ "name": "old" }] },
        ],
    }})
}

#[test]
fn an_update_comes_back_as_a_service() {
    for request in [
        json!({ "service": "web", "cluster": "prod", "taskDefinition": "web:8", "forceNewDeployment": true }),
        json!({ "service": "arn:aws:ecs:ap-northeast-1:222222222222:service/prod/web", "taskDefinition": "web" }),
        json!({ "service": "web", "taskDefinition": "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8" }),
        json!({ "desiredCount": 3, "platformVersion": "LATEST", "enableExecuteCommand": false, "placementStrategy": [] }),
        json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50, "deploymentCircuitBreaker": { "enable": false, "rollback": false } } }),
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["a", "b"] } } }),
        json!({ "serviceConnectConfiguration": { "enabled": true, "namespace": "internal" } }),
    ] {
        assert_eq!(lines(&updated(&request, &updated_reply())), [""; 0], "{request}");
    }
}

#[test]
fn what_an_update_did_not_change_is_named() {
    for (request, line) in [
        (json!({ "desiredCont": 3 }), "desiredCont did not come back"),
        (json!({ "desiredCount": 4 }), "desiredCount was sent as 4 and came back as 3"),
        (
            json!({ "taskDefinition": "web:9" }),
            "taskDefinition was sent as web:9 and came back as arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8",
        ),
        (
            json!({ "cluster": "test" }),
            "cluster was sent as test and came back as arn:aws:ecs:ap-northeast-1:222222222222:cluster/prod",
        ),
        (
            json!({ "deploymentConfiguration": { "maximumPercnt": 150 } }),
            "deploymentConfiguration.maximumPercnt did not come back",
        ),
        (json!({ "volumeConfigurations": [{ "name": "old" }] }), "volumeConfigurations did not come back"),
        (json!({ "enableExecuteCommand": true }), "enableExecuteCommand did not come back"),
    ] {
        assert_eq!(lines(&updated(&request, &updated_reply())), [line], "{request}");
    }
}
