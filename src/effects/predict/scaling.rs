//! What is foreseen of auto scaling.

use super::{Prediction, known, read};
use crate::effects::call::{Call, ScalingCall};
use crate::effects::overlay::Overlay;
use crate::effects::reply::Reply;
use serde_json::json;

/// The prediction of `one`, which is `call`.
pub fn predict(one: &ScalingCall, call: &Call, planned: &Overlay) -> Prediction {
    match one {
        ScalingCall::DescribeScalableTarget { .. } => read(call, planned),
        ScalingCall::RegisterScalableTarget { session, resource, .. } => {
            // its ARN does not change by being suspended
            let arn = planned.scalable_target(session, resource).and_then(|target| target.get("ScalableTargetARN"));
            known(Reply::Document(arn.map_or_else(|| json!({}), |arn| json!({ "ScalableTargetARN": arn }))))
        }
    }
}
