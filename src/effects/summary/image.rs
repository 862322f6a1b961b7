//! Calls about images in a few words.

use crate::domain::image_reference::Reference;
use crate::effects::call::ImageCall;
use crate::effects::reply::Reply;

/// What a call asks for.
pub fn asked(call: &ImageCall) -> String {
    match call {
        ImageCall::ReadImage { at, .. } => format!("read image {}", short(&at.image)),
        ImageCall::FindImage { at } => format!("look for image {}", short(&at.image)),
        ImageCall::ReadPlatform { at, platform } => format!("read image {} for {platform}", short(&at.image)),
        ImageCall::CopyImage { from, to, .. } => format!("copy image {} to {}", short(&from.image), short(&to.image)),
        ImageCall::RetagImage { from, to, .. } => {
            format!("tag image {} also {}", short(&from.image), to.image.tag().unwrap_or_default())
        }
        ImageCall::ListTags { at } => format!("list tags of {}", at.image.familiar()),
        ImageCall::DeleteImage { at, .. } => format!("delete image {}", at.image.familiar()),
        ImageCall::BuildImage { to, build } => format!("build image {} of {}", short(&to.image), build.context),
        ImageCall::RebuildImage { from, to, .. } => {
            format!("rebuild image {} as {}", short(&from.image), short(&to.image))
        }
    }
}

/// What a write came to.
pub fn done(reply: &Reply) -> Option<String> {
    match reply {
        // of reads nothing is told as done
        Reply::Image(Some(facts)) => Some(format!("built and pushed image {}", facts.digest)),
        Reply::Pushed(pushed) => Some(format!("pushed image {}", pushed.image)),
        _ => None,
    }
}

/// An image as people say it: by its tag, where it has one.
fn short(image: &Reference) -> String {
    if image.tag().is_some() { image.without_digest().familiar() } else { image.familiar() }
}
