//! ECR's images: deleted, archived, and tags that stay unless they are excepted.

use serde_json::{Value, json};

use super::support::{Client, PROD_HOST, ok, refused, release, release_and};
use crate::rehearsal::Rehearsal;

async fn manifest(world: &Rehearsal, repository: &str, tag: &str) -> Value {
    let ids = json!({ "repositoryName": repository, "imageIds": [{ "imageTag": tag }] });
    ok(world, "prod", "ecr:BatchGetImage", ids).await["images"][0].clone()
}

async fn put(world: &Rehearsal, repository: &str, image: &Value, tag: &str) -> Value {
    let request = json!({
        "repositoryName": repository, "imageManifest": image["imageManifest"], "imageTag": tag,
        "imageManifestMediaType": image["imageManifestMediaType"],
    });
    ok(world, "prod", "ecr:PutImage", request).await
}

#[tokio::test(start_paused = true)]
async fn an_image_goes_with_its_last_tag_or_by_its_digest() {
    let world = release();
    let image = manifest(&world, "shop", "20261105-1.4.1").await;
    let digest = image["imageId"]["imageDigest"].clone();
    put(&world, "shop", &image, "stable").await;
    let delete = async |id: Value| {
        ok(&world, "prod", "ecr:BatchDeleteImage", json!({ "repositoryName": "shop", "imageIds": [id] })).await
    };
    let tags = || world.snapshot()["registries"][PROD_HOST]["shop"]["tags"].clone();
    let answer = delete(json!({ "imageTag": "stable" })).await;
    assert_eq!(answer, json!({ "imageIds": [{ "imageDigest": digest, "imageTag": "stable" }], "failures": [] }));
    assert_eq!(tags(), json!({ "20261105-1.4.1": digest }));
    for (id, code) in [
        (json!({ "imageTag": "stable" }), "ImageNotFound"),
        (json!({}), "MissingDigestAndTag"),
        (json!({ "imageDigest": "sha256:0", "imageTag": "20261105-1.4.1" }), "ImageTagDoesNotMatchDigest"),
    ] {
        let answer = delete(id.clone()).await;
        assert_eq!(
            (&answer["imageIds"], &answer["failures"][0]["failureCode"], &answer["failures"][0]["imageId"]),
            (&json!([]), &json!(code), &id)
        );
    }
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{ "mediaType": image["imageManifestMediaType"], "digest": digest, "size": 1 }],
    });
    let list = json!({ "imageManifest": index.to_string(), "imageManifestMediaType": index["mediaType"] });
    put(&world, "shop", &list, "all").await;
    let held = delete(json!({ "imageDigest": digest })).await;
    assert_eq!(held["failures"][0]["failureCode"], "ImageReferencedByManifestList");
    delete(json!({ "imageTag": "all" })).await;
    let answer = delete(json!({ "imageDigest": digest })).await;
    assert_eq!(answer["imageIds"], json!([{ "imageDigest": digest, "imageTag": "20261105-1.4.1" }]));
    assert_eq!(tags(), json!({}));
    let listed = ok(&world, "prod", "ecr:ListImages", json!({ "repositoryName": "shop" })).await;
    assert_eq!(listed["imageIds"], json!([]));
    let writes = world.snapshot()["writes"].clone();
    assert_eq!(
        writes.as_array().and_then(|all| all.last()).map(|last| (&last["operation"], &last["imageIds"])),
        Some((&json!("ecr:BatchDeleteImage"), &json!([{ "imageDigest": digest }])))
    );
}

