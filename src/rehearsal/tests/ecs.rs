//! ECS over the wire: strict where AWS is strict.

use http::StatusCode;
use serde_json::json;

use super::support::{body, call, ok, refused, release, send, signed};

#[tokio::test(start_paused = true)]
async fn a_service_is_described_as_it_runs() {
    let world = release();
    let request =
        json!({ "cluster": "prod", "services": ["web", "arn:aws:ecs:x:y:service/prod/ghost"], "include": ["TAGS"] });
    let reply = ok(&world, "prod", "ecs:DescribeServices", request).await;
    assert_eq!(
        reply["failures"],
        json!([{ "arn": "arn:aws:ecs:ap-northeast-1:222222222222:service/prod/ghost", "reason": "MISSING" }])
    );
    let web = &reply["services"][0];
    assert_eq!(web["serviceArn"], "arn:aws:ecs:ap-northeast-1:222222222222:service/prod/web");
    assert_eq!(web["taskDefinition"], "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:7");
    assert_eq!((&web["desiredCount"], &web["runningCount"], &web["pendingCount"]), (&json!(2), &json!(2), &json!(0)));
    assert_eq!(web["tags"], json!([{ "key": "team", "value": "shop" }]));
    assert_eq!(web["launchType"], "FARGATE");
    assert_eq!(web["loadBalancers"][0]["containerPort"], 8080);
    let deployment = &web["deployments"][0];
    assert_eq!((&deployment["status"], &deployment["rolloutState"]), (&json!("PRIMARY"), &json!("COMPLETED")));
    assert_eq!(deployment["networkConfiguration"], web["networkConfiguration"]);
    assert_eq!(web["events"][0]["message"], "(service web) has reached a steady state.");

    let untagged = ok(&world, "prod", "ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] })).await;
    assert_eq!(untagged["services"][0].get("tags"), None);
}

#[tokio::test(start_paused = true)]
async fn batches_are_limited_and_what_is_not_there_has_its_own_error() {
    let world = release();
    let many = |count: usize| vec!["x"; count];
    let table = [
        (
            "ecs:DescribeServices",
            json!({ "cluster": "prod", "services": many(11) }),
            "InvalidParameterException: service names can have at most 10 items.",
        ),
        (
            "ecs:DescribeServices",
            json!({ "cluster": "prod", "services": [] }),
            "InvalidParameterException: Services cannot be empty.",
        ),
        (
            "ecs:DescribeTasks",
            json!({ "cluster": "prod", "tasks": many(101) }),
            "InvalidParameterException: tasks can have at most 100 items.",
        ),
        (
            "ecs:ListTasks",
            json!({ "cluster": "prod", "maxResults": 101 }),
            "InvalidParameterException: maxResults must be between 1 and 100.",
        ),
        (
            "ecs:ListTasks",
            json!({ "cluster": "prod", "serviceName": "ghost" }),
            "ServiceNotFoundException: Service not found.",
        ),
        (
            "ecs:ListTasks",
            json!({ "cluster": "prod", "desiredStatus": "GONE" }),
            "InvalidParameterException: Invalid desiredStatus: GONE.",
        ),
        ("ecs:DescribeServices", json!({ "services": ["web"] }), "ClusterNotFoundException: Cluster not found."),
        (
            "ecs:UpdateService",
            json!({ "cluster": "prod", "service": "ghost" }),
            "ServiceNotFoundException: Service not found.",
        ),
        (
            "ecs:UpdateService",
            json!({ "cluster": "prod", "service": "web", "taskDefinition": "web:99" }),
            "ClientException: TaskDefinition not found.",
        ),
        (
            "ecs:UpdateService",
            json!({ "cluster": "prod", "service": "web", "desiredCount": "2" }),
            "SerializationException: STRING_VALUE can not be converted to an Integer",
        ),
        (
            "ecs:DescribeTaskDefinition",
            json!({ "taskDefinition": "web:99" }),
            "ClientException: Unable to describe task definition.",
        ),
        (
            "ecs:RegisterTaskDefinition",
            json!({ "family": "web", "cpu": 512 }),
            "SerializationException: NUMBER_VALUE can not be converted to a String",
        ),
        (
            "ecs:DescribeTaskSets",
            json!({ "service": "web" }),
            "UnknownOperationException: The requested operation is not recognized by the service.",
        ),
    ];
    for (operation, request, expected) in table {
        assert_eq!(refused(&world, "prod", operation, request).await, expected);
    }
    let missing = ok(&world, "prod", "ecs:DescribeTasks", json!({ "cluster": "prod", "tasks": ["x"] })).await;
    assert_eq!(missing["failures"][0]["reason"], "MISSING");
}

#[tokio::test(start_paused = true)]
async fn a_registered_definition_comes_back_without_what_ecs_does_not_know() {
    let world = release();
    let described =
        ok(&world, "prod", "ecs:DescribeTaskDefinition", json!({ "taskDefinition": "web", "include": ["TAGS"] })).await;
    assert_eq!(described["tags"], json!([{ "key": "team", "value": "shop" }]));
    let mut next = described["taskDefinition"].clone();
    assert_eq!(next["revision"], 7);
    next["containerDefinitions"][0]["imagee"] = json!("typo");
    next["tags"] = json!([{ "key": "call", "value": "1" }]);
    let registered = ok(&world, "prod", "ecs:RegisterTaskDefinition", next).await;
    assert_eq!(registered["tags"], json!([{ "key": "call", "value": "1" }]));
    let mut expected = described["taskDefinition"].clone();
    for (member, value) in [
        ("taskDefinitionArn", json!("arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:8")),
        ("revision", json!(8)),
        ("registeredAt", json!(1_795_107_600.04)),
    ] {
        expected[member] = value;
    }
    assert_eq!(registered["taskDefinition"], expected);
    let listed = ok(&world, "prod", "ecs:ListTaskDefinitions", json!({ "familyPrefix": "web", "sort": "DESC" })).await;
    let arns = listed["taskDefinitionArns"].as_array().expect("a list");
    assert_eq!(arns.len(), 2);
    assert!(arns[0].as_str().is_some_and(|arn| arn.ends_with("web:8")));
}

#[tokio::test(start_paused = true)]
async fn tasks_are_listed_page_by_page_and_described() {
    let world = release();
    let first =
        ok(&world, "prod", "ecs:ListTasks", json!({ "cluster": "prod", "serviceName": "web", "maxResults": 1 })).await;
    let second = ok(
        &world,
        "prod",
        "ecs:ListTasks",
        json!({ "cluster": "prod", "serviceName": "web", "maxResults": 1, "nextToken": first["nextToken"] }),
    )
    .await;
    assert_eq!(second.get("nextToken"), None);
    let tasks = [&first["taskArns"][0], &second["taskArns"][0]];
    assert_ne!(tasks[0], tasks[1]);
    let described = ok(&world, "prod", "ecs:DescribeTasks", json!({ "cluster": "prod", "tasks": tasks })).await;
    let task = &described["tasks"][0];
    assert_eq!(&task["taskArn"], tasks[0]);
    assert_eq!(task["group"], "service:web");
    assert_eq!(
        (&task["lastStatus"], &task["desiredStatus"], &task["healthStatus"]),
        (&json!("RUNNING"), &json!("RUNNING"), &json!("HEALTHY"))
    );
    assert!(task["startedBy"].as_str().is_some_and(|id| id.starts_with("ecs-svc/") && id.len() == 27));
    let container = &task["containers"][0];
    assert_eq!(container["name"], "app");
    assert!(container["imageDigest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")));
    let services = ok(&world, "prod", "ecs:ListServices", json!({ "cluster": "prod" })).await;
    assert_eq!(services["serviceArns"].as_array().map(Vec::len), Some(1));
    let clusters = ok(&world, "prod", "ecs:DescribeClusters", json!({ "clusters": ["prod", "dev"] })).await;
    assert_eq!(clusters["clusters"][0]["runningTasksCount"], 2);
    assert_eq!(clusters["failures"][0]["reason"], "MISSING");
}

