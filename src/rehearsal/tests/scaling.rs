//! Auto scaling: it changes desired counts at declared times, unless it is suspended.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::support::{ok, parse, refused, release_and, release_text};
use crate::rehearsal::Rehearsal;

const WORLD: &str = r#"
[[scalable_targets]]
account = "prod"
cluster = "prod"
service = "web"
min = 1
max = 4
suspended = ["scheduled"]
policies = ["cpu"]
scales = [{ after = "10m", desired = 9 }, { after = "20m", desired = 1 }]
"#;

fn about(more: &Value) -> Value {
    let mut request = json!({
        "ServiceNamespace": "ecs", "ResourceId": "service/prod/web", "ScalableDimension": "ecs:service:DesiredCount",
    });
    request.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    request
}

async fn target(world: &Rehearsal) -> Value {
    let request = json!({ "ServiceNamespace": "ecs", "ResourceIds": ["service/prod/web"] });
    let answer = ok(world, "prod", "application-autoscaling:DescribeScalableTargets", request).await;
    answer["ScalableTargets"][0].clone()
}

async fn desired(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "services": ["web"] });
    ok(world, "prod", "ecs:DescribeServices", request).await["services"][0]["desiredCount"].clone()
}

fn state(inward: bool, outward: bool, scheduled: bool) -> Value {
    json!({
        "DynamicScalingInSuspended": inward, "DynamicScalingOutSuspended": outward, "ScheduledScalingSuspended": scheduled,
    })
}

#[tokio::test(start_paused = true)]
async fn a_target_scales_its_service_within_its_limits() {
    let world = release_and(WORLD);
    let before = target(&world).await;
    assert_eq!((&before["MinCapacity"], &before["MaxCapacity"]), (&json!(1), &json!(4)));
    assert_eq!(before["SuspendedState"], state(false, false, true));
    assert_eq!(desired(&world).await, 2);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(desired(&world).await, 4);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(desired(&world).await, 1);
    let policies = json!({ "ServiceNamespace": "ecs", "ResourceId": "service/prod/web" });
    let policies = ok(&world, "prod", "application-autoscaling:DescribeScalingPolicies", policies).await;
    assert_eq!(policies["ScalingPolicies"][0]["PolicyName"], "cpu");
}

#[tokio::test(start_paused = true)]
async fn what_is_suspended_does_not_scale_and_the_rest_of_a_target_stays() {
    let world = release_and(WORLD);
    let before = target(&world).await;
    let register = "application-autoscaling:RegisterScalableTarget";
    let suspend = about(&json!({ "SuspendedState": state(true, true, true) }));
    let answer = ok(&world, "prod", register, suspend).await;
    assert_eq!(answer["ScalableTargetARN"], before["ScalableTargetARN"]);
    let suspended = target(&world).await;
    assert_eq!(suspended["SuspendedState"], state(true, true, true));
    assert_eq!((&suspended["MaxCapacity"], &suspended["RoleARN"]), (&before["MaxCapacity"], &before["RoleARN"]));
    sleep(Duration::from_mins(15)).await;
    assert_eq!(desired(&world).await, 2);
    let restore = about(&json!({ "SuspendedState": before["SuspendedState"] }));
    ok(&world, "prod", register, restore).await;
    assert_eq!(target(&world).await, before);
    sleep(Duration::from_mins(15)).await;
    assert_eq!(desired(&world).await, 1);
    let snapshot = world.snapshot();
    assert_eq!(
        snapshot["scaling"]["222222222222/ap-northeast-1"]["service/prod/web"]["suspended"],
        before["SuspendedState"]
    );
    assert_eq!(snapshot["writes"].as_array().map(Vec::len), Some(2));

    for (request, expected) in [
        (
            json!({ "ServiceNamespace": "ecs", "ResourceId": "service/prod/none", "ScalableDimension": "ecs:service:DesiredCount" }),
            "ValidationException: ECS service doesn't exist: service/prod/none",
        ),
        (
            about(&json!({ "MinCapacity": 5 })),
            "ValidationException: Maximum capacity cannot be less than minimum capacity",
        ),
        (
            about(&json!({ "ServiceNamespace": "rds" })),
            "ValidationException: This rehearsal knows the serviceNamespace ecs only.",
        ),
    ] {
        assert_eq!(refused(&world, "prod", register, request).await, expected);
    }
    let none = release_and("");
    assert_eq!(target(&none).await, Value::Null);
    let new = about(&json!({ "SuspendedState": state(true, true, true) }));
    assert!(refused(&none, "prod", register, new).await.contains("MinCapacity and MaxCapacity are required"));
}

#[test]
fn a_target_of_no_service_is_named() {
    for (from, to, expected) in [
        (
            "service = \"web\"\nmin",
            "service = \"none\"\nmin",
            ": scalable_targets[0].service: there is no service `none`",
        ),
        ("min = 1", "min = 5", ": scalable_targets[0].min: it is more than max"),
        ("\"10m\"", "\"soon\"", ": scalable_targets[0].scales[0].after: `soon`"),
    ] {
        let text = format!("{}\n{}", release_text(), WORLD.replace(from, to));
        let error = parse(&text).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\nhas not {expected}");
    }
}
