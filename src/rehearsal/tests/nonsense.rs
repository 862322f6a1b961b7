//! Whatever is sent is answered, or the connection is dropped: nothing panics.

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, PROD_HOST, call, registry, release};
use crate::rehearsal::{ecr, ecs, logs, parameters, scaling, secrets};

/// Every member that an operation looks at, with this value.
fn everywhere(value: &Value) -> Value {
    let members = [
        "cluster",
        "clusters",
        "service",
        "services",
        "serviceName",
        "tasks",
        "family",
        "familyPrefix",
        "taskDefinition",
        "desiredStatus",
        "maxResults",
        "nextToken",
        "include",
        "desiredCount",
        "deploymentConfiguration",
        "loadBalancers",
        "networkConfiguration",
        "containerDefinitions",
        "cpu",
        "memory",
        "volumes",
        "tags",
        "repositoryName",
        "repositoryNames",
        "imageIds",
        "imageTag",
        "imageDigest",
        "imageManifest",
        "imageManifestMediaType",
        "layerDigests",
        "registryId",
        "filter",
        "SecretId",
        "VersionId",
        "VersionStage",
        "Name",
        "Names",
        "task",
        "count",
        "overrides",
        "clientToken",
        "container",
        "command",
        "interactive",
        "logGroupName",
        "logGroupIdentifier",
        "logStreamName",
        "logStreamNames",
        "limit",
        "startTime",
        "orderBy",
        "filterPattern",
        "ServiceNamespace",
        "ResourceId",
        "ResourceIds",
        "MinCapacity",
        "SuspendedState",
    ];
    Value::Object(members.into_iter().map(|name| (name.to_owned(), value.clone())).collect())
}

#[tokio::test(start_paused = true)]
async fn every_operation_survives_any_json() {
    let world = release();
    let values = [
        json!(null),
        json!(-1),
        json!(1e300),
        json!(true),
        json!(""),
        json!("prod"),
        json!("web:"),
        json!("arn:"),
        json!("sha256:"),
        json!([]),
        json!([null]),
        json!(["web", 5]),
        json!([{}]),
        json!({}),
        json!({ "minimumHealthyPercent": 300 }),
        json!({ "maximumPercent": -5 }),
    ];
    let mut answered = 0;
    let services = [
        ("ecs", &ecs::OPERATIONS[..]),
        ("ecr", &ecr::OPERATIONS[..]),
        ("secretsmanager", &secrets::OPERATIONS[..]),
        ("ssm", &parameters::OPERATIONS[..]),
        ("logs", &logs::OPERATIONS[..]),
        ("application-autoscaling", &scaling::OPERATIONS[..]),
    ];
    for (service, operations) in services {
        for operation in operations {
            for value in &values {
                let mut request = everywhere(value);
                for (member, name) in [
                    ("cluster", "prod"),
                    ("service", "web"),
                    ("repositoryName", "shop"),
                    ("logGroupName", "/ecs/web"),
                    ("ServiceNamespace", "ecs"),
                ] {
                    let reply = call(&world, "prod", &format!("{service}:{operation}"), &request).await;
                    let reply = reply.expect("an answer");
                    assert!(
                        matches!(reply.status, StatusCode::OK | StatusCode::BAD_REQUEST),
                        "{operation} {request}: {}",
                        reply.status
                    );
                    assert!(reply.json().is_object(), "{operation}");
                    request[member] = json!(name);
                    answered += 1;
                }
            }
        }
    }
    let operations: usize = services.iter().map(|(_, operations)| operations.len()).sum();
    assert_eq!(answered, operations * values.len() * 5);
}

#[tokio::test(start_paused = true)]
async fn every_path_of_a_registry_survives_any_reference() {
    let world = release();
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let headers = [
        ("authorization", client.authorization.as_str()),
        ("range", "bytes=9-2"),
        ("content-type", "application/vnd.oci.image.manifest.v1+json"),
    ];
    for method in ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"] {
        for path in [
            "/",
            "/v2",
            "/v2//",
            "/v2/shop/manifests/",
            "/v2/shop/manifests/%00",
            "/v2/shop/blobs/",
            "/v2/shop/blobs/sha256:",
            "/v2/shop/blobs/uploads/x?digest=",
            "/v2/shop/tags/list/",
            "/v2//manifests/x",
            "/v2/manifests/blobs/uploads/",
        ] {
            for content in ["", "{}", r#"{"schemaVersion":2,"config":{},"layers":[{"digest":5}]}"#] {
                if let Ok(reply) = registry(&world, PROD_HOST, &format!("{method} {path}"), &headers, content).await {
                    assert!(reply.status.as_u16() < 500, "{method} {path}: {}", reply.status);
                }
            }
        }
    }
}
