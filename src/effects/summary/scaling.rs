//! Auto scaling in a few words.

use crate::effects::call::ScalingCall;

/// What a call asks for.
pub fn asked(call: &ScalingCall) -> String {
    let name = |resource: &str| resource.strip_prefix("service/").unwrap_or(resource).to_owned();
    match call {
        ScalingCall::DescribeScalableTarget { resource, .. } => format!("describe auto scaling of {}", name(resource)),
        ScalingCall::RegisterScalableTarget { resource, before: Some(_), .. } => {
            format!("suspend auto scaling of {}", name(resource))
        }
        ScalingCall::RegisterScalableTarget { resource, before: None, .. } => {
            format!("restore auto scaling of {}", name(resource))
        }
    }
}
