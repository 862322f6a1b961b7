//! What a world says goes wrong does, where it says and as often.

use http::StatusCode;
use serde_json::json;

use super::support::{PROD_HOST, call, login, ok, refused, registry, release_and};

fn fault(on: &str, more: &str) -> String {
    format!("[[faults]]\non = \"{on}\"\n{more}\n")
}

#[tokio::test(start_paused = true)]
async fn a_throttle_strikes_once_and_only_what_it_names() {
    let world = release_and(&fault("ecs:ListTasks", "resource = \"web\"\nthen = \"throttle\""));
    let web = json!({ "cluster": "prod", "serviceName": "web" });
    ok(&world, "prod", "ecs:ListTasks", json!({ "cluster": "prod" })).await;
    let error = refused(&world, "prod", "ecs:ListTasks", web.clone()).await;
    assert_eq!(error, "ThrottlingException: Rate exceeded");
    ok(&world, "prod", "ecs:ListTasks", web).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_is_lost_before_or_after_it_was_done() {
    for (then, deployments) in [("lost_before", 1), ("lost_after", 2)] {
        let world = release_and(&fault("ecs:UpdateService", &format!("then = \"{then}\"")));
        let update = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
        let lost = call(&world, "prod", "ecs:UpdateService", &update).await.expect_err("lost");
        assert!(lost.to_string().contains("ecs:UpdateService"), "{lost}");
        let now = ok(&world, "prod", "ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] })).await;
        assert_eq!(now["services"][0]["deployments"].as_array().map(Vec::len), Some(deployments), "{then}");
    }
}

#[tokio::test(start_paused = true)]
async fn permissions_and_any_error_are_answered() {
    let world = release_and(
        &(fault("ecr:DescribeRepositories", "account = \"prod\"\nthen = \"access_denied\"")
            + &fault(
                "ecs:DescribeServices",
                "then = { error = \"ServerException\", message = \"Service Unavailable\", status = 503 }",
            )),
    );
    let error = refused(&world, "prod", "ecr:DescribeRepositories", json!({})).await;
    assert_eq!(
        error,
        "AccessDeniedException: User: arn:aws:iam::222222222222:user/prod is not authorized to perform: ecr:DescribeRepositories"
    );
    ok(&world, "test", "ecr:DescribeRepositories", json!({})).await;
    let reply = call(&world, "prod", "ecs:DescribeServices", &json!({ "cluster": "prod", "services": ["web"] }))
        .await
        .expect("an answer");
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json(), json!({ "__type": "ServerException", "message": "Service Unavailable" }));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_stays_so_until_there_is_a_new_one() {
    let world = release_and(&fault("registry:HeadManifest", "resource = \"shop\"\nskip = 1\nthen = \"expired_token\""));
    let old = login(&world, "prod").await;
    let head = async |token: &str| {
        let headers = [("authorization", token)];
        registry(&world, PROD_HOST, "HEAD shop/manifests/20261105-1.4.1", &headers, "").await.expect("a reply").status
    };
    assert_eq!(head(&old).await, StatusCode::OK);
    assert_eq!(head(&old).await, StatusCode::UNAUTHORIZED);
    assert_eq!(head(&old).await, StatusCode::UNAUTHORIZED);
    let reply = registry(&world, PROD_HOST, "GET /v2/", &[("authorization", &old)], "").await.expect("a reply");
    assert_eq!(
        reply.json()["errors"][0]["message"],
        "Your authorization token has expired. Reauthenticate and try again."
    );
    let fresh = login(&world, "prod").await;
    assert_eq!(head(&fresh).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_registry_throttles_and_hangs_up_too() {
    let world = release_and(
        &(fault("registry:GetManifest", "times = 1\nthen = \"throttle\"")
            + &fault("registry:ListTags", "then = \"lost_before\"")),
    );
    let token = login(&world, "prod").await;
    let auth = [("authorization", token.as_str())];
    let reply = registry(&world, PROD_HOST, "GET shop/manifests/20261105-1.4.1", &auth, "").await.expect("a reply");
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    let lost = registry(&world, PROD_HOST, "GET shop/tags/list", &auth, "").await.expect_err("lost");
    assert!(lost.to_string().contains("before ListTags was served"), "{lost}");
}
