//! What has to be so before an image is copied or rebuilt: the source is there, the target can take it.

use super::{repository, tags};
use crate::domain::image_facts::{BlobFate, ImageFacts, Located, Pushed};
use crate::domain::image_reference::{Local, Reference, ecr_host};
use crate::domain::platform::Platform;
use crate::domain::size;
use crate::domain::tag_mutability::is_immutable;
use crate::effects::call::{BoundFor, Call, ImageCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use std::time::Duration;

/// What the manifest of an image that has to be there tells of it, and the image by its digest. Where it goes from there
/// is made ready meanwhile.
///
/// # Errors
/// `ImageMissing`; on this machine also `FileMissing` where there is no such folder or archive.
pub async fn source(
    gateway: &Gateway,
    at: &Located,
    bound_for: Option<&Located>,
) -> Result<(Located, ImageFacts), Fault> {
    let call = ImageCall::ReadImage { at: at.clone(), manifest_only: true, bound_for: BoundFor(bound_for.cloned()) };
    let Some(facts) = gateway.perform(Call::Image(call)).await?.image()? else {
        return Err(if at.image.local().is_some() { missing_here(gateway, at).await? } else { missing(at) });
    };
    let image = at.image.with_digest(facts.digest.clone());
    Ok((Located { image, session: at.session.clone() }, facts))
}

/// Manifest and config of an image, or none.
pub async fn read(gateway: &Gateway, at: &Located) -> Result<Option<ImageFacts>, Fault> {
    let call = ImageCall::ReadImage { at: at.clone(), manifest_only: false, bound_for: BoundFor::default() };
    gateway.perform(Call::Image(call)).await?.image()
}

/// The same of the image for a platform: one of an index, or the image itself.
pub async fn read_for(gateway: &Gateway, at: &Located, platform: Platform) -> Result<Option<ImageFacts>, Fault> {
    gateway.perform(Call::Image(ImageCall::ReadPlatform { at: at.clone(), platform })).await?.image()
}

/// The fault of a folder or archive that does not have an image, with what it has.
async fn missing_here(gateway: &Gateway, at: &Located) -> Result<Fault, Fault> {
    let there = tags::tags(gateway, at, "*", usize::MAX).await?;
    let message = format!("image {} is not there", at.image);
    let hint = if there.is_empty() {
        "no image there has a name".to_owned()
    } else {
        format!("there are: {}", there.join(", "))
    };
    Ok(Fault::new(FaultKind::Missing, "ImageMissing", message).hint(hint))
}

fn missing(at: &Located) -> Fault {
    let image = &at.image;
    let message = match ecr_host(image.domain()) {
        Some(host) => {
            format!("image {} is not in repository {} of account {}", image.familiar(), image.path(), host.account)
        }
        None => format!("image {} is not in its registry", image.familiar()),
    };
    Fault::new(FaultKind::Missing, "ImageMissing", message)
        .hint("check the tag, and that the image has been built and pushed there")
}

/// Checks that an image is where ECS and engines find it.
///
/// # Errors
/// Usage where it is on this machine.
pub fn check_pullable(image: &Reference) -> Result<(), Fault> {
    let Some(local) = image.local() else { return Ok(()) };
    let message = format!("`{image}` is {} on this machine, and no registry's image", local.a());
    Err(Fault::usage(message).hint("copy it to a registry first, with image::copy, and name what that gives"))
}

/// The target with a name: on this machine, one that has none gets one after the source's.
///
/// # Errors
/// Usage where the source's name will not do.
pub fn named_after(to: &Located, from: &Located) -> Result<Located, Fault> {
    let image = to.image.named_after(&from.image).ok_or_else(|| {
        Fault::usage(format!("`{}` needs a name for the image: `{}` has none for docker load", to.image, from.image))
            .hint(format!("write {}:NAME:TAG", to.image))
    })?;
    Ok(Located { image, session: to.session.clone() })
}

/// Checks that a target has a place for what goes there: for an index a docker archive has none.
///
/// # Errors
/// Usage, with the platforms that can be chosen.
pub fn check_place(to: &Located, facts: &ImageFacts, platforms: &[Platform]) -> Result<(), Fault> {
    if to.image.local() != Some(Local::DockerArchive) || !facts.is_index() || platforms.len() == 1 {
        return Ok(());
    }
    let message = format!("`{}` is a docker archive, and has no place for an image of several platforms", to.image);
    let first = facts.index.first().map_or("linux/amd64", String::as_str);
    let hint =
        format!("choose one of {}: platforms: [\"{first}\"]; an oci-archive takes them all", facts.index.join(", "));
    Err(Fault::usage(message).hint(hint))
}

/// Checks that a target can be pushed to: it has a tag, and its repository is there. ECR drops the connection of a push
/// to a repository it does not have, which would look like a broken network. Gives whether the tag is immutable there.
pub async fn check_target(gateway: &Gateway, to: &Located) -> Result<bool, Fault> {
    let (Some(tag), None) = (to.image.tag(), to.image.digest()) else {
        return Err(Fault::usage(format!("a target is named by its tag alone, not `{}`", to.image)));
    };
    if let (Some(_), Some(session)) = (ecr_host(to.image.domain()), &to.session) {
        let repository = repository::describe(gateway, session, to.image.path()).await?;
        return Ok(is_immutable(&repository, tag));
    }
    Ok(false)
}

/// The same fault; where a tag is taken and cannot be replaced, with what to do about that.
pub fn told_of_immutability(fault: Fault, immutable: bool) -> Fault {
    if fault.code != "TagTaken" || !immutable {
        return fault;
    }
    fault.hint(
        "`replace` does not help: the repository's settings make the tag immutable. Choose another tag; nothing was written",
    )
}

/// Tells in one sentence what an image is.
pub fn described(image: &Reference, facts: &ImageFacts) -> String {
    let bytes: u64 = facts.layers.iter().map(|layer| layer.size).sum();
    format!("{} is {}, {} layers, {}", image.familiar(), facts.digest, facts.layers.len(), size::human(bytes))
}

/// Makes a call that pushes an image, and tells what it came to.
pub async fn push(gateway: &Gateway, call: Call) -> Result<Reference, Fault> {
    let began = gateway.clock();
    let pushed = gateway.perform(call).await?.pushed()?;
    let millis = u64::try_from(gateway.clock() - began).unwrap_or(0);
    gateway.events().step(told(&pushed, millis));
    Ok(pushed.image)
}

/// So few bytes say nothing about the network.
const WORTH_A_RATE: u64 = 1_000_000;

/// Tells in one sentence what a push came to, that took so many milliseconds.
fn told(pushed: &Pushed, millis: u64) -> String {
    let there = pushed.blobs.iter().filter(|(_, fate)| *fate == BlobFate::Present).count();
    let image = pushed.image.without_digest().familiar();
    let digest = pushed.image.digest().map(ToString::to_string).unwrap_or_default();
    if pushed.unchanged {
        return format!("{image} is there already with {digest}: nothing to push");
    }
    if pushed.blobs.is_empty() {
        return format!("pushed {image} as {digest}: all that it stands on was there");
    }
    let moved = pushed.blobs.len() - there;
    let bytes = size::human(pushed.bytes_moved());
    let rate = size::rate(pushed.bytes_moved(), Duration::from_millis(millis));
    let rate = rate.filter(|_| pushed.bytes_moved() >= WORTH_A_RATE).map(|rate| format!(" at {rate}"));
    let rate = rate.unwrap_or_default();
    format!("pushed {image} as {digest}: {moved} blobs ({bytes}) moved{rate}, {there} were there")
}
