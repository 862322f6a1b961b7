//! Looking for writes of auto scaling.

use super::{Found, Look};
use crate::domain::scaling::SuspendedState;
use crate::effects::call::ScalingCall;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use serde_json::{Value, json};

/// Whether `call` happened: whether what it asked for is so. Asking for it again does no harm.
pub async fn reconcile(call: &ScalingCall, look: Look<'_>) -> Result<Found, Fault> {
    let ScalingCall::RegisterScalableTarget { session, resource, suspended, .. } = call else {
        return Ok(Found::NotHappened);
    };
    let (session, resource) = (session.clone(), resource.clone());
    let answer = look.at(ScalingCall::DescribeScalableTarget { session, resource }).await?.document()?;
    let target = answer.pointer("/ScalableTargets/0").filter(|target| SuspendedState::of(target) == *suspended);
    Ok(target.map_or(Found::NotHappened, |target| {
        let arn = target.get("ScalableTargetARN").cloned().unwrap_or(Value::Null);
        Found::Happened(Box::new(Reply::Document(json!({ "ScalableTargetARN": arn }))))
    }))
}
