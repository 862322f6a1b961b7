//! `CodeDeploy` over the wire: a deployment's whole way, its waits, what stops it, and the way back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::support::{ok, parse, refused, release_text};
use crate::rehearsal::Rehearsal;

/// The release's world, whose service `web` `CodeDeploy` deploys, with `group` in its table.
fn world(group: &str, more: &str) -> Rehearsal {
    let controlled = "desired = 2\ncontroller = \"CODE_DEPLOY\"";
    // the service's own keys end where its first sub-table begins
    let text = release_text().replace("desired = 2", controlled);
    let table = format!("code_deploy = {{ termination_wait = \"1m\"{group} }}\n");
    let text = text.replace(controlled, &format!("{controlled}\n{table}"));
    Rehearsal::new(parse(&format!("{text}\n{more}")).expect("a world"))
}

async fn deploy(world: &Rehearsal, operation: &str, body: Value) -> Value {
    ok(world, "prod", &format!("codedeploy:{operation}"), body).await
}

/// A new revision of what runs, and the request to deploy it.
async fn request(world: &Rehearsal, hooks: &Value) -> Value {
    let described = ok(world, "prod", "ecs:DescribeTaskDefinition", json!({ "taskDefinition": "web" })).await;
    let registered = ok(world, "prod", "ecs:RegisterTaskDefinition", described["taskDefinition"].clone()).await;
    let service = service(world).await;
    let target = &service["loadBalancers"][0];
    let content = json!({
        "version": 0.0,
        "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": registered["taskDefinition"]["taskDefinitionArn"],
            "LoadBalancerInfo": { "ContainerName": target["containerName"], "ContainerPort": target["containerPort"] },
        }}}],
        "Hooks": hooks,
    });
    json!({
        "applicationName": "AppECS-prod-web", "deploymentGroupName": "DgpECS-prod-web", "description": "release 7",
        "revision": { "revisionType": "AppSpecContent", "appSpecContent": { "content": content.to_string() } },
    })
}

async fn begin(world: &Rehearsal, hooks: &Value) -> String {
    let request = request(world, hooks).await;
    deploy(world, "CreateDeployment", request).await["deploymentId"].as_str().expect("an id").to_owned()
}

async fn service(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    ok(world, "prod", "ecs:DescribeServices", request).await["services"][0].clone()
}

async fn info(world: &Rehearsal, id: &str) -> Value {
    deploy(world, "GetDeployment", json!({ "deploymentId": id })).await["deploymentInfo"].clone()
}

async fn target(world: &Rehearsal, id: &str) -> Value {
    let request = json!({ "deploymentId": id, "targetIds": ["prod:web"] });
    deploy(world, "BatchGetDeploymentTargets", request).await["deploymentTargets"][0]["ecsTarget"].clone()
}

fn events(target: &Value) -> Vec<String> {
    let told = |event: &Value| {
        format!("{} {}", event["lifecycleEventName"].as_str().expect("a name"), event["status"].as_str().expect("one"))
    };
    target["lifecycleEvents"].as_array().expect("events").iter().map(told).collect()
}

