//! What is foreseen of images: digests are computed, not guessed.

use super::Prediction;
use crate::effects::call::ImageCall;
use crate::effects::overlay::Overlay;
use crate::effects::reply::Reply;

/// The prediction of `call`.
pub fn predict(call: &ImageCall, planned: &Overlay) -> Prediction {
    match call {
        ImageCall::CopyImage { .. }
        | ImageCall::RetagImage { .. }
        | ImageCall::RebuildImage { .. }
        | ImageCall::DeleteImage { .. } => Prediction::Foresee,
        // a Dockerfile may give another image each time it is built
        ImageCall::BuildImage { .. } => Prediction::Assumed(Box::new(Reply::Image(None))),
        ImageCall::ReadImage { at, .. } | ImageCall::FindImage { at } | ImageCall::ReadPlatform { at, .. }
            if planned.has_image(at) =>
        {
            Prediction::Foresee
        }
        ImageCall::ReadImage { .. }
        | ImageCall::FindImage { .. }
        | ImageCall::ReadPlatform { .. }
        | ImageCall::ListTags { .. } => Prediction::Read,
    }
}
