//! `DescribeTargetGroups`: those that services have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::operations::not_found;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::{Hosted, Realm, TargetGroup};
use crate::rehearsal::query::Form;

/// Target groups by ARN, with the services behind them.
pub fn groups(realm: &Realm) -> BTreeMap<&str, (&TargetGroup, Vec<&Hosted>)> {
    let mut groups = BTreeMap::new();
    for hosted in realm.clusters.values().flat_map(|cluster| cluster.services.values()) {
        if let Some(target) = &hosted.service.target {
            let (_, services): &mut (&TargetGroup, Vec<&Hosted>) =
                groups.entry(target.arn.as_str()).or_insert((target, Vec::new()));
            services.push(hosted);
        }
    }
    groups
}

/// `targetgroup/NAME/ID` of an ARN has the name in the middle.
fn name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or_default()
}

/// Answers `DescribeTargetGroups`: those named by ARN or by name, or all.
pub fn describe(realm: &Realm, form: &Form) -> Result<Value, AwsError> {
    let groups = groups(realm);
    let (arns, names) = (form.list("TargetGroupArns"), form.list("Names"));
    let missing = arns.iter().any(|arn| !groups.contains_key(arn))
        || names.iter().any(|wanted| !groups.keys().any(|arn| name(arn) == *wanted));
    if missing {
        return Err(not_found());
    }
    let all = arns.is_empty() && names.is_empty();
    let wanted = groups.iter().filter(|(arn, _)| all || arns.contains(arn) || names.contains(&name(arn)));
    let shown = wanted.map(|(arn, (group, services))| {
        let fargate = services.iter().any(|hosted| hosted.launch_type == "FARGATE");
        json!({
            "TargetGroupArn": arn,
            "TargetGroupName": name(arn),
            "Protocol": "HTTP",
            "Port": group.port,
            "VpcId": "vpc-0a000000000000001",
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": true,
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2,
            "HealthCheckPath": "/",
            "Matcher": { "HttpCode": "200" },
            "LoadBalancerArns": [],
            "TargetType": if fargate { "ip" } else { "instance" },
        })
    });
    Ok(json!({ "TargetGroups": shown.collect::<Vec<_>>() }))
}