fn sets(service: &Value) -> Vec<String> {
    let told = |set: &Value| {
        let definition = set["taskDefinition"].as_str().expect("an ARN").rsplit('/').next().expect("a name").to_owned();
        format!(
            "{definition} {} {}",
            set["status"].as_str().expect("a status"),
            set["stabilityStatus"].as_str().expect("one")
        )
    };
    service["taskSets"].as_array().expect("task sets").iter().map(told).collect()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_goes_through_its_lifecycle_events_and_removes_the_original_task_set() {
    let world = world("", "");
    let group = json!({ "applicationName": "AppECS-prod-web", "deploymentGroupName": "DgpECS-prod-web" });
    let group = deploy(&world, "GetDeploymentGroup", group).await["deploymentGroupInfo"].clone();
    assert_eq!(group["ecsServices"], json!([{ "clusterName": "prod", "serviceName": "web" }]));
    assert_eq!(group["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    let request = request(&world, &json!([{ "AfterInstall": "check" }])).await;
    let id =
        deploy(&world, "CreateDeployment", request.clone()).await["deploymentId"].as_str().expect("an id").to_owned();
    assert_eq!(info(&world, &id).await["status"], "Created");
    let error = refused(
        &world,
        "prod",
        "codedeploy:GetDeploymentTarget",
        json!({ "deploymentId": id, "targetId": "prod:web" }),
    )
    .await;
    assert_eq!(error, format!("DeploymentNotStartedException: The deployment {id} has not started."));
    let error = refused(&world, "prod", "codedeploy:CreateDeployment", request).await;
    let expected = format!("The Deployment Group 'DgpECS-prod-web' already has an active Deployment '{id}'");
    assert_eq!(error, format!("DeploymentLimitExceededException: {expected}"));

    sleep(Duration::from_secs(10)).await;
    assert_eq!(info(&world, &id).await["status"], "InProgress");
    let now = target(&world, &id).await;
    assert_eq!(events(&now)[..3], ["BeforeInstall Succeeded", "Install InProgress", "AfterInstall Pending"]);
    assert_eq!(
        (&now["taskSetsInfo"][0]["trafficWeight"], &now["taskSetsInfo"][1]["trafficWeight"]),
        (&json!(100.0), &json!(0.0))
    );
    assert_eq!(sets(&service(&world).await), ["web:7 PRIMARY STEADY_STATE", "web:8 ACTIVE STABILIZING"]);

    sleep(Duration::from_mins(1)).await;
    let now = target(&world, &id).await;
    assert!(events(&now).iter().all(|event| event.ends_with("Succeeded")), "{now}");
    assert_eq!(sets(&service(&world).await), ["web:8 PRIMARY STEADY_STATE", "web:7 ACTIVE STEADY_STATE"]);
    assert_eq!(info(&world, &id).await["status"], "InProgress", "the original task set waits");

    deploy(&world, "ContinueDeployment", json!({ "deploymentId": id, "deploymentWaitType": "TERMINATION_WAIT" })).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(sets(&service(&world).await), ["web:8 PRIMARY STEADY_STATE", "web:7 DRAINING STABILIZING"]);
    sleep(Duration::from_mins(1)).await;
    assert_eq!(info(&world, &id).await["status"], "Succeeded");
    assert_eq!(sets(&service(&world).await), ["web:8 PRIMARY STEADY_STATE"]);
    let error = refused(&world, "prod", "codedeploy:StopDeployment", json!({ "deploymentId": id })).await;
    assert_eq!(error, format!("DeploymentAlreadyCompletedException: The deployment {id} has already completed."));
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_takes_the_deployment_back() {
    let hook = "[[hooks]]\nfunction = \"check\"\noutcome = \"fails\"\n";
    let world = world("", hook);
    let id = begin(&world, &json!([{ "BeforeAllowTraffic": "check" }])).await;
    sleep(Duration::from_mins(1)).await;
    let failed = info(&world, &id).await;
    assert_eq!(
        (&failed["status"], &failed["errorInformation"]["code"]),
        (&json!("Failed"), &json!("HOOK_EXECUTION_FAILURE"))
    );
    let told = events(&target(&world, &id).await);
    assert_eq!(told[3..], ["BeforeAllowTraffic Failed", "AllowTraffic Skipped", "AfterAllowTraffic Skipped"]);
    let back = failed["rollbackInfo"]["rollbackDeploymentId"].as_str().expect("a way back").to_owned();
    sleep(Duration::from_mins(1)).await;
    let taken = info(&world, &back).await;
    assert_eq!((&taken["status"], &taken["creator"]), (&json!("Succeeded"), &json!("codeDeployRollback")));
    assert_eq!(taken["rollbackInfo"]["rollbackTriggeringDeploymentId"], json!(id));
    assert_eq!(sets(&service(&world).await), ["web:7 PRIMARY STEADY_STATE"]);
    let group = json!({ "applicationName": "AppECS-prod-web", "deploymentGroupName": "DgpECS-prod-web" });
    assert_eq!(deploy(&world, "ListDeployments", group).await["deployments"], json!([back, id]));
}

#[tokio::test(start_paused = true)]
async fn traffic_waits_to_be_continued_and_moves_by_steps() {
    let world = world(", ready_wait = \"10m\", configuration = \"CodeDeployDefault.ECSCanary10Percent5Minutes\"", "");
    let id = begin(&world, &json!([])).await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(info(&world, &id).await["status"], "Ready");
    deploy(&world, "ContinueDeployment", json!({ "deploymentId": id, "deploymentWaitType": "READY_WAIT" })).await;
    sleep(Duration::from_mins(1)).await;
    let sets = target(&world, &id).await["taskSetsInfo"].clone();
    assert_eq!((&sets[0]["trafficWeight"], &sets[1]["trafficWeight"]), (&json!(90.0), &json!(10.0)));
    let error = refused(&world, "prod", "codedeploy:ContinueDeployment", json!({ "deploymentId": id })).await;
    assert!(error.starts_with("DeploymentIsNotInReadyStateException: "), "{error}");
    sleep(Duration::from_mins(8)).await;
    assert_eq!(info(&world, &id).await["status"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn one_that_nobody_continues_and_one_that_is_stopped_end_stopped() {
    let waiting = world(", ready_wait = \"2m\"", "");
    let id = begin(&waiting, &json!([])).await;
    sleep(Duration::from_mins(4)).await;
    let info_of = info(&waiting, &id).await;
    assert_eq!((&info_of["status"], &info_of["errorInformation"]["code"]), (&json!("Stopped"), &json!("TIMEOUT")));
    assert_eq!(info_of.get("rollbackInfo"), None);

    let stopped = world("", "");
    let id = begin(&stopped, &json!([])).await;
    sleep(Duration::from_secs(20)).await;
    deploy(&stopped, "StopDeployment", json!({ "deploymentId": id, "autoRollbackEnabled": true })).await;
    sleep(Duration::from_mins(1)).await;
    let info_of = info(&stopped, &id).await;
    assert_eq!((&info_of["status"], &info_of["errorInformation"]["code"]), (&json!("Stopped"), &json!("MANUAL_STOP")));
    assert!(info_of["rollbackInfo"]["rollbackDeploymentId"].is_string(), "{info_of}");
    assert_eq!(sets(&service(&stopped).await), ["web:7 PRIMARY STEADY_STATE"]);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_stops_a_deployment_and_tasks_that_never_run_time_it_out() {
    let alarmed = ", alarms = [\"errors\"], rollback_on = [\"DEPLOYMENT_STOP_ON_ALARM\"]";
    let world_of = world(alarmed, "[[alarms]]\nname = \"errors\"\nafter = \"30s\"\n");
    let id = begin(&world_of, &json!([])).await;
    sleep(Duration::from_mins(2)).await;
    let told = info(&world_of, &id).await;
    assert_eq!((&told["status"], &told["errorInformation"]["code"]), (&json!("Stopped"), &json!("ALARM_ACTIVE")));
    assert_eq!(sets(&service(&world_of).await), ["web:7 PRIMARY STEADY_STATE"]);

    let full = world("", "[[no_capacity]]\nreason = \"no container instance met all of its requirements.\"\n");
    let id = begin(&full, &json!([])).await;
    sleep(Duration::from_mins(62)).await;
    let told = info(&full, &id).await;
    assert_eq!((&told["status"], &told["errorInformation"]["code"]), (&json!("Failed"), &json!("TIMEOUT")));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(sets(&service(&full).await), ["web:7 PRIMARY STEADY_STATE"]);
}

#[tokio::test(start_paused = true)]
async fn a_mistaken_request_is_refused() {
    let world = world("", "");
    let good = request(&world, &json!([])).await;
    let changed = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("it is there") = value;
        body
    };
    let hook = json!({ "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": {} } }], "Hooks": [{ "AllowTraffic": "f" }] });
    for (body, code) in [
        (changed("/applicationName", json!("other")), "ApplicationDoesNotExistException: "),
        (changed("/deploymentGroupName", json!("other")), "DeploymentGroupDoesNotExistException: "),
        (changed("/revision/revisionType", json!("S3")), "InvalidRevisionException: "),
        (changed("/revision/appSpecContent/content", json!("version: 0.0")), "InvalidRevisionException: "),
        (changed("/revision/appSpecContent/content", json!(hook.to_string())), "InvalidRevisionException: "),
        (json!({}), "RevisionRequiredException: "),
    ] {
        let error = refused(&world, "prod", "codedeploy:CreateDeployment", body).await;
        assert!(error.starts_with(code), "{error}");
    }
    let error = refused(&world, "prod", "codedeploy:GetDeployment", json!({ "deploymentId": "d-1" })).await;
    assert_eq!(error, "DeploymentDoesNotExistException: The deployment d-1 could not be found.");
}
