//! Pairs of documents that ECS takes for the same, and pairs that it does not.

use serde_json::{Value, json};

use super::{ECS, canonical_service, canonical_task_definition, cpu_units, memory_mib, same_resource};
use crate::domain::diff::differences;

fn same(one: &Value, other: &Value) -> bool {
    differences(&canonical_task_definition(one), &canonical_task_definition(other), &ECS).is_empty()
}

fn container(members: &Value) -> Value {
    json!({ "family": "web", "networkMode": "awsvpc", "containerDefinitions": [members] })
}

#[test]
fn a_container_says_the_same_with_and_without_its_defaults() {
    for (short, long) in [
        (json!({ "name": "app" }), json!({ "name": "app", "essential": true, "cpu": 0 })),
        (json!({ "name": "app" }), json!({ "name": "app", "environment": [], "mountPoints": [], "dockerLabels": {} })),
        (
            json!({ "portMappings": [{ "containerPort": 80 }] }),
            json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }] }),
        ),
        (
            json!({ "portMappings": [{ "containerPort": 80 }, { "containerPort": 53, "protocol": "udp" }] }),
            json!({ "portMappings": [{ "containerPort": 53, "protocol": "udp", "hostPort": 0 }, { "containerPort": 80 }] }),
        ),
        (
            json!({ "healthCheck": { "command": ["CMD", "true"] } }),
            json!({ "healthCheck": { "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3 } }),
        ),
        (
            json!({ "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }] }),
            json!({ "environment": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }] }),
        ),
        (
            json!({ "mountPoints": [{ "containerPath": "/a" }] }),
            json!({ "mountPoints": [{ "containerPath": "/a", "readOnly": false }] }),
        ),
        (json!({ "memory": 512 }), json!({ "memory": 512.0 })),
    ] {
        assert!(same(&container(&short), &container(&long)), "{short} and {long}");
        assert!(same(&container(&long), &container(&short)), "{long} and {short}");
    }
}

#[test]
fn what_is_meant_is_a_difference() {
    for (one, other) in [
        (json!({ "essential": false }), json!({})),
        (json!({ "cpu": 1 }), json!({})),
        (json!({ "command": ["a", "b"] }), json!({ "command": ["b", "a"] })),
        (json!({ "environment": [{ "name": "A", "value": "" }] }), json!({})),
        (json!({ "environment": [{ "name": "A", "value": "" }] }), json!({ "environment": [{ "name": "A" }] })),
        (
            json!({ "healthCheck": { "command": ["CMD", "true"], "interval": 31 } }),
            json!({ "healthCheck": { "command": ["CMD", "true"] } }),
        ),
        (
            json!({ "portMappings": [{ "containerPort": 80, "hostPort": 8080 }] }),
            json!({ "portMappings": [{ "containerPort": 80 }] }),
        ),
        (json!({ "helthCheck": false }), json!({})),
    ] {
        assert!(!same(&container(&one), &container(&other)), "{one} and {other}");
    }
}

#[test]
fn under_a_bridge_a_fixed_host_port_is_meant() {
    let task = |mapping: &Value| json!({ "containerDefinitions": [{ "name": "app", "portMappings": [mapping] }] });
    assert!(!same(&task(&json!({ "containerPort": 80, "hostPort": 80 })), &task(&json!({ "containerPort": 80 }))));
}

#[test]
fn a_task_says_the_same_with_and_without_its_defaults() {
    for (one, other) in [
        (json!({ "cpu": "1 vCPU", "memory": "2 GB" }), json!({ "cpu": "1024", "memory": "2048" })),
        (json!({ "cpu": 256 }), json!({ "cpu": ".25 vcpu" })),
        (json!({ "networkMode": "bridge" }), json!({})),
        (json!({ "taskRoleArn": "web" }), json!({ "taskRoleArn": "arn:aws:iam::222222222222:role/web" })),
        (
            json!({ "volumes": [{ "name": "a", "host": {} }, { "name": "b" }] }),
            json!({ "volumes": [{ "name": "b" }, { "name": "a" }] }),
        ),
        (
            json!({ "requiresCompatibilities": ["EC2", "FARGATE"] }),
            json!({ "requiresCompatibilities": ["FARGATE", "EC2"] }),
        ),
        (
            json!({ "tags": [{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }] }),
            json!({ "tags": [{ "key": "b", "value": "2" }, { "key": "a", "value": "1" }] }),
        ),
    ] {
        assert!(same(&one, &other), "{one} and {other}");
        assert!(same(&other, &one), "{other} and {one}");
    }
    for (one, other) in [
        (json!({ "cpu": "512" }), json!({ "cpu": "1 vCPU" })),
        (json!({ "networkMode": "awsvpc" }), json!({})),
        (
            json!({ "taskRoleArn": "arn:aws:iam::111111111111:role/web" }),
            json!({ "taskRoleArn": "arn:aws:iam::222222222222:role/web" }),
        ),
        (json!({ "taskRoleArn": "eb" }), json!({ "taskRoleArn": "arn:aws:iam::222222222222:role/web" })),
    ] {
        assert!(!same(&one, &other), "{one} and {other}");
    }
}

#[test]
fn a_service_says_the_same_with_and_without_its_defaults() {
    let long = json!({
        "platformVersion": "LATEST", "enableExecuteCommand": false, "desiredCount": 2,
        "deploymentConfiguration": {
            "maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0,
            "deploymentCircuitBreaker": { "enable": false, "rollback": false },
        },
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["b", "a"], "assignPublicIp": "DISABLED" } },
    });
    let short =
        json!({ "desiredCount": 2, "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["a", "b"] } } });
    assert_eq!(differences(&canonical_service(&long), &canonical_service(&short), &ECS), []);
}

#[test]
fn a_short_name_is_the_resource_whose_arn_ends_in_it() {
    let arn = "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8";
    for (one, other, expected) in [
        (arn, arn, true),
        ("web:8", arn, true),
        (arn, "web:8", true),
        ("web", arn, true),
        ("eb:8", arn, false),
        ("web:7", arn, false),
        ("8", arn, false),
        ("", arn, false),
        ("prod", "arn:aws:ecs:ap-northeast-1:222222222222:cluster/prod", true),
        ("web", "arn:aws:ecs:ap-northeast-1:222222222222:service/prod/web", true),
        ("deployer", "arn:aws:iam::222222222222:role/release/deployer", true),
        (arn, "arn:aws:ecs:ap-northeast-1:111111111111:task-definition/web:8", false),
        ("web:8", "web:8", true),
        ("web:8", "web:9", false),
    ] {
        assert_eq!(same_resource(one, other), expected, "{one} {other}");
    }
}

#[test]
fn sizes_are_read_in_both_spellings() {
    for (text, expected) in [
        ("256", Some(256)),
        ("1 vCPU", Some(1024)),
        ("1vcpu", Some(1024)),
        (".5 vCPU", Some(512)),
        ("0.25 vCPU", Some(256)),
        ("2.", None),
        ("vCPU", None),
        (". vCPU", None),
        ("0.0001 vCPU", None),
        ("-1 vCPU", None),
        ("one", None),
        ("", None),
        ("0.00000000000000000000001 vCPU", None),
        ("99999999999999999999 vCPU", None),
    ] {
        assert_eq!(cpu_units(text), expected, "{text}");
    }
    assert_eq!(memory_mib("2 GB"), Some(2048));
    assert_eq!(memory_mib("0.5GB"), Some(512));
    assert_eq!(memory_mib("2 MB"), None);
}
