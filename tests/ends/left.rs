//! What a world is left in, in a line: what runs, the deployment that was last, and what else is not as it was.

use serde_json::Value;

/// How auto scaling stands at first: the way in is suspended.
const SCALING: [bool; 3] = [true, false, false];

/// `PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL`, and what is not as it was.
pub fn left(world: &Value) -> String {
    let service = &world["ecs"][0]["clusters"][0]["services"][0];
    let listed = |key: &str| service[key].as_array().cloned().unwrap_or_default();
    let mut parts = Vec::new();
    for one in listed("deployments") {
        let state = one["rolloutState"].as_str().unwrap_or_default();
        parts.push(counted(&one, "desiredCount") + " " + state);
    }
    parts.extend(listed("taskSets").iter().map(|one| counted(one, "computedDesiredCount")));
    let last = listed("serviceDeployments").pop();
    parts.extend(last.map(|last| format!("last {} {}", short(&last["taskDefinition"]), text(&last["status"]))));
    if service["status"] != "ACTIVE" {
        parts.push(format!("service {}", text(&service["status"])));
    }
    if service["desiredCount"] != 2 {
        parts.push(format!("desired {}", service["desiredCount"]));
    }
    if service["tags"] != serde_json::json!([{ "key": "team", "value": "shop" }]) {
        parts.push(format!("tags {}", service["tags"]));
    }
    let target = &world["scaling"]["222222222222/ap-northeast-1"]["service/prod/web"]["suspended"];
    let suspended = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
    if suspended.map(|name| target[name] == true) != SCALING {
        parts.push("SCALING SUSPENDED".to_owned());
    }
    let host = &world["registries"]["222222222222.dkr.ecr.ap-northeast-1.amazonaws.com"];
    let tags: Vec<_> = host["shop"]["tags"].as_object().into_iter().flatten().map(|(tag, _)| tag.as_str()).collect();
    if tags != ["7", "8"] {
        parts.push(format!("images {tags:?}"));
    }
    parts.join("; ")
}

fn counted(one: &Value, desired: &str) -> String {
    let (status, name) = (text(&one["status"]), short(&one["taskDefinition"]));
    format!("{status} {name} {}/{}", one["runningCount"], one[desired])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn short(arn: &Value) -> &str {
    text(arn).rsplit('/').next().unwrap_or_default()
}
