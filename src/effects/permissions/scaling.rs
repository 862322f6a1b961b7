//! What auto scaling needs.

use super::{Permission, one};
use crate::effects::call::ScalingCall;

/// What `call` needs. Describing knows no resources; a target's own ARN is made of an id that its service does not tell.
pub fn permissions(call: &ScalingCall) -> Vec<Permission> {
    match call {
        ScalingCall::DescribeScalableTarget { session, .. } => {
            one(session, "application-autoscaling:DescribeScalableTargets", "*".to_owned())
        }
        ScalingCall::RegisterScalableTarget { session, .. } => {
            let resource = "arn:aws:application-autoscaling:*:*:scalable-target/*".to_owned();
            one(session, "application-autoscaling:RegisterScalableTarget", resource)
        }
    }
}
