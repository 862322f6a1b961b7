//! Repositories, images and tokens in moto.

use crate::stage::{aws, stage};
use base64::Engine;
use gantry::effects::fault::FaultKind;
use serde_json::json;

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_repository_is_created_described_and_has_images() {
    let (aws, _) = aws([]);
    let document = json!({ "repositoryName": "team/shop", "imageTagMutability": "IMMUTABLE" });
    let created = aws.create_repository("default", &document).await.expect("it is created");
    assert_eq!(created["repositoryName"], "team/shop");
    let described = aws.describe_repository("default", "team/shop").await.expect("it is there");
    assert_eq!(described["repositoryArn"], created["repositoryArn"]);
    assert_eq!(described["imageTagMutability"], "IMMUTABLE");
    let again = aws.create_repository("default", &document).await.expect_err("it is there already");
    assert_eq!((again.kind, again.code.as_str()), (FaultKind::Refused, "RepositoryAlreadyExistsException"));
    assert!(!again.in_doubt && !again.retryable);

    let manifest = json!({ "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": { "mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:0" },
        "layers": [] });
    let image = json!({ "repositoryName": "team/shop", "imageTag": "1.4.2", "imageManifest": manifest.to_string() });
    stage("ecr", "AmazonEC2ContainerRegistry_V20150921.PutImage", image).await;
    let images = aws.describe_images("default", "team/shop", &[]).await.expect("one image");
    assert_eq!(images["imageDetails"][0]["imageTags"], json!(["1.4.2"]));
    let one = aws.describe_images("default", "team/shop", &[json!({ "imageTag": "1.4.2" })]).await.expect("that one");
    assert_eq!(one, images);
    let fault = aws.describe_images("default", "team/shop", &[json!({ "imageTag": "9" })]).await.expect_err("no such");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ImageNotFoundException"));
}

#[tokio::test]
#[ignore = "run by against_moto"]
async fn a_token_serves_though_motos_expiry_is_long_past() {
    let (aws, wire) = aws([]);
    for _ in 0..2 {
        let token = aws.registry_token("default", None, None, false).await.expect("a token");
        assert_eq!((token.username.as_str(), token.password.reveal()), ("AWS", "123456789012-auth-token"));
        assert!(token.expires_at < 1_500_000_000, "it claims to have expired in 2015");
    }
    assert_eq!(wire.sent("GetAuthorizationToken").len(), 2, "an expired one is not kept");
    let other = aws.registry_token("default", Some("222222222222"), None, false).await.expect("of another account");
    assert_eq!(other.password.reveal(), "222222222222-auth-token");
    let shown = base64::engine::general_purpose::STANDARD.encode("AWS:");
    assert!(!format!("{other:?}").contains("auth-token") && !format!("{other:?}").contains(&shown));
}
