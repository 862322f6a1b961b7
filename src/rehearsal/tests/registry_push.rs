//! Pushing to registries over the wire: blobs first, then the manifest.

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, PROD_HOST, basic, ok, release, release_and};
use crate::rehearsal::digest::sha256;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux"}"#;

fn manifest() -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": sha256(CONFIG.as_bytes()),
            "size": CONFIG.len(),
        },
        "layers": [],
    })
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn a_blob_is_uploaded_at_once_or_in_parts_and_must_be_what_it_says() {
    let world = release();
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let digest = sha256(CONFIG.as_bytes());

    let mount = format!("POST shop/blobs/uploads/?mount={digest}&from=other");
    assert_eq!(client.ask(&mount).await.status, StatusCode::ACCEPTED, "nothing is mounted");

    let location = client.upload("shop").await;
    let finish = format!("PUT {location}?digest={digest}");
    let wrong = client.send(&finish, &[], "something else").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.json()["errors"][0]["code"], "DIGEST_INVALID");

    let location = client.upload("shop").await;
    let (one, two) = CONFIG.split_at(10);
    let patch = client.send(&format!("PATCH {location}"), &[], one).await;
    assert_eq!((patch.status, patch.header("range")), (StatusCode::CREATED, Some("0-0")));
    let finish = format!("PUT {location}?digest={}", digest.replace(':', "%3A"));
    let done = client.send(&finish, &[], two).await;
    assert_eq!(done.status, StatusCode::CREATED);
    assert_eq!(done.header("docker-content-digest"), Some(digest.as_str()));
    assert_eq!(client.ask(&format!("GET shop/blobs/{digest}")).await.body, CONFIG);

    let again = client.send(&finish, &[], two).await;
    assert_eq!(again.json()["errors"][0]["code"], "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test(start_paused = true)]
async fn a_manifest_is_taken_when_its_blobs_are_there() {
    let world = release();
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let put = async |reference: &str, content: String| {
        let request = format!("PUT shop/manifests/{reference}");
        client.send(&request, &[("content-type", MANIFEST)], content).await
    };
    let code = |reply: &super::support::Response| reply.json()["errors"][0]["code"].clone();

    let early = put("new", manifest()).await;
    assert_eq!((early.status, code(&early)), (StatusCode::NOT_FOUND, json!("MANIFEST_BLOB_UNKNOWN")));
    let location = client.upload("shop").await;
    let digest = sha256(CONFIG.as_bytes());
    client.send(&format!("PUT {location}?digest={digest}"), &[], CONFIG).await;

    let by_tag = put("new", manifest()).await;
    assert_eq!(by_tag.status, StatusCode::CREATED);
    assert!(by_tag.header("location").is_some());
    let digest = sha256(manifest().as_bytes());
    let by_digest = put(&digest, manifest()).await;
    assert_eq!((by_digest.status, by_digest.header("location")), (StatusCode::CREATED, None));
    assert_eq!(by_digest.header("docker-content-digest"), Some(digest.as_str()));

    let other_digest = put(&sha256(b"other"), manifest()).await;
    assert_eq!(code(&other_digest), json!("DIGEST_INVALID"));
    let nonsense = put("new", "nonsense".to_owned()).await;
    assert_eq!(code(&nonsense), json!("MANIFEST_INVALID"));

    let request = json!({ "repositoryName": "shop", "imageIds": [{ "imageTag": "new" }] });
    let images = ok(&world, "prod", "ecr:DescribeImages", request).await;
    assert_eq!(images["imageDetails"][0]["imageDigest"], digest.as_str());
}

#[tokio::test(start_paused = true)]
async fn an_index_is_taken_when_its_manifests_are_there() {
    let world = release();
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let media_type = "application/vnd.oci.image.index.v1+json";
    let there = client.ask("HEAD shop/manifests/20261105-1.4.1").await;
    let there = there.header("docker-content-digest").expect("a digest").to_owned();
    let put = async |child: &str| {
        let child = json!({ "mediaType": MANIFEST, "digest": child, "size": 1 });
        let index = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": [child] });
        let headers = [("content-type", media_type)];
        client.send("PUT shop/manifests/all", &headers, index.to_string()).await.status
    };
    assert_eq!(put(&sha256(b"missing")).await, StatusCode::NOT_FOUND);
    assert_eq!(put(&there).await, StatusCode::CREATED);
}

#[tokio::test(start_paused = true)]
async fn an_immutable_tag_stays_even_for_the_same_digest() {
    let world = release_and(
        "[[repositories]]\naccount = \"prod\"\nname = \"fixed\"\nimmutable = true\n\
         [[repositories.images]]\ntags = [\"1\"]\nlayers = [\"world/app\"]",
    );
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    let manifest = client.ask("GET fixed/manifests/1").await.body;
    let headers = [("content-type", MANIFEST)];
    let refused = client.send("PUT fixed/manifests/1", &headers, manifest.clone()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let error: Value = refused.json()["errors"][0].clone();
    assert_eq!(error["code"], "TAG_INVALID");
    assert_eq!(
        error["message"],
        "tag invalid: The image tag '1' already exists in the 'fixed' repository and cannot be \
         overwritten because the repository is immutable."
    );
    let other = client.send("PUT fixed/manifests/2", &headers, manifest).await;
    assert_eq!(other.status, StatusCode::CREATED);
}

#[tokio::test(start_paused = true)]
async fn other_registries_have_passwords_and_make_repositories_on_push() {
    let host = "r.example.com:5000";
    let world = release_and(&format!("[[registries]]\nhost = \"{host}\"\nusername = \"u\"\npassword = \"p\""));
    let client = Client { world: &world, host, authorization: basic("u", "p") };
    let missing = client.ask("GET new/tags/list").await;
    assert_eq!(missing.json()["errors"][0]["code"], "NAME_UNKNOWN");
    let location = client.upload("new").await;
    let patch = client.send(&format!("PATCH {location}"), &[], "abc").await;
    assert_eq!((patch.status, patch.header("range")), (StatusCode::ACCEPTED, Some("0-2")));
    let stranger = Client { world: &world, host, authorization: basic("u", "q") };
    assert_eq!(stranger.ask("GET /v2/").await.status, StatusCode::UNAUTHORIZED);
}
