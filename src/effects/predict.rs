//! What a call would give if it were made, for plans: exhaustive matches, so that no call comes without a prediction.

mod code_deploy;
mod ecr;
mod ecs;
mod host;
mod image;
mod scaling;
mod task;

use super::call::{Call, SecretCall};
use super::overlay::Overlay;
use super::reply::Reply;
use serde_json::Value;

/// How a plan comes to the reply of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// It changes nothing: it is made for real.
    Read,
    /// This is what it would give; only identifiers that AWS chooses are symbols in it.
    Known(Box<Reply>),
    /// The registries are asked, without being written to, and with what is foreseen of them already: a digest is
    /// computed, not guessed.
    Foresee,
    /// Nobody can know: it is taken to go well, and marked as taken so.
    Assumed(Box<Reply>),
    /// This read has to be known first.
    Needs(Box<Call>),
}

fn known(reply: Reply) -> Prediction {
    Prediction::Known(Box::new(reply))
}

/// What is asked about something planned is answered by the plan, everything else by the world.
fn read(call: &Call, planned: &Overlay) -> Prediction {
    planned.answer(call).map_or(Prediction::Read, known)
}

/// The prediction of `call`, after all that `planned` holds.
pub fn predict(call: &Call, planned: &Overlay) -> Prediction {
    match call {
        Call::Host(one) => host::predict(one, call, planned),
        Call::Ecs(one) => ecs::predict(one, call, planned),
        Call::CodeDeploy(one) => code_deploy::predict(one, planned),
        Call::Ecr(one) => ecr::predict(one, call, planned),
        Call::Image(call) => image::predict(call, planned),
        Call::Scaling(one) => scaling::predict(one, call, planned),
        Call::Task(one) => task::predict(one, planned),
        Call::Secret(
            SecretCall::GetSecret { .. } | SecretCall::GetParameter { .. } | SecretCall::SecretVariable { .. },
        ) => Prediction::Read,
    }
}

/// The partition of a Region's ARNs.
fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}
