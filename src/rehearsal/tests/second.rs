//! The second world, which is unlike the first: three containers, five tasks, a circuit breaker
//! that rolls back, another Region.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{body, project, send, signed};
use crate::rehearsal::{Rehearsal, World};

async fn call(world: &Rehearsal, operation: &str, request: Value) -> Value {
    let http = http::Request::post("https://ecs.eu-west-1.amazonaws.com/")
        .header("x-amz-target", format!("AmazonEC2ContainerServiceV20141113.{operation}"))
        .header("authorization", signed(world, "prod", "eu-west-1/ecs"))
        .body(body(request.to_string()))
        .expect("a request");
    let response = send(world, http).await.expect("an answer");
    assert_eq!(response.status, StatusCode::OK, "{operation}: {}", response.json());
    response.json()
}

async fn deploy(world: &Rehearsal, change: impl Fn(&mut Value)) -> String {
    let described = call(world, "DescribeTaskDefinition", json!({ "taskDefinition": "web" })).await;
    let mut next = described["taskDefinition"].clone();
    change(&mut next);
    let registered = call(world, "RegisterTaskDefinition", next).await;
    let arn = registered["taskDefinition"]["taskDefinitionArn"].clone();
    assert_eq!(arn, "arn:aws:ecs:eu-west-1:555555555555:task-definition/web:42");
    let request = json!({ "cluster": "prod", "service": "web", "taskDefinition": arn });
    let updated = call(world, "UpdateService", request).await;
    updated["service"]["deployments"][0]["id"].as_str().expect("an id").to_owned()
}

async fn service(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    call(world, "DescribeServices", request).await["services"][0].clone()
}

fn second() -> Rehearsal {
    let world = World::load(&project("tests/worlds/second.world.toml"));
    Rehearsal::new(world.expect("a world"))
}

#[tokio::test(start_paused = true)]
async fn five_tasks_of_three_containers_are_replaced_within_the_limits() {
    let world = second();
    assert_eq!(world.now().to_string(), "2027-03-01T23:30:00Z");
    let ours = deploy(&world, |next| {
        next["containerDefinitions"][1]["environment"] = json!([{ "name": "RELEASE", "value": "2" }]);
    })
    .await;
    let mut polls = 0;
    loop {
        let now = service(&world).await;
        let running = now["runningCount"].as_u64().expect("a count");
        let pending = now["pendingCount"].as_u64().expect("a count");
        assert!((3..=7).contains(&running) && running + pending <= 7, "{running} + {pending}");
        let deployments = now["deployments"].as_array().expect("deployments");
        if deployments.len() == 1 {
            assert_eq!(deployments[0]["id"], ours.as_str());
            assert_eq!(deployments[0]["rolloutState"], "COMPLETED");
            break;
        }
        polls += 1;
        assert!(polls < 100, "{now}");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert!(polls > 30, "a rollout takes more than a minute here: {polls} polls");
    let listed = call(&world, "ListTasks", json!({ "cluster": "prod" })).await;
    let request = json!({ "cluster": "prod", "tasks": listed["taskArns"] });
    let described = call(&world, "DescribeTasks", request).await;
    let tasks = described["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), 5);
    for task in tasks {
        assert_eq!(task["startedBy"], ours.as_str());
        assert_eq!((&task["cpu"], &task["memory"]), (&json!("1024"), &json!("2048")));
        let containers = task["containers"].as_array().expect("containers");
        let names: Vec<&str> = containers.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["proxy", "app", "log-router"]);
        let health: Vec<&str> = containers.iter().filter_map(|one| one["healthStatus"].as_str()).collect();
        assert_eq!(health, ["UNKNOWN", "HEALTHY", "UNKNOWN"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_of_a_registry_that_is_not_there_is_rolled_back() {
    let world = second();
    let before = service(&world).await["deployments"][0]["id"].clone();
    let ours = deploy(&world, |next| {
        next["containerDefinitions"][0]["image"] = json!("ghcr.io/proxy:2");
    })
    .await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    let now = service(&world).await;
    let deployments = now["deployments"].as_array().expect("deployments");
    let find = |id: &str| deployments.iter().find(|deployment| deployment["id"] == id).expect("it");
    let failed = find(&ours);
    assert_eq!((&failed["status"], &failed["rolloutState"]), (&json!("ACTIVE"), &json!("FAILED")));
    let reason = "ECS deployment circuit breaker: tasks failed to start.";
    assert_eq!(failed["rolloutStateReason"], reason);
    let back = &deployments[0];
    assert_eq!((&back["status"], &back["rolloutState"]), (&json!("PRIMARY"), &json!("IN_PROGRESS")));
    let before = before.as_str().expect("an id");
    let reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {before}.");
    assert_eq!(back["rolloutStateReason"], reason);
    assert!(now["taskDefinition"].as_str().is_some_and(|arn| arn.ends_with("web:41")));
    tokio::time::sleep(Duration::from_mins(5)).await;
    let now = service(&world).await;
    assert_eq!(now["deployments"].as_array().map(Vec::len), Some(1));
    assert_eq!(now["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!((&now["runningCount"], &now["pendingCount"]), (&json!(5), &json!(0)));
}
