//! Services over the wire: created, changed, scaled, deleted; and definitions that are deregistered.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{ok, parse, refused, release, release_text};
use crate::rehearsal::Rehearsal;

async fn service(world: &Rehearsal, name: &str) -> Value {
    let request = json!({ "cluster": "prod", "services": [name] });
    ok(world, "prod", "ecs:DescribeServices", request).await["services"][0].clone()
}

fn request(more: &Value) -> Value {
    let mut request = json!({
        "cluster": "prod", "serviceName": "api", "taskDefinition": "web:7", "desiredCount": 1, "clientToken": "t-1",
        "launchType": "FARGATE",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } },
        "tags": [{ "key": "team", "value": "shop" }],
        "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } },
    });
    request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    request
}

#[tokio::test(start_paused = true)]
async fn a_service_is_created_once_for_a_token_and_comes_up() {
    let world = release();
    let created = ok(&world, "prod", "ecs:CreateService", request(&json!({}))).await["service"].clone();
    assert_eq!((&created["status"], &created["desiredCount"]), (&json!("ACTIVE"), &json!(1)));
    assert_eq!(created["deploymentConfiguration"]["maximumPercent"], 200);
    assert_eq!(created["deployments"].as_array().map(Vec::len), Some(1));
    let again = ok(&world, "prod", "ecs:CreateService", request(&json!({}))).await["service"].clone();
    assert_eq!(again["deployments"][0]["id"], created["deployments"][0]["id"]);
    for other in [json!({ "clientToken": "t-2" }), json!({ "desiredCount": 2 })] {
        let error = refused(&world, "prod", "ecs:CreateService", request(&other)).await;
        assert_eq!(error, "InvalidParameterException: Creation of service was not idempotent.");
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    let api = service(&world, "api").await;
    assert_eq!((&api["runningCount"], &api["deployments"][0]["rolloutState"]), (&json!(1), &json!("COMPLETED")));
    let arns = json!({ "serviceDeploymentArns": [api["currentServiceDeployment"]] });
    let described = ok(&world, "prod", "ecs:DescribeServiceDeployments", arns).await;
    assert_eq!(described["serviceDeployments"][0]["status"], "SUCCESSFUL");
    assert_eq!(described["serviceDeployments"][0]["sourceServiceRevisions"], json!([]));
    let delete = json!({ "cluster": "prod", "service": "api" });
    let error = refused(&world, "prod", "ecs:DeleteService", delete).await;
    assert!(error.contains("scaled above 0"), "{error}");
    let gone =
        ok(&world, "prod", "ecs:DeleteService", json!({ "cluster": "prod", "service": "api", "force": true })).await;
    assert_eq!(gone["service"]["status"], "DRAINING");
    let left = ok(&world, "prod", "ecs:ListServices", json!({ "cluster": "prod" })).await;
    assert_eq!(left["serviceArns"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn creations_are_refused_as_ecs_refuses_them() {
    let world = release();
    let table = [
        (json!({ "serviceName": "" }), "InvalidParameterException: Service name should not be null or empty."),
        (json!({ "taskDefinition": "web:99" }), "ClientException: TaskDefinition not found."),
        (
            json!({ "networkConfiguration": null }),
            "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (json!({ "cluster": "dev" }), "ClusterNotFoundException: Cluster not found."),
        (
            json!({ "deploymentController": { "type": "MINE" } }),
            "InvalidParameterException: Invalid deployment controller type: MINE.",
        ),
        (
            json!({ "deploymentConfiguration": { "strategy": "SIDEWAYS" } }),
            "InvalidParameterException: Invalid deployment strategy: SIDEWAYS.",
        ),
        (
            json!({ "clientToken": "t".repeat(37) }),
            "InvalidParameterException: clientToken can have at most 36 characters.",
        ),
    ];
    for (more, expected) in table {
        assert_eq!(refused(&world, "prod", "ecs:CreateService", request(&more)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_deployments_show_begins_one_and_tags_are_ignored() {
    let world = release();
    let update = async |more: Value| {
        let mut request = json!({ "cluster": "prod", "service": "web" });
        request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        ok(&world, "prod", "ecs:UpdateService", request).await["service"].clone()
    };
    let before = service(&world, "web").await;
    let scaled = update(json!({ "desiredCount": 3, "tags": [{ "key": "a", "value": "b" }] })).await;
    assert_eq!(scaled["currentServiceDeployment"], before["currentServiceDeployment"], "a count is no deployment");
    assert_eq!((&scaled["desiredCount"], scaled.get("tags")), (&json!(3), None));
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(service(&world, "web").await["runningCount"], 3);
    update(json!({ "desiredCount": 1 })).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(service(&world, "web").await["runningCount"], 1);
    let connect = json!({ "enabled": true, "namespace": "shop" });
    let connected = update(json!({ "serviceConnectConfiguration": connect })).await;
    assert_ne!(connected["currentServiceDeployment"], before["currentServiceDeployment"]);
    assert_eq!(connected.get("serviceConnectConfiguration"), None);
    assert_eq!(connected["deployments"][0]["serviceConnectConfiguration"], connect);
    let spot = json!([{ "capacityProvider": "FARGATE_SPOT", "weight": 1 }]);
    let moved = update(json!({ "capacityProviderStrategy": spot })).await;
    assert_eq!((&moved["capacityProviderStrategy"], moved.get("launchType")), (&spot, None));
    assert_ne!(moved["currentServiceDeployment"], connected["currentServiceDeployment"]);
}

#[tokio::test(start_paused = true)]
async fn a_deregistered_definition_runs_on_and_begins_nothing() {
    let world = release();
    let described = ok(&world, "prod", "ecs:DescribeTaskDefinition", json!({ "taskDefinition": "web" })).await;
    ok(&world, "prod", "ecs:RegisterTaskDefinition", described["taskDefinition"].clone()).await;
    let gone = ok(&world, "prod", "ecs:DeregisterTaskDefinition", json!({ "taskDefinition": "web:8" })).await;
    assert_eq!(gone["taskDefinition"]["status"], "INACTIVE");
    let request = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web:8" });
    let error = refused(&world, "prod", "ecs:UpdateService", request).await;
    assert_eq!(error, "ClientException: TaskDefinition is inactive");
    let newest = ok(&world, "prod", "ecs:DescribeTaskDefinition", json!({ "taskDefinition": "web" })).await;
    assert_eq!(newest["taskDefinition"]["revision"], 7);
    for (status, revision) in [("ACTIVE", "web:7"), ("INACTIVE", "web:8")] {
        let listed = ok(&world, "prod", "ecs:ListTaskDefinitions", json!({ "status": status, "sort": "DESC" })).await;
        let arns = listed["taskDefinitionArns"].as_array().expect("a list").clone();
        assert!(arns.len() == 1 && arns[0].as_str().is_some_and(|arn| arn.ends_with(revision)), "{arns:?}");
    }
    let next = ok(&world, "prod", "ecs:RegisterTaskDefinition", described["taskDefinition"].clone()).await;
    assert_eq!(next["taskDefinition"]["revision"], 9, "a number is not given twice");
}

#[tokio::test(start_paused = true)]
async fn what_codedeploy_decides_is_refused_and_shown_as_task_sets() {
    let text = release_text().replace("desired = 2", "desired = 2\ncontroller = \"CODE_DEPLOY\"");
    let world = Rehearsal::new(parse(&text).expect("a world"));
    let web = service(&world, "web").await;
    assert_eq!((&web["deployments"], &web["deploymentController"]["type"]), (&json!([]), &json!("CODE_DEPLOY")));
    assert_eq!(web["taskSets"][0]["stabilityStatus"], "STEADY_STATE");
    assert_eq!(web.get("currentServiceDeployment"), None);
    let request = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web:7" });
    let error = refused(&world, "prod", "ecs:UpdateService", request).await;
    let how = "Use AWS CodeDeploy to trigger a new deployment.";
    let expected = "Unable to update task definition on services with a CODE_DEPLOY deployment controller.";
    assert_eq!(error, format!("InvalidParameterException: {expected} {how}"));
    let listed = ok(&world, "prod", "ecs:ListServiceDeployments", json!({ "cluster": "prod", "service": "web" })).await;
    assert_eq!(listed["serviceDeployments"], json!([]));
}
