//! Pulling from registries over the wire, and ECR's own ways to refuse.

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, PROD_HOST, TEST_HOST, basic, login, registry, release};
use crate::rehearsal::digest::sha256;

#[tokio::test(start_paused = true)]
async fn a_manifest_is_its_exact_bytes_by_tag_and_by_digest() {
    let world = release();
    let client = Client::ecr(&world, "test", TEST_HOST).await;
    assert_eq!(client.ask("GET /v2/").await.status, StatusCode::OK);
    let head = client.ask("HEAD shop/manifests/1.4.2").await;
    let manifest = client.ask("GET shop/manifests/1.4.2").await;
    let digest = sha256(&manifest.body);
    assert_eq!((head.status, manifest.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(head.headers, manifest.headers);
    assert!(head.body.is_empty());
    assert_eq!(manifest.header("docker-content-digest"), Some(digest.as_str()));
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    assert_eq!(manifest.header("content-type"), Some(media_type));
    assert_eq!(client.ask(&format!("GET shop/manifests/{digest}")).await, manifest);
    let tags = client.ask("GET shop/tags/list").await;
    assert_eq!(tags.json(), json!({ "name": "shop", "tags": ["1.4.2"] }));
}

#[tokio::test(start_paused = true)]
async fn blobs_are_there_whole_and_in_part() {
    let world = release();
    let client = Client::ecr(&world, "test", TEST_HOST).await;
    let manifest = client.ask("GET shop/manifests/1.4.2").await.json();
    let descriptors = manifest["layers"].as_array().expect("layers");
    assert_eq!(descriptors.len(), 3);
    for descriptor in descriptors.iter().chain([&manifest["config"]]) {
        let digest = descriptor["digest"].as_str().expect("a digest");
        let size = descriptor["size"].to_string();
        let blob = client.ask(&format!("GET shop/blobs/{digest}")).await;
        assert_eq!(sha256(&blob.body), digest);
        assert_eq!(blob.header("content-length"), Some(size.as_str()));
        let head = client.ask(&format!("HEAD shop/blobs/{digest}")).await;
        assert_eq!((head.status, head.headers), (StatusCode::OK, blob.headers));
        let request = format!("GET shop/blobs/{digest}");
        let rest = client.send(&request, &[("range", "bytes=10-")], "").await;
        assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(rest.body, blob.body.slice(10..));
        let range = format!("bytes 10-{}/{size}", blob.body.len() - 1);
        assert_eq!(rest.header("content-range"), Some(range.as_str()));
        let beyond = client.send(&request, &[("range", "bytes=999999999-")], "").await;
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    }
    let digest = manifest["config"]["digest"].as_str().expect("a digest");
    let config = client.ask(&format!("GET shop/blobs/{digest}")).await.json();
    assert_eq!(config["config"]["Entrypoint"], json!(["/app/start"]));
    assert_eq!(config["config"]["Env"], json!(["APP_ENV=test", "PATH=/bin:/app"]));
    assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(start_paused = true)]
async fn images_with_equal_layers_share_blobs_between_accounts() {
    let world = release();
    let mut layers: Vec<Vec<Value>> = Vec::new();
    for (session, host, tag) in [("test", TEST_HOST, "1.4.2"), ("prod", PROD_HOST, "20261105-1.4.1")] {
        let client = Client::ecr(&world, session, host).await;
        let manifest = client.ask(&format!("GET shop/manifests/{tag}")).await.json();
        layers.push(manifest["layers"].as_array().expect("layers").clone());
    }
    assert_eq!(layers[0][..2], layers[1][..2]);
    assert_ne!(layers[0][2], layers[1][2]);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_is_challenged() {
    let world = release();
    let of_another_account = login(&world, "test").await;
    for authorization in ["", &of_another_account, "Bearer x", &basic("AWS", "guess")] {
        let headers = [("authorization", authorization)];
        let reply = registry(&world, PROD_HOST, "GET /v2/", &headers, "").await;
        let reply = reply.expect("an answer");
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{authorization}");
        let challenge = format!("Basic realm=\"https://{PROD_HOST}/\",service=\"ecr.amazonaws.com\"");
        assert_eq!(reply.header("www-authenticate"), Some(challenge.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_said_or_hung_up_on() {
    let world = release();
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let zero = format!("sha256:{}", "0".repeat(64));
    for (request, code) in [
        ("GET shop/manifests/none".to_owned(), "MANIFEST_UNKNOWN"),
        (format!("GET shop/manifests/{zero}"), "MANIFEST_UNKNOWN"),
        (format!("GET shop/blobs/{zero}"), "BLOB_UNKNOWN"),
    ] {
        let reply = client.ask(&request).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{request}");
        assert_eq!(reply.json()["errors"][0]["code"], code, "{request}");
    }
    let unsupported = client.ask("DELETE shop/manifests/none").await;
    assert_eq!(unsupported.status, StatusCode::METHOD_NOT_ALLOWED);

    let headers = [("authorization", client.authorization.as_str())];
    let lost = registry(&world, PROD_HOST, "GET ghost/manifests/1", &headers, "").await;
    let lost = lost.expect_err("the connection is dropped").to_string();
    assert!(lost.contains("EOF (repository ghost)"), "{lost}");
    let lost = registry(&world, "ghcr.io", "GET /v2/", &headers, "").await;
    let lost = lost.expect_err("no such host").to_string();
    assert!(lost.contains("no such host in this world: ghcr.io"), "{lost}");
}