#[tokio::test(start_paused = true)]
async fn accounts_do_not_see_each_other_and_strangers_are_refused() {
    let world = release();
    let request = json!({ "cluster": "prod", "services": ["web"] });
    let error = refused(&world, "test", "ecs:DescribeServices", request.clone()).await;
    assert_eq!(error, "ClusterNotFoundException: Cluster not found.");
    for (authorization, expected) in [
        (
            "AWS4-HMAC-SHA256 Credential=AKIASTRANGER/20261119/ap-northeast-1/ecs/aws4_request",
            "UnrecognizedClientException",
        ),
        ("", "MissingAuthenticationTokenException"),
    ] {
        let http = http::Request::post("https://ecs.ap-northeast-1.amazonaws.com/")
            .header("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeServices")
            .header("authorization", authorization)
            .body(body(request.to_string()))
            .expect("a request");
        let response = send(&world, http).await.expect("an answer");
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        assert_eq!(response.json()["__type"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn sts_says_who_calls_and_gives_the_key_of_a_roles_account() {
    let world = release();
    let ask = async |action: &str| {
        let http = http::Request::post("https://sts.ap-northeast-1.amazonaws.com/")
            .header("authorization", signed(&world, "prod", "ap-northeast-1/sts"))
            .body(body(format!("Action={action}&Version=2011-06-15")))
            .expect("a request");
        send(&world, http).await.expect("an answer")
    };
    let identity = ask("GetCallerIdentity").await;
    assert_eq!(identity.status, StatusCode::OK);
    let xml = String::from_utf8(identity.body.to_vec()).expect("text");
    assert!(xml.contains("<Account>222222222222</Account>"), "{xml}");
    assert!(xml.contains("<Arn>arn:aws:iam::222222222222:user/prod</Arn>"), "{xml}");
    let role =
        |account: &str| format!("AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2Frelease&RoleSessionName=x");
    let assumed = ask(&role("111111111111")).await;
    assert_eq!(assumed.status, StatusCode::OK);
    let xml = String::from_utf8(assumed.body.to_vec()).expect("text");
    let key = world.credentials("test").expect("an account");
    for part in [
        "<Arn>arn:aws:sts::111111111111:assumed-role/release/session</Arn>".to_owned(),
        format!("<AccessKeyId>{}</AccessKeyId>", key.access_key_id),
        "<Expiration>2026-11-19T18:00:00".to_owned(),
    ] {
        assert!(xml.contains(&part), "{part} in {xml}");
    }
    for nobody in [&role("999999999999"), "AssumeRole", "AssumeRole&RoleArn=x"] {
        let denied = ask(nobody).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN);
        let xml = String::from_utf8_lossy(&denied.body).into_owned();
        assert!(xml.contains("not authorized to perform: sts:AssumeRole"), "{xml}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_json_is_refused() {
    let world = release();
    let error = call(&world, "prod", "ecs:ListTasks", &json!("text")).await.expect("an answer");
    assert_eq!(error.json()["__type"], "SerializationException");
}
