//! What is foreseen of images: digests are computed, not guessed.

use super::{Prediction, known, read};
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::{Fault, FaultKind};
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
        // a Dockerfile may give another image each time it is built
        ImageCall::BuildImage { .. } => Prediction::Assumed(Box::new(Reply::Image(None))),
        ImageCall::ReadImage { .. } => read(call, planned),
    }
}

/// What refuses a planned push: its tag is that of another image which is planned too, and may not be taken from it.
/// What a registry has already is the registry client's to look at.
pub fn refused(call: &Call, reply: &Reply, planned: &Overlay) -> Option<Fault> {
    let (
        Call::Image(
            ImageCall::CopyImage { to, replace: false, .. } | ImageCall::RebuildImage { to, replace: false, .. },
        ),
        Reply::Pushed(pushed),
    ) = (call, reply)
    else {
        return None;
    };
    let tagged = planned.tagged(to)?;
    let digest = pushed.image.digest()?;
    (tagged != digest).then(|| {
        let message = format!("{} is planned as {tagged} already; this image is {digest}", to.image.familiar());
        Fault::new(FaultKind::Refused, "TagTaken", message).hint("give one of the two another tag")
    })
}
