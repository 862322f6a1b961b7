//! What is foreseen of images: digests are computed, not guessed.

use super::Prediction;
use crate::effects::call::ImageCall;
use crate::effects::overlay::Overlay;

/// The prediction of `call`.
pub fn predict(call: &ImageCall, planned: &Overlay) -> Prediction {
    match call {
        ImageCall::CopyImage { .. } | ImageCall::RebuildImage { .. } => Prediction::Foresee,
        ImageCall::ReadImage { at } if planned.has_image(at) => Prediction::Foresee,
        ImageCall::ReadImage { .. } => Prediction::Read,
    }
}
