//! Faults name the thing, say why and what to do.

use super::world::{Back, World, no, ok};
use crate::domain::image_reference::Reference;
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::aws::EcrRepository;
use serde_json::json;

async fn describe(back: Back) -> Fault {
    let aws = World::answering([back]).aws([]);
    aws.describe_services("prod", "main", &["web".to_owned()]).await.expect_err("a refusal")
}

#[tokio::test(start_paused = true)]
async fn a_missing_cluster_is_named_with_session_and_region() {
    let fault = describe(no(400, "ClusterNotFoundException", "Cluster not found.")).await;
    let expected = Fault::new(
        FaultKind::Missing,
        "ClusterNotFoundException",
        "ecs:DescribeServices of service `web` in cluster `main` (session `prod`, ap-northeast-1): \
         ClusterNotFoundException: Cluster not found.",
    );
    assert_eq!(fault, expected.hint("check the cluster's name, and that it lives in its account and ap-northeast-1"));
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_by_its_iam_action() {
    let fault = describe(no(400, "AccessDeniedException", "User: x is not authorized")).await;
    assert_eq!(fault.kind, FaultKind::Denied);
    assert_eq!(fault.hint.as_deref(), Some("allow the role of session `prod` the IAM action ecs:DescribeServices"));

    let passing = "User: x is not authorized to perform: iam:PassRole on resource: y";
    let aws = World::answering([no(400, "AccessDeniedException", passing)]).aws([]);
    let fault = aws.register_task_definition("prod", &json!({ "family": "web" }), &Events::nowhere()).await;
    let fault = fault.expect_err("a refusal");
    assert!(fault.hint.expect("a hint").contains("iam:PassRole"));
    assert!(!fault.in_doubt, "a refusal is definite");
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_ask_for_a_login() {
    for code in ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"] {
        let fault = describe(no(400, code, "The security token is no good")).await;
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, code));
        assert!(fault.hint.expect("a hint").starts_with("log in"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_repository_says_how_to_create_it() {
    let world = World::answering([no(400, "RepositoryNotFoundException", "not there"), ok(json!({}))]);
    let aws = world.aws([]);
    for _ in 0..2 {
        let fault = aws.describe_repository("prod", "shop").await.expect_err("it is not there");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "RepositoryNotFoundException"));
        let hint = fault.hint.expect("a hint");
        assert!(hint.contains("aws ecr create-repository --region ap-northeast-1 --repository-name shop"), "{hint}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_for_an_image_that_is_not_whole_says_how_to_bring_it() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let rows = [
        ("LayersNotFoundException", "does not have all layers of this image", "`image::copy` brings the image"),
        ("ReferencedImagesNotFoundException", "does not have all images that this index names", "with `platforms`"),
    ];
    for (code, why, what) in rows {
        let id = json!({ "imageDigest": digest, "imageTag": "1" });
        let image = json!({ "imageId": id, "imageManifest": "{}", "imageManifestMediaType": "m" });
        let aws =
            World::answering([ok(json!({ "images": [image], "failures": [] })), no(400, code, "not found")]).aws([]);
        let [from, to] = ["1", "2"].map(|tag| Reference::parse(&format!("r.example/shop:{tag}")).expect("a reference"));
        let place = EcrRepository { session: "prod", account: "2".repeat(12), name: "shop" };
        let fault = aws.retag(place, &from, &to, false).await.expect_err("it is not whole");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, code));
        assert!(fault.message.contains("tag `r.example/shop:2`"), "{fault}");
        assert!(fault.hint.is_some_and(|hint| hint.contains(why) && hint.contains(what)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_task_definition_is_missing_though_aws_has_no_code_for_it() {
    let aws = World::answering([no(400, "ClientException", "Unable to describe task definition.")]).aws([]);
    let fault = aws.describe_task_definition("prod", "web:9").await.expect_err("it is not there");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ClientException"));
    assert!(fault.hint.expect("a hint").contains("--family-prefix web`"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_json_object_is_a_refusal_and_no_panic() {
    for body in ["", "<html>hello</html>", "[1]", "{\"services\":", "\u{0}"] {
        let fault = describe(ok(body)).await;
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"), "{body:?}");
        assert!(!fault.in_doubt);
    }
    let world = World::answering([ok("<html>hello</html>")]);
    let fault = world.aws([]).update_service("prod", &json!({ "service": "web" }), &Events::nowhere()).await;
    let fault = fault.expect_err("no JSON");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"));
    assert!(fault.in_doubt, "AWS said yes to something");
    assert_eq!(world.sent().len(), 1, "a write is not sent again for it");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_proxy_is_quoted_in_short() {
    let page = format!("<html>\n<body>Forbidden by proxy {}</body></html>", "x".repeat(1000));
    let fault = describe(Back::Answer(403, page.into_bytes())).await;
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "Http403"));
    assert!(fault.message.contains("<html> <body>Forbidden by proxy xxx"), "{}", fault.message);
    assert!(fault.message.len() < 400, "{}", fault.message.len());
}
