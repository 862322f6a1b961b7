//! A whole release over the wire, on a clock that is paused.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{PROD_HOST, ok, release, release_and};
use crate::rehearsal::Rehearsal;

/// Registers the next revision with this image and deploys it; answers the deployment's id.
async fn deploy(world: &Rehearsal, image: &str) -> String {
    let described = ok(world, "prod", "ecs:DescribeTaskDefinition", json!({ "taskDefinition": "web" })).await;
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
    let described =
        ok(world, "prod", "ecs:DescribeTasks", json!({ "cluster": "prod", "tasks": listed["taskArns"] })).await;
    described["tasks"].as_array().expect("tasks").clone()
}

#[tokio::test(start_paused = true)]
async fn an_update_rolls_out_until_the_old_tasks_are_gone() {
    let world = release();
    let image = format!("{PROD_HOST}/shop:20261105-1.4.1");
    let ours = deploy(&world, &image).await;
    let mut story: Vec<String> = Vec::new();
    for _ in 0..60 {
        let now = service(&world).await;
        let statuses = |tasks: &[Value]| {
            let mut statuses: Vec<String> = tasks
                .iter()
                .map(|task| {
                    format!(
                        "{}{}",
                        if task["startedBy"] == ours.as_str() { "new " } else { "old " },
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
            story.push(line);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(
        story,
        [
            "PRIMARY 0/2+2 IN_PROGRESS; ACTIVE 2/2+0 COMPLETED | new PROVISIONING, new PROVISIONING, old RUNNING, old RUNNING | ",
            "PRIMARY 0/2+2 IN_PROGRESS; ACTIVE 2/2+0 COMPLETED | new PENDING, new PENDING, old RUNNING, old RUNNING | ",
            "PRIMARY 2/2+0 IN_PROGRESS; ACTIVE 2/2+0 COMPLETED | new RUNNING, new RUNNING, old RUNNING, old RUNNING | ",
            "PRIMARY 2/2+0 IN_PROGRESS; ACTIVE 0/0+0 COMPLETED | new RUNNING, new RUNNING | old DEACTIVATING, old DEACTIVATING",
            "PRIMARY 2/2+0 COMPLETED | new RUNNING, new RUNNING | old DEACTIVATING, old DEACTIVATING",
            "PRIMARY 2/2+0 COMPLETED | new RUNNING, new RUNNING | old STOPPING, old STOPPING",
            "PRIMARY 2/2+0 COMPLETED | new RUNNING, new RUNNING | old DEPROVISIONING, old DEPROVISIONING",
            "PRIMARY 2/2+0 COMPLETED | new RUNNING, new RUNNING | old STOPPED, old STOPPED",
        ]
    );
    let gone = tasks(&world, "STOPPED").await;
    assert_eq!(gone[0]["stopCode"], "ServiceSchedulerInitiated");
    assert_eq!(gone[0]["stoppedReason"], format!("Scaling activity initiated by (deployment {ours})"));
    assert_eq!(gone[0]["containers"][0]["exitCode"], 0);
    let now = service(&world).await;
    assert_eq!(now["deployments"][0]["id"], ours.as_str());
    assert_eq!(now["deployments"][0]["rolloutStateReason"], format!("ECS deployment {ours} completed."));
    assert_eq!(now["events"][0]["message"], "(service web) has reached a steady state.");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_in_no_registry_cannot_be_pulled() {
    let world = release();
    let image = format!("{PROD_HOST}/shop:never-pushed");
    let ours = deploy(&world, &image).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    let failed = tasks(&world, "STOPPED").await;
    assert_eq!(failed.len(), 2);
    let reason = format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    );
    for task in &failed {
        assert_eq!(task["startedBy"], ours.as_str());
        assert_eq!(task["lastStatus"], "STOPPED");
        assert_eq!(task["stopCode"], "TaskFailedToStart");
        assert_eq!(task["stoppedReason"], reason);
        assert_eq!(task["containers"][0]["reason"], reason);
        assert_eq!(task["containers"][0].get("exitCode"), None);
        assert_eq!(task.get("startedAt"), None);
    }
    let now = service(&world).await;
    assert_eq!(now["deployments"][0]["failedTasks"], 2);
    assert_eq!(now["runningCount"], 2);
    assert_eq!(now["events"][0]["message"], format!("(service web) was unable to place a task. Reason: {reason}."));
}

#[tokio::test(start_paused = true)]
async fn only_the_containers_of_the_new_image_exit() {
    let world = release_and(
        "[[container_faults]]\naccount = \"prod\"\ncontainer = \"app\"\nimage = \"*:fresh\"\nexit = { code = 78, reason = \"no settings\", after = \"2s\" }",
    );
    let images = ok(&world, "prod", "ecr:DescribeImages", json!({ "repositoryName": "shop" })).await;
    let digest = images["imageDetails"][0]["imageDigest"].as_str().expect("a digest").to_owned();
    let ids = json!({ "repositoryName": "shop", "imageIds": [{ "imageDigest": digest }] });
    let got = ok(&world, "prod", "ecr:BatchGetImage", ids).await;
    let manifest = &got["images"][0]["imageManifest"];
    let fresh = json!({ "repositoryName": "shop", "imageManifest": manifest, "imageTag": "fresh" });
    ok(&world, "prod", "ecr:PutImage", fresh).await;
    deploy(&world, &format!("{PROD_HOST}/shop@{digest}")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let failed = tasks(&world, "STOPPED").await;
    assert_eq!(failed.len(), 2);
    for task in &failed {
        assert_eq!(task["stopCode"], "EssentialContainerExited");
        assert_eq!(task["stoppedReason"], "Essential container in task exited");
        let container = &task["containers"][0];
        assert_eq!(container["exitCode"], 78);
        assert_eq!(container["reason"], "no settings");
        assert_eq!(container["imageDigest"], digest.as_str());
    }
    assert_eq!(service(&world).await["runningCount"], 2, "the old ones run on");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_new_revision_begins_no_deployment_unless_forced() {
    let world = release();
    let before = service(&world).await;
    let update = async |more: Value| {
        let mut request = json!({ "cluster": "prod", "service": "web" });
        let members = request.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        ok(&world, "prod", "ecs:UpdateService", request).await["service"].clone()
    };
    let same = update(json!({
        "taskDefinition": "web:7",
        "healthCheckGracePeriodSeconds": 30,
        "enableExecuteCommand": true,
        "deploymentConfiguration": { "maximumPercent": 150 },
    }))
    .await;
    assert_eq!(same["deployments"][0]["id"], before["deployments"][0]["id"]);
    assert_eq!(same["healthCheckGracePeriodSeconds"], 30);
    assert_eq!(same["enableExecuteCommand"], true);
    assert_eq!(same["deploymentConfiguration"]["maximumPercent"], 150);
    assert_eq!(same["deploymentConfiguration"]["minimumHealthyPercent"], 100);
    let forced = update(json!({ "forceNewDeployment": true })).await;
    assert_ne!(forced["deployments"][0]["id"], before["deployments"][0]["id"]);
    assert_eq!(forced["deployments"][0]["taskDefinition"], before["taskDefinition"]);
    let moved = update(json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } } })).await;
    assert_eq!(moved["deployments"].as_array().map(Vec::len), Some(3));
}
