//! Calls about images in a few words.

use crate::domain::image_reference::Reference;
use crate::effects::call::ImageCall;
use crate::effects::reply::Reply;

/// What a call asks for.
pub fn asked(call: &ImageCall) -> String {
    match call {
        ImageCall::ReadImage { at } => format!("read image {}", short(&at.image)),
        ImageCall::CopyImage { from, to, .. } => format!("copy image {} to {}", short(&from.image), short(&to.image)),
        ImageCall::RebuildImage { from, to, .. } => {
            format!("rebuild image {} as {}", short(&from.image), short(&to.image))
        }
    }
}

/// What a write came to.
pub fn done(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Pushed(pushed) => Some(format!("pushed image {}", pushed.image)),
        _ => None,
    }
}

/// An image as people say it: by its tag, where it has one.
fn short(image: &Reference) -> String {
    if image.tag().is_some() { image.without_digest().familiar() } else { image.familiar() }
}
