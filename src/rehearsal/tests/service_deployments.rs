//! Service deployments and revisions over the wire.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{call, ok, refused, release, release_and, release_text};
use crate::rehearsal::Rehearsal;

async fn service(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    ok(world, "prod", "ecs:DescribeServices", request).await["services"][0].clone()
}

async fn force(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    ok(world, "prod", "ecs:UpdateService", request).await["service"].clone()
}

async fn list(world: &Rehearsal, more: Value) -> Vec<Value> {
    let mut request = json!({ "cluster": "prod", "service": "web" });
    request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    let listed = ok(world, "prod", "ecs:ListServiceDeployments", request).await;
    listed["serviceDeployments"].as_array().expect("a list").clone()
}

async fn describe(world: &Rehearsal, arn: &Value) -> Value {
    let described =
        ok(world, "prod", "ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] })).await;
    assert_eq!(described["failures"], json!([]));
    described["serviceDeployments"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn an_update_answers_its_service_deployment_which_is_followed_to_its_end() {
    let world = release();
    let before = list(&world, json!({})).await;
    assert_eq!((before.len(), &before[0]["status"]), (1, &json!("SUCCESSFUL")));
    let service_before = service(&world).await;
    assert_eq!(service_before["currentServiceDeployment"], before[0]["serviceDeploymentArn"]);

    let updated = force(&world).await;
    let arn = &updated["currentServiceDeployment"];
    assert!(
        arn.as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:ecs:ap-northeast-1:222222222222:service-deployment/prod/web/")),
        "{arn}"
    );
    let described = describe(&world, arn).await;
    assert_eq!(described["status"], "PENDING");
    assert_eq!(described.get("startedAt"), None);
    let digits = updated["deployments"][0]["id"].as_str().and_then(|id| id.strip_prefix("ecs-svc/")).expect("an id");
    let target = described["targetServiceRevision"]["arn"].as_str().expect("an ARN");
    assert_eq!(target, format!("arn:aws:ecs:ap-northeast-1:222222222222:service-revision/prod/web/{digits}"));
    assert_eq!(described["sourceServiceRevisions"][0]["arn"], before[0]["targetServiceRevisionArn"]);
    assert_eq!(described["sourceServiceRevisions"][0]["runningTaskCount"], 2);
    assert_eq!(described["deploymentConfiguration"]["strategy"], "ROLLING");
    let breaker = json!({ "status": "DISABLED", "failureCount": 0, "threshold": 3 });
    assert_eq!(described["deploymentCircuitBreaker"], breaker);

    tokio::time::sleep(Duration::from_secs(5)).await;
    let listed = list(&world, json!({ "status": ["IN_PROGRESS"] })).await;
    assert_eq!((listed.len(), &listed[0]["serviceDeploymentArn"]), (1, arn));
    assert_eq!(listed[0]["targetServiceRevisionArn"], target);
    tokio::time::sleep(Duration::from_mins(2)).await;
    let described = describe(&world, arn).await;
    assert_eq!(described["status"], "SUCCESSFUL");
    let counts = |summary: &Value| {
        ["requestedTaskCount", "runningTaskCount", "pendingTaskCount"].map(|member| summary[member].clone())
    };
    assert_eq!(counts(&described["targetServiceRevision"]), [2, 2, 0]);
    assert_eq!(counts(&described["sourceServiceRevisions"][0]), [0, 0, 0]);
    assert!(described["finishedAt"].as_f64() > described["startedAt"].as_f64());

    let asked = json!({ "serviceRevisionArns": [target, before[0]["targetServiceRevisionArn"]] });
    let revisions = ok(&world, "prod", "ecs:DescribeServiceRevisions", asked).await;
    assert_eq!(revisions["serviceRevisions"].as_array().map(Vec::len), Some(2));
    let revision = &revisions["serviceRevisions"][0];
    assert_eq!(revision["taskDefinition"], updated["taskDefinition"]);
    assert_eq!(revision["networkConfiguration"], updated["networkConfiguration"]);
    assert_eq!(revision["loadBalancers"], updated["loadBalancers"]);
    let digest = revision["containerImages"][0]["imageDigest"].as_str().expect("a digest");
    assert!(digest.starts_with("sha256:"), "{digest}");
    assert_eq!(revisions["serviceRevisions"][1]["containerImages"], revision["containerImages"]);

    let record = world.snapshot()["ecs"][0]["clusters"][0]["services"][0]["serviceDeployments"].clone();
    assert_eq!((&record[1]["outcome"], &record[1]["drained"]), (&json!("succeeded"), &json!(true)));
    assert_eq!(&record[1]["serviceDeploymentArn"], arn);
}

#[tokio::test(start_paused = true)]
async fn the_history_is_listed_by_status_time_and_page() {
    let text = release_text().replace(
        "desired = 2",
        "desired = 2\nhistory = [{ task_definition = \"web:7\", ago = \"240h\" }, \
         { task_definition = \"web:7\", ago = \"24h\", status = \"ROLLBACK_SUCCESSFUL\", reason = \"alarm\" }]",
    );
    let world = Rehearsal::new(super::support::parse(&text).expect("a world"));
    let statuses = |listed: &[Value]| listed.iter().map(|one| one["status"].clone()).collect::<Vec<_>>();
    let all = list(&world, json!({})).await;
    assert_eq!(statuses(&all), ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]);
    assert_eq!(all[0]["statusReason"], "alarm");
    let good = list(&world, json!({ "status": ["SUCCESSFUL"] })).await;
    assert_eq!(good, all[1..]);
    let recent = list(&world, json!({ "createdAt": { "after": all[1]["createdAt"] } })).await;
    assert_eq!(recent, all[..1]);
    let request = json!({ "cluster": "prod", "service": "web", "maxResults": 2 });
    let page = ok(&world, "prod", "ecs:ListServiceDeployments", request).await;
    assert_eq!(page["serviceDeployments"].as_array(), Some(&all[..2].to_vec()));
    let rest = list(&world, json!({ "nextToken": page["nextToken"] })).await;
    assert_eq!(rest, all[2..]);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_stopped_on_its_way_and_not_after() {
    let world = release();
    let ours = force(&world).await["currentServiceDeployment"].clone();
    let stop = json!({ "serviceDeploymentArn": ours, "stopType": "ROLLBACK" });
    let stopped = ok(&world, "prod", "ecs:StopServiceDeployment", stop.clone()).await;
    assert_eq!(stopped, json!({ "serviceDeploymentArn": ours }));
    let described = describe(&world, &ours).await;
    assert_eq!(described["status"], "ROLLBACK_REQUESTED");
    assert_eq!(described["statusReason"], "Service deployment was stopped by a user");
    let source = &described["sourceServiceRevisions"][0]["arn"];
    assert_eq!(&described["rollback"]["serviceRevisionArn"], source);
    tokio::time::sleep(Duration::from_mins(3)).await;
    assert_eq!(describe(&world, &ours).await["status"], "ROLLBACK_SUCCESSFUL");
    let error = refused(&world, "prod", "ecs:StopServiceDeployment", stop).await;
    assert!(error.starts_with("ConflictException: "), "{error}");
    let writes = world.snapshot()["writes"].clone();
    assert_eq!(writes[2]["refused"], "ConflictException");
    assert_eq!(service(&world).await["currentServiceDeployment"], ours);
    let record = world.snapshot()["ecs"][0]["clusters"][0]["services"][0]["serviceDeployments"].clone();
    assert_eq!((&record[1]["outcome"], &record[1]["cause"]), (&json!("rolled back"), &json!("stopped")));
}

#[tokio::test(start_paused = true)]
async fn mistaken_requests_are_refused_and_strangers_missing() {
    let world = release();
    let arn = |id: &str| format!("arn:aws:ecs:ap-northeast-1:222222222222:service-deployment/prod/web/{id}");
    let many: Vec<String> = (0..21).map(|number| arn(&number.to_string())).collect();
    let table = [
        (
            "ecs:DescribeServiceDeployments",
            json!({ "serviceDeploymentArns": many }),
            "InvalidParameterException: serviceDeploymentArns can have at most 20 items.",
        ),
        (
            "ecs:DescribeServiceDeployments",
            json!({ "serviceDeploymentArns": ["web"] }),
            "InvalidParameterException: Invalid service-deployment ARN: web.",
        ),
        ("ecs:DescribeServiceRevisions", json!({}), "InvalidParameterException: serviceRevisionArns cannot be empty."),
        (
            "ecs:ListServiceDeployments",
            json!({ "cluster": "prod", "service": "ghost" }),
            "ServiceNotFoundException: Service not found.",
        ),
        (
            "ecs:ListServiceDeployments",
            json!({ "cluster": "prod", "service": "web", "status": ["DONE"] }),
            "InvalidParameterException: Invalid status: DONE.",
        ),
        (
            "ecs:StopServiceDeployment",
            json!({ "serviceDeploymentArn": arn("x") }),
            "ServiceDeploymentNotFoundException: Service deployment not found.",
        ),
        (
            "ecs:StopServiceDeployment",
            json!({ "serviceDeploymentArn": arn("x"), "stopType": "KILL" }),
            "InvalidParameterException: Invalid stopType: KILL.",
        ),
    ];
    for (operation, request, expected) in table {
        assert_eq!(refused(&world, "prod", operation, request).await, expected);
    }
    let missing =
        ok(&world, "prod", "ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn("x")] })).await;
    assert_eq!(missing, json!({ "serviceDeployments": [], "failures": [{ "arn": arn("x"), "reason": "MISSING" }] }));
}

#[tokio::test(start_paused = true)]
async fn a_place_may_be_without_service_deployments_in_three_ways() {
    for (switch, status, code, told) in [
        ("missing", StatusCode::BAD_REQUEST, "UnknownOperationException", false),
        ("denied", StatusCode::BAD_REQUEST, "AccessDeniedException", true),
        ("error", StatusCode::INTERNAL_SERVER_ERROR, "ServerException", false),
    ] {
        let text = format!("service_deployments = \"{switch}\"\n{}", release_text());
        let world = Rehearsal::new(super::support::parse(&text).expect("a world"));
        let request = json!({ "cluster": "prod", "service": "web" });
        let answer = call(&world, "prod", "ecs:ListServiceDeployments", &request).await.expect("an answer");
        assert_eq!((answer.status, &answer.json()["__type"]), (status, &json!(code)), "{switch}");
        assert_eq!(force(&world).await.get("currentServiceDeployment").is_some(), told, "{switch}");
        tokio::time::sleep(Duration::from_mins(2)).await;
        let record = world.snapshot()["ecs"][0]["clusters"][0]["services"][0]["serviceDeployments"].clone();
        assert_eq!(record[1]["outcome"], "succeeded", "what happened is known all the same");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_done_may_be_seen_later() {
    let text = release_text().replace("desired = 2", "desired = 2\nblank = \"4s\"\nlag = \"8s\"");
    let world = Rehearsal::new(super::support::parse(&text).expect("a world"));
    let before = service(&world).await;
    let updated = force(&world).await;
    assert_eq!(updated["currentServiceDeployment"], "");
    assert_ne!(updated["deployments"][0]["id"], before["deployments"][0]["id"]);
    assert_eq!(service(&world).await, before);
    assert_eq!(list(&world, json!({})).await.len(), 1);
    tokio::time::sleep(Duration::from_secs(8)).await;
    let after = service(&world).await;
    assert_eq!(after["deployments"][0]["id"], updated["deployments"][0]["id"]);
    assert_eq!(list(&world, json!({})).await[0]["serviceDeploymentArn"], after["currentServiceDeployment"]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_may_be_about_the_service_of_a_deployment() {
    let world =
        release_and("[[faults]]\non = \"ecs:DescribeServiceDeployments\"\nresource = \"web\"\nthen = \"throttle\"\n");
    let arn = service(&world).await["currentServiceDeployment"].clone();
    let request = json!({ "serviceDeploymentArns": [arn] });
    let error = refused(&world, "prod", "ecs:DescribeServiceDeployments", request).await;
    assert_eq!(error, "ThrottlingException: Rate exceeded");
    describe(&world, &arn).await;
}
