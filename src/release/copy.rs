//! One image from a registry to another.

use super::{image, mounts};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;

/// Copies `from` to `to`; gives the target with its digest, which is the source's; of chosen platforms that
/// of their image or smaller index.
///
/// # Errors
/// `ImageMissing`, `RepositoryNotFoundException`, `TagTaken` before anything is written; what the registries say after.
pub async fn copy(gateway: &Gateway, from: &Located, to: &Located, options: CopyOptions) -> Result<Reference, Fault> {
    let to = &image::named_after(to, from)?;
    let mount_from = mounts::names(&to.image, &options.mount_from)?;
    let (from, facts) = image::source(gateway, from, Some(to)).await?;
    image::check_place(to, &facts, &options.platforms)?;
    gateway.events().step(image::described(&from.image.without_digest(), &facts));
    // The registry client looks at the tag before it writes anything, and refuses what ECR would refuse at the end.
    let immutable = image::check_target(gateway, to).await?;
    let CopyOptions { replace, platforms, referrers, .. } = options;
    let (to, can_replace) = (to.clone(), replace && !immutable);
    let call = ImageCall::CopyImage { from, to, replace: can_replace, platforms, referrers, mount_from };
    image::push(gateway, Call::Image(call))
        .await
        .map_err(|fault| image::told_of_immutability(fault, immutable && replace))
}
