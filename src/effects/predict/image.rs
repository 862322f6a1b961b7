//! What is foreseen of images: digests are computed, not guessed.

use super::{Prediction, known, read};
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::effects::call::{Call, ImageCall};
use crate::effects::overlay::Overlay;
use crate::effects::reply::Reply;

/// The prediction of `one`, which is `call`.
pub fn predict(one: &ImageCall, call: &Call, planned: &Overlay) -> Prediction {
    match one {
        ImageCall::CopyImage { from, to, .. } => match planned.image(from) {
            // the source is planned itself: no registry has it yet
            Some(facts) => {
                let blobs = facts.layers.iter().map(|blob| (blob.clone(), BlobFate::Sent)).collect();
                let image = to.image.with_digest(facts.digest.clone());
                known(Reply::Pushed(Pushed { image, unchanged: false, blobs }))
            }
            None => Prediction::Foresee,
        },
        ImageCall::RebuildImage { .. } => Prediction::Foresee,
        ImageCall::ReadImage { .. } => read(call, planned),
    }
}
