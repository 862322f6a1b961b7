//! Target groups over the query protocol: tasks come in, become healthy, and drain.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::support::{body, ok, parse, release_text, send, signed};
use crate::rehearsal::Rehearsal;

async fn ask(world: &Rehearsal, form: &str) -> (StatusCode, String) {
    let region = "ap-northeast-1";
    let request = http::Request::post(format!("https://elasticloadbalancing.{region}.amazonaws.com/"))
        .header("authorization", signed(world, "prod", &format!("{region}/elasticloadbalancing")))
        .body(body(format!("{form}&Version=2015-12-01")))
        .expect("a request");
    let answer = send(world, request).await.expect("an answer");
    (answer.status, String::from_utf8(answer.body.to_vec()).expect("text"))
}

/// The texts of every element of a name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0.to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn targets_come_become_healthy_and_drain_for_as_long_as_the_world_says() {
    let text = release_text().replace("port = 8080 }", "port = 8080, deregistration_delay = \"60s\" }");
    let world = Rehearsal::new(parse(&text).expect("a world"));
    let (status, groups) = ask(&world, "Action=DescribeTargetGroups&Names.member.1=web").await;
    assert_eq!(status, StatusCode::OK);
    let [arn] = texts(&groups, "TargetGroupArn").try_into().expect("one group");
    let described = ok(&world, "prod", "ecs:DescribeServices", json!({ "cluster": "prod", "services": ["web"] })).await;
    assert_eq!(described["services"][0]["loadBalancers"][0]["targetGroupArn"], json!(arn));
    let told = async |seconds: u64| {
        sleep(Duration::from_secs(seconds)).await;
        let arn = arn.replace(':', "%3A").replace('/', "%2F");
        let (status, health) = ask(&world, &format!("Action=DescribeTargetHealth&TargetGroupArn={arn}")).await;
        assert_eq!(status, StatusCode::OK, "{health}");
        texts(&health, "State")
    };
    assert_eq!(told(0).await, ["healthy", "healthy"]);
    let update = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    ok(&world, "prod", "ecs:UpdateService", update).await;
    assert_eq!(told(5).await, ["healthy", "healthy"]);
    assert_eq!(told(8).await, ["healthy", "healthy", "initial", "initial"]);
    assert_eq!(told(20).await, ["draining", "draining", "healthy", "healthy"]);
    // the tasks have stopped, their targets drain on
    let tasks = ok(&world, "prod", "ecs:ListTasks", json!({ "cluster": "prod", "desiredStatus": "STOPPED" })).await;
    let tasks = ok(&world, "prod", "ecs:DescribeTasks", json!({ "cluster": "prod", "tasks": tasks["taskArns"] })).await;
    assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(2));
    sleep(Duration::from_secs(25)).await;
    assert_eq!(told(0).await, ["draining", "draining", "healthy", "healthy"]);
    assert_eq!(told(60).await, ["healthy", "healthy"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_an_error_in_xml() {
    let world = Rehearsal::new(
        parse(&format!(
            "{}\n[[faults]]\non = \"elasticloadbalancing:DescribeTargetHealth\"\nskip = 1\nthen = \"access_denied\"\n",
            release_text()
        ))
        .expect("a world"),
    );
    let missing = "Action=DescribeTargetHealth&TargetGroupArn=none";
    let (status, error) = ask(&world, missing).await;
    assert_eq!((status, texts(&error, "Code")), (StatusCode::BAD_REQUEST, vec!["TargetGroupNotFound".to_owned()]));
    let (status, error) = ask(&world, missing).await;
    assert_eq!((status, texts(&error, "Code")), (StatusCode::FORBIDDEN, vec!["AccessDenied".to_owned()]));
    let (_, error) = ask(&world, "Action=DescribeTargetGroups&Names.member.1=none").await;
    assert_eq!(texts(&error, "Code"), ["TargetGroupNotFound"]);
    let (_, error) = ask(&world, "Action=DeleteTargetGroup").await;
    assert_eq!(texts(&error, "Code"), ["InvalidAction"]);
}
