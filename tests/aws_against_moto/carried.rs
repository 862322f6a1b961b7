//! Services that are carried by the SDK's clients of others: each answers as its own.

use crate::stage::{aws, stage};
use crate::wire::Sent;
use gantry::effects::fault::FaultKind;
use gantry::live::aws::Service;
use serde_json::{Value, json};

/// Asks, and gives what was sent with what came back.
async fn ask(service: Service, operation: &str, document: Value) -> (Sent, Value) {
    let (aws, wire) = aws([]);
    let answer = aws.ask("default", service, operation, &document, "it").await.expect("moto answers");
    (wire.all().pop().expect("it was sent"), answer)
}

async fn missing(service: Service, operation: &str, document: Value, code: &str) {
    let (aws, _) = aws([]);
    let fault = aws.ask("default", service, operation, &document, "it").await.expect_err("it is not there");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, code), "{fault}");
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn secrets_and_parameters_are_read() {
    let secret = json!({ "Name": "shop/db", "SecretString": "s3cret" });
    stage("secretsmanager", "secretsmanager.CreateSecret", secret).await;
    let parameter = json!({ "Name": "/shop/port", "Type": "String", "Value": "5432" });
    stage("ssm", "AmazonSSM.PutParameter", parameter).await;

    let (sent, got) = ask(Service::SecretsManager, "GetSecretValue", json!({ "SecretId": "shop/db" })).await;
    assert_eq!((&got["Name"], &got["SecretString"]), (&json!("shop/db"), &json!("s3cret")));
    assert!(sent.uri.starts_with("http://localhost:"), "the service has an endpoint of its own: {}", sent.uri);
    let none = json!({ "SecretId": "shop/none" });
    missing(Service::SecretsManager, "GetSecretValue", none, "ResourceNotFoundException").await;

    let parameter = json!({ "Name": "/shop/port", "WithDecryption": true });
    let (sent, got) = ask(Service::Ssm, "GetParameter", parameter).await;
    assert_eq!((&got["Parameter"]["Value"], &got["Parameter"]["Version"]), (&json!("5432"), &json!(1)));
    assert!(sent.uri.starts_with("http://127.0.0.1:"), "the others have the common one: {}", sent.uri);
    missing(Service::Ssm, "GetParameter", json!({ "Name": "/shop/none" }), "ParameterNotFound").await;
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn logs_scaling_and_code_deploy_answer() {
    let (_, got) = ask(Service::Logs, "CreateLogGroup", json!({ "logGroupName": "shop" })).await;
    assert_eq!(got, json!({}), "it answers nothing");
    let (_, got) = ask(Service::Logs, "DescribeLogGroups", json!({ "logGroupNamePrefix": "shop" })).await;
    assert_eq!(got["logGroups"][0]["logGroupName"], "shop");
    let none = json!({ "logGroupName": "none" });
    missing(Service::Logs, "DescribeLogStreams", none, "ResourceNotFoundException").await;

    let (_, got) =
        ask(Service::ApplicationAutoScaling, "DescribeScalableTargets", json!({ "ServiceNamespace": "ecs" })).await;
    assert_eq!(got["ScalableTargets"], json!([]));

    stage("codedeploy", "CodeDeploy_20141006.CreateApplication", json!({ "applicationName": "shop" })).await;
    let (_, got) = ask(Service::CodeDeploy, "GetApplication", json!({ "applicationName": "shop" })).await;
    assert_eq!(got["application"]["applicationName"], "shop");
    let none = json!({ "applicationName": "none" });
    missing(Service::CodeDeploy, "GetApplication", none, "ApplicationDoesNotExistException").await;
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn load_balancing_answers_in_xml() {
    let group = json!({ "Name": "web", "TargetType": "lambda", "HealthCheckIntervalSeconds": 40 });
    let (_, got) = ask(Service::LoadBalancing, "CreateTargetGroup", group).await;
    let created = &got["TargetGroups"][0];
    assert_eq!(
        (&created["TargetGroupName"], &created["HealthCheckIntervalSeconds"]),
        (&json!("web"), &json!("40")),
        "{got}"
    );

    let (_, got) = ask(Service::LoadBalancing, "DescribeTargetGroups", json!({ "Names": ["web"] })).await;
    assert_eq!(got["TargetGroups"][0]["TargetGroupArn"], created["TargetGroupArn"]);
    missing(Service::LoadBalancing, "DescribeTargetGroups", json!({ "Names": ["none"] }), "TargetGroupNotFound").await;
}
