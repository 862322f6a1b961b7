//! ECR's API over the wire, over the same content that its registry serves.

use serde_json::json;

use super::support::{PROD_HOST, ok, refused, release, release_and};

#[tokio::test(start_paused = true)]
async fn a_token_says_whose_it_is_and_how_long_it_lasts() {
    let world = release();
    let reply = ok(&world, "prod", "ecr:GetAuthorizationToken", json!({})).await;
    let data = &reply["authorizationData"][0];
    assert_eq!(data["proxyEndpoint"], format!("https://{PROD_HOST}"));
    assert_eq!(data["expiresAt"], 1_795_107_600.02 + 43_200.0);
    let again = ok(&world, "prod", "ecr:GetAuthorizationToken", json!({})).await;
    assert_ne!(again["authorizationData"][0]["authorizationToken"], data["authorizationToken"]);
}

#[tokio::test(start_paused = true)]
async fn repositories_are_described_and_created() {
    let world = release();
    let found = ok(&world, "prod", "ecr:DescribeRepositories", json!({ "repositoryNames": ["shop"] })).await;
    let shop = &found["repositories"][0];
    assert_eq!(shop["repositoryUri"], format!("{PROD_HOST}/shop"));
    assert_eq!(shop["repositoryArn"], "arn:aws:ecr:ap-northeast-1:222222222222:repository/shop");
    assert_eq!(shop["imageTagMutability"], "MUTABLE");
    let table = [
        (
            "ecr:DescribeRepositories",
            json!({ "repositoryNames": ["x"] }),
            "RepositoryNotFoundException: The repository with name 'x' does not exist in the registry with id '222222222222'",
        ),
        (
            "ecr:CreateRepository",
            json!({ "repositoryName": "shop" }),
            "RepositoryAlreadyExistsException: The repository with name 'shop' already exists in the registry with id '222222222222'",
        ),
        (
            "ecr:DescribeImages",
            json!({ "repositoryName": "shop", "registryId": "9" }),
            "RepositoryNotFoundException: The repository with name 'shop' does not exist in the registry with id '9'",
        ),
        (
            "ecr:DescribeImages",
            json!({ "repositoryName": "shop", "imageIds": [{ "imageTag": "x" }] }),
            "ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'x'} does not exist within the repository with name 'shop' in the registry with id '222222222222'",
        ),
        (
            "ecr:DeleteRepository",
            json!({ "repositoryName": "shop" }),
            "UnknownOperationException: The requested operation is not recognized by the service.",
        ),
    ];
    for (operation, request, expected) in table {
        assert_eq!(refused(&world, "prod", operation, request).await, expected);
    }
    assert!(
        refused(&world, "prod", "ecr:CreateRepository", json!({ "repositoryName": "Shop" }))
            .await
            .starts_with("InvalidParameterException")
    );
    let created = ok(
        &world,
        "prod",
        "ecr:CreateRepository",
        json!({ "repositoryName": "team/new", "imageTagMutability": "IMMUTABLE" }),
    )
    .await;
    assert_eq!(created["repository"]["imageTagMutability"], "IMMUTABLE");
    let all = ok(&world, "prod", "ecr:DescribeRepositories", json!({})).await;
    assert_eq!(all["repositories"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_image_gets_another_tag_without_being_pulled() {
    let world = release();
    let shop = |more: serde_json::Value| {
        let mut request = json!({ "repositoryName": "shop" });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        request
    };
    let ids = json!({ "imageIds": [{ "imageTag": "20261105-1.4.1" }, { "imageTag": "none" }] });
    let got = ok(&world, "prod", "ecr:BatchGetImage", shop(ids)).await;
    assert_eq!(
        got["failures"],
        json!([{ "imageId": { "imageTag": "none" }, "failureCode": "ImageNotFound", "failureReason": "Requested image not found" }])
    );
    let image = &got["images"][0];
    let push = |tag: &str| {
        shop(
            json!({ "imageManifest": image["imageManifest"], "imageManifestMediaType": image["imageManifestMediaType"], "imageTag": tag }),
        )
    };
    let put = ok(&world, "prod", "ecr:PutImage", push("stable")).await;
    assert_eq!(
        put["image"]["imageId"],
        json!({ "imageDigest": image["imageId"]["imageDigest"], "imageTag": "stable" })
    );
    assert!(refused(&world, "prod", "ecr:PutImage", push("stable")).await.starts_with("ImageAlreadyExistsException"));
    let described =
        ok(&world, "prod", "ecr:DescribeImages", shop(json!({ "imageIds": [{ "imageTag": "stable" }] }))).await;
    let detail = &described["imageDetails"][0];
    assert_eq!(detail["imageTags"], json!(["20261105-1.4.1", "stable"]));
    assert!(detail["imageSizeInBytes"].as_u64().is_some_and(|size| size > 600_000));
    assert_eq!(detail["imagePushedAt"], json!(1_793_811_600.0));
    let listed = ok(&world, "prod", "ecr:ListImages", shop(json!({}))).await;
    assert_eq!(listed["imageIds"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_image_is_refused_for_missing_layers_or_a_tag_that_stays() {
    let world = release_and(
        "[[repositories]]\naccount = \"prod\"\nname = \"fixed\"\nimmutable = true\n[[repositories.images]]\ntags = [\"1\"]\nlayers = [\"world/app\"]\n[[repositories.images]]\ntags = [\"2\"]\nlayers = [\"world/app-1.4.1\"]",
    );
    let ids = json!({ "repositoryName": "fixed", "imageIds": [{ "imageTag": "1" }, { "imageTag": "2" }] });
    let got = ok(&world, "prod", "ecr:BatchGetImage", ids).await;
    let manifest = |index: usize| got["images"][index]["imageManifest"].clone();
    let elsewhere = json!({ "repositoryName": "shop", "imageManifest": manifest(0), "imageTag": "x" });
    assert!(
        refused(&world, "prod", "ecr:PutImage", elsewhere)
            .await
            .starts_with("LayersNotFoundException: The layers with digests '[sha256:")
    );
    let same = json!({ "repositoryName": "fixed", "imageManifest": manifest(0), "imageTag": "1" });
    assert!(refused(&world, "prod", "ecr:PutImage", same).await.starts_with("ImageAlreadyExistsException"));
    let other = json!({ "repositoryName": "fixed", "imageManifest": manifest(1), "imageTag": "1" });
    assert!(
        refused(&world, "prod", "ecr:PutImage", other)
            .await
            .starts_with("ImageTagAlreadyExistsException: The image tag '1' already exists in the 'fixed' repository")
    );
    let text = json!({ "repositoryName": "fixed", "imageManifest": "text", "imageTag": "3" });
    assert!(refused(&world, "prod", "ecr:PutImage", text).await.starts_with("InvalidParameterException"));
}
