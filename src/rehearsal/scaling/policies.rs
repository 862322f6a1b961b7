//! `DescribeScalingPolicies`: target tracking policies on a service's CPU, by name.

use serde_json::{Value, json};

use super::operations::{DIMENSION, check, page};
use super::targets::Scaling;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::identifier;

/// Answers `DescribeScalingPolicies`.
pub fn describe(scaling: &Scaling, place: Whereabouts<'_>, body: &Value) -> Result<Value, AwsError> {
    check(body)?;
    let wanted = body.get("ResourceId").and_then(Value::as_str);
    let named = body.get("PolicyNames").and_then(Value::as_array);
    let mut policies = Vec::new();
    for (resource, target) in scaling.targets.iter().filter(|(resource, _)| wanted.is_none_or(|one| one == *resource)) {
        for name in &target.policies {
            if named.is_some_and(|named| !named.is_empty() && !named.iter().any(|one| one == name)) {
                continue;
            }
            let id = identifier::uuid(&["scaling-policy", &target.arn, name]);
            policies.push(json!({
                "PolicyARN": place.arn("autoscaling", &format!("scalingPolicy:{id}:resource/ecs/{resource}:policyName/{name}")),
                "PolicyName": name,
                "ServiceNamespace": "ecs",
                "ResourceId": resource,
                "ScalableDimension": DIMENSION,
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 60.0,
                    "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
                },
                "Alarms": [],
                "CreationTime": target.created.epoch_seconds(),
            }));
        }
    }
    page(body, "ScalingPolicies", &policies)
}
