//! A whole release over the wire, on a clock that is paused.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{PROD_HOST, ok, release, release_and};
use crate::rehearsal::Rehearsal;

/// Registers the next revision with this image and deploys it; answers the deployment's id.
async fn deploy(world: &Rehearsal, image: &str) -> String {
    let described = ok(
        world,
        "prod",
        "ecs:DescribeTaskDefinition",
        json!({ "taskDefinition": "web" }),
    )
    .await;
    let mut next = described["taskDefinition"].clone();
    next["containerDefinitions"][0]["image"] = json!(image);
    let registered = ok(world, "prod", "ecs:RegisterTaskDefinition", next).await;
    let arn = &registered["taskDefinition"]["taskDefinitionArn"];
    let request = json!({ "cluster": "prod", "service": "web", "taskDefinition": arn });
    let updated = ok(world, "prod", "ecs:UpdateService", request).await;
    let service = &updated["service"];
    assert_eq!(&service["taskDefinition"], arn);
    let deployment = &service["deployments"][0];
    assert_eq!(deployment["status"], "PRIMARY");
    assert_eq!(deployment["rolloutState"], "IN_PROGRESS");
    assert_eq!(service["deployments"][1]["status"], "ACTIVE");
    deployment["id"].as_str().expect("an id").to_owned()
}

async fn service(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    ok(world, "prod", "ecs:DescribeServices", request).await["services"][0].clone()
}

async fn tasks(world: &Rehearsal, desired: &str) -> Vec<Value> {
    let listed = ok(
        world,
        "prod",
        "ecs:ListTasks",
        json!({ "cluster": "prod", "serviceName": "web", "desiredStatus": desired }),
    )
    .await;
    if listed["taskArns"].as_array().is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let described = ok(
        world,
        "prod",
        "ecs:DescribeTasks",
        json!({ "cluster": "prod", "tasks": listed["taskArns"] }),
    )
    .await;
    described["tasks"].as_array().expect("tasks").clone()
}

#[tokio::test(start_paused = true)]
async fn an_update_rolls_out_until_the_old_tasks_are_gone() {
    let world = release();
    let image = format!("{PROD_HOST}/shop:20261105-1.4.1");
    let ours = deploy(&world, &image).await;
    let begin = world.now();
    let mut story: Vec<String> = Vec::new();
    for _ in 0..60 {
        let now = service(&world).await;
        let statuses = |tasks: &[Value]| {
            let mut statuses: Vec<String> = tasks
                .iter()
                .map(|task| {
                    format!(
                        "{}{}",
                        if task["startedBy"] == ours.as_str() {
                            "new "
                        } else {
                            "old "
                        },
                        task["lastStatus"].as_str().unwrap_or("?")
                    )
                })
                .collect();
            statuses.sort();
            statuses.join(", ")
        };
        let line = format!(
            "{} | {} | {}",
            now["deployments"]
                .as_array()
                .expect("deployments")
                .iter()
                .map(|deployment| format!(
                    "{} {}/{}+{} {}",
                    deployment["status"].as_str().unwrap_or("?"),
                    deployment["runningCount"],
                    deployment["desiredCount"],
                    deployment["pendingCount"],
                    deployment["rolloutState"].as_str().unwrap_or("?"),
                ))
                .collect::<Vec<_>>()
                .join("; "),
            statuses(&tasks(&world, "RUNNING").await),
            statuses(&tasks(&world, "STOPPED").await),
        );
        if story.last() != Some(&line) {
            println!(
                "{:>7} {line}",
                format!(
                    "{:.1}s",
                    (world.now() - begin)
                        .total(jiff::Unit::Second)
                        .unwrap_or(0.0)
                )
            );
            story.push(line);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(story, Vec::<String>::new());
}
