//! What of a service's auto scaling is suspended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `SuspendedState` of Application Auto Scaling, member by member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SuspendedState {
    /// Whether policies may take no tasks away.
    pub dynamic_scaling_in_suspended: bool,
    /// Whether policies may add no tasks.
    pub dynamic_scaling_out_suspended: bool,
    /// Whether scheduled actions do nothing.
    pub scheduled_scaling_suspended: bool,
}

impl SuspendedState {
    /// All of it.
    pub const ALL: Self = Self {
        dynamic_scaling_in_suspended: true,
        dynamic_scaling_out_suspended: true,
        scheduled_scaling_suspended: true,
    };

    /// That of a described scalable target; an absent member means that nothing is suspended.
    pub fn of(target: &Value) -> Self {
        let is =
            |member: &str| target.get("SuspendedState").and_then(|state| state.get(member)) == Some(&Value::Bool(true));
        Self {
            dynamic_scaling_in_suspended: is("DynamicScalingInSuspended"),
            dynamic_scaling_out_suspended: is("DynamicScalingOutSuspended"),
            scheduled_scaling_suspended: is("ScheduledScalingSuspended"),
        }
    }
}

/// The name by which Application Auto Scaling knows an ECS service: `service/CLUSTER/SERVICE`, of names or ARNs.
pub fn resource(cluster: &str, service: &str) -> String {
    let name = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    format!("service/{}/{}", name(cluster), name(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_state_is_read_and_written_in_the_words_of_aws() {
        let members = json!({ "DynamicScalingInSuspended": true, "DynamicScalingOutSuspended": false,
            "ScheduledScalingSuspended": true });
        let read = SuspendedState::of(&json!({ "ResourceId": "service/prod/web", "SuspendedState": members }));
        assert_eq!(serde_json::to_value(read).expect("it serializes"), members);
        assert_eq!(SuspendedState::of(&json!({})), SuspendedState::default());
        assert_eq!(SuspendedState::of(&json!({ "SuspendedState": "?" })), SuspendedState::default());
    }

    #[test]
    fn a_service_is_named_by_names_also_where_its_cluster_is_an_arn() {
        let arn = "arn:aws:ecs:eu-central-1:222222222222:cluster/prod";
        assert_eq!(resource(arn, "web"), "service/prod/web");
        assert_eq!(resource("prod", "web"), "service/prod/web");
    }
}
