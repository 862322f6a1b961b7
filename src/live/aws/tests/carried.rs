//! Services without an SDK crate: what leaves is theirs in every part, and what comes back is read like AWS's own.

use super::world::{Back, World, no, ok};
use crate::effects::fault::FaultKind;
use crate::live::aws::Service;
use serde_json::json;

/// What a signature is for: `SERVICE` of `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn scope(sent: &super::world::Sent) -> String {
    let authorization = sent.headers["authorization"].to_str().expect("ASCII");
    let credential = authorization.split("Credential=").nth(1).expect("a credential");
    credential.split(',').next().expect("a scope").splitn(3, '/').nth(2).expect("a Region").to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_request_goes_to_its_own_host_and_is_signed_for_its_own_name() {
    let rows = [
        (Service::SecretsManager, "secretsmanager", "secretsmanager.GetIt"),
        (Service::Ssm, "ssm", "AmazonSSM.GetIt"),
        (Service::Logs, "logs", "Logs_20140328.GetIt"),
        (Service::CodeDeploy, "codedeploy", "CodeDeploy_20141006.GetIt"),
        (Service::ApplicationAutoScaling, "application-autoscaling", "AnyScaleFrontendService.GetIt"),
    ];
    for (service, name, target) in rows {
        let world = World::answering([ok(json!({ "Unknown": { "to": "every model" } }))]);
        let document = json!({ "B": 1, "A": [null, 2.50] });
        let answer = world.aws([]).ask("prod", service, "GetIt", &document, "it").await.expect("an answer");
        assert_eq!(answer, json!({ "Unknown": { "to": "every model" } }));
        let [sent] = world.sent().try_into().expect("one request");
        assert_eq!(sent.uri, format!("https://{name}.ap-northeast-1.amazonaws.com/"));
        assert_eq!(scope(&sent), format!("ap-northeast-1/{name}/aws4_request"));
        assert_eq!(sent.headers["x-amz-target"], target);
        assert_eq!(sent.headers["content-type"], "application/x-amz-json-1.1");
        assert_eq!(sent.json(), document);
        assert!(sent.headers["authorization"].to_str().expect("ASCII").contains("x-amz-target"), "it is signed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_query_protocol_sends_a_form_and_reads_xml() {
    let xml = "<DescribeIt2Response><DescribeIt2Result/></DescribeIt2Response>";
    let world = World::answering([
        Back::Answer(400, b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>".to_vec()),
        ok(
            "<DescribeItResponse><DescribeItResult><Ports><member>80</member></Ports></DescribeItResult></DescribeItResponse>",
        ),
        ok(xml),
    ]);
    let aws = world.aws([]);
    let document = json!({ "Names": ["a"] });
    let ask = || aws.ask("prod", Service::LoadBalancing, "DescribeIt", &document, "it");
    let answer = ask().await.expect("an answer");
    assert_eq!(answer, json!({ "Ports": ["80"] }));
    let sent = world.sent();
    assert_eq!(world.times(), [0, 1000], "throttling is seen in XML too");
    assert_eq!(sent[1].body, b"Action=DescribeIt&Version=2015-12-01&Names.member.1=a");
    assert_eq!(sent[1].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(sent[1].uri, "https://elasticloadbalancing.ap-northeast-1.amazonaws.com/");
    assert_eq!(scope(&sent[1]), "ap-northeast-1/elasticloadbalancing/aws4_request");

    let fault = ask().await.expect_err("that is another answer");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"));
    assert_eq!(
        fault.message,
        "elasticloadbalancing:DescribeIt of it (session `prod`, ap-northeast-1): the answer cannot be understood: it is \
         a <DescribeIt2Response>, not a <DescribeItResponse>"
    );
    assert_eq!(world.sent().len(), 3, "a whole answer is not asked for again");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_code_of_the_service() {
    let missing =
        "<ErrorResponse><Error><Code>TargetGroupNotFound</Code><Message>gone</Message></Error></ErrorResponse>";
    let rows = [
        (Service::SecretsManager, no(400, "ResourceNotFoundException", "gone"), "ResourceNotFoundException"),
        (Service::Ssm, no(400, "com.amazonaws.ssm#ParameterNotFound", ""), "ParameterNotFound"),
        (Service::LoadBalancing, Back::Answer(400, missing.as_bytes().to_vec()), "TargetGroupNotFound"),
    ];
    for (service, back, code) in rows {
        let world = World::answering([back]);
        let fault = world.aws([]).ask("prod", service, "GetIt", &json!({}), "it").await.expect_err("a refusal");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, code));
        assert_eq!(world.sent().len(), 1);
    }
    let world = World::answering([no(400, "AccessDeniedException", "not you")]);
    let fault = world.aws([]).ask("prod", Service::Logs, "GetLogEvents", &json!({}), "it").await.expect_err("denied");
    assert_eq!(fault.hint.as_deref(), Some("allow the role of session `prod` the IAM action logs:GetLogEvents"));
}

#[tokio::test(start_paused = true)]
async fn no_answer_at_all_is_an_empty_document_and_a_page_is_a_refusal() {
    let world = World::answering([ok(""), ok("<html>hello</html>"), ok("[]")]);
    let aws = world.aws([]);
    let document = json!({});
    let ask = || aws.ask("prod", Service::Logs, "PutIt", &document, "it");
    assert_eq!(ask().await.expect("nothing to say"), json!({}));
    for _ in 0..2 {
        let fault = ask().await.expect_err("no document");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "BadAnswer"));
    }
}
