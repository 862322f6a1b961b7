//! An image built by an engine, where a layer more is not enough.

use super::image;
use crate::domain::image_build::ImageBuild;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;

/// Builds and pushes `to`; gives it with its digest, which only the build knows: in a plan it has none.
///
/// # Errors
/// `TagTaken` before anything is built, where `replace` does not say otherwise; `NoBuildEngine`, `BuildFailed`,
/// `PushFailed`.
pub async fn build(gateway: &Gateway, to: &Located, build: ImageBuild, replace: bool) -> Result<Reference, Fault> {
    build.check().map_err(Fault::usage)?;
    image::check_pullable(&to.image)?;
    image::check_target(gateway, to).await?;
    if let Some(there) = image::read(gateway, to).await?.filter(|_| !replace) {
        let message = format!("image {} is there already, as {}", to.image.familiar(), there.digest);
        return Err(Fault::new(FaultKind::Refused, "TagTaken", message)
            .hint("give this image another tag, or take this one from it with `replace: true`; nothing was built"));
    }
    let call = Call::Image(ImageCall::BuildImage { to: to.clone(), build: Box::new(build) });
    let Some(facts) = gateway.perform(call).await?.image()? else { return Ok(to.image.clone()) };
    gateway.events().step(format!("built and pushed {} as {}", to.image.familiar(), facts.digest));
    Ok(to.image.with_digest(facts.digest))
}