#[tokio::test(start_paused = true)]
async fn tags_stay_or_move_as_the_exceptions_say() {
    let repository = |name: &str, more: &str| {
        format!(
            "[[repositories]]\naccount = \"prod\"\nname = \"{name}\"\n{more}\n[[repositories.images]]\ntags = [\"1\", \"dev-1\"]\n\
             layers = [\"world/app\"]\n[[repositories.images]]\ntags = [\"2\"]\nlayers = [\"world/app-1.4.1\"]\n"
        )
    };
    let world = release_and(
        &(repository("fixed", "immutable = true\nexcept = [\"dev-*\"]") + &repository("loose", "except = [\"dev-*\"]")),
    );
    let shown = ok(&world, "prod", "ecr:DescribeRepositories", json!({ "repositoryNames": ["fixed", "loose"] })).await;
    let modes: Vec<_> =
        shown["repositories"].as_array().expect("two").iter().map(|one| &one["imageTagMutability"]).collect();
    assert_eq!(modes, ["IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"]);
    let filters = json!([{ "filterType": "WILDCARD", "filter": "dev-*" }]);
    assert_eq!(shown["repositories"][0]["imageTagMutabilityExclusionFilters"], filters);
    for (name, moves, stays) in [("fixed", "dev-1", "1"), ("loose", "1", "dev-1")] {
        let other = manifest(&world, name, "2").await;
        put(&world, name, &other, moves).await;
        let request = json!({
            "repositoryName": name, "imageManifest": other["imageManifest"], "imageTag": stays,
            "imageManifestMediaType": other["imageManifestMediaType"],
        });
        let error = refused(&world, "prod", "ecr:PutImage", request).await;
        assert!(error.starts_with("ImageTagAlreadyExistsException: "), "{name}: {error}");
    }
    let create = |mode: &str, filters: &Value| {
        json!({
            "repositoryName": "new", "imageTagMutability": mode, "imageTagMutabilityExclusionFilters": filters,
        })
    };
    for (mode, filters) in
        [("IMMUTABLE", &filters), ("IMMUTABLE_WITH_EXCLUSION", &json!([])), ("SOMETIMES", &json!([]))]
    {
        let error = refused(&world, "prod", "ecr:CreateRepository", create(mode, filters)).await;
        assert!(error.starts_with("InvalidParameterException: "), "{mode}: {error}");
    }
    let created = ok(&world, "prod", "ecr:CreateRepository", create("MUTABLE_WITH_EXCLUSION", &filters)).await;
    assert_eq!(created["repository"]["imageTagMutabilityExclusionFilters"], filters);
}

#[tokio::test(start_paused = true)]
async fn an_archived_image_is_told_of_and_not_given() {
    let world = release_and(
        "[[repositories]]\naccount = \"prod\"\nname = \"old\"\n[[repositories.images]]\ntags = [\"1\"]\n\
         layers = [\"world/app\"]\narchived = true\n[[repositories.images]]\ntags = [\"2\"]\nlayers = [\"world/app-1.4.1\"]\n",
    );
    let statuses = async |more: Value| -> Vec<Value> {
        let mut request = json!({ "repositoryName": "old" });
        request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        let answer = ok(&world, "prod", "ecr:DescribeImages", request).await;
        let details = answer["imageDetails"].as_array().expect("details").iter();
        details.map(|detail| json!([detail["imageTags"][0], detail["imageStatus"]])).collect()
    };
    assert_eq!(statuses(json!({})).await, [json!(["2", "ACTIVE"])]);
    assert_eq!(statuses(json!({ "filter": { "imageStatus": "ARCHIVED" } })).await, [json!(["1", "ARCHIVED"])]);
    assert_eq!(statuses(json!({ "filter": { "imageStatus": "ANY" } })).await.len(), 2);
    assert_eq!(statuses(json!({ "imageIds": [{ "imageTag": "1" }] })).await, [json!(["1", "ARCHIVED"])]);
    let listed = ok(&world, "prod", "ecr:ListImages", json!({ "repositoryName": "old" })).await;
    assert_eq!(
        (listed["imageIds"].as_array().map(Vec::len), &listed["imageIds"][0]["imageTag"]),
        (Some(1), &json!("2"))
    );
    let got = json!({ "repositoryName": "old", "imageIds": [{ "imageTag": "1" }] });
    let got = ok(&world, "prod", "ecr:BatchGetImage", got).await;
    assert_eq!(got["failures"][0]["failureCode"], "ImageInaccessible");
    let client = Client::ecr(&world, "prod", PROD_HOST).await;
    assert_eq!(client.ask("HEAD old/manifests/1").await.status.as_u16(), 404);
    assert_eq!(client.ask("HEAD old/manifests/2").await.status.as_u16(), 200);
}
