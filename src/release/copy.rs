//! One image from a registry to another.

use super::image;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;

/// Copies `from` to `to`; gives the target with its digest, which is the source's.
///
/// # Errors
/// `ImageMissing`, `RepositoryNotFoundException`, `TagTaken` before anything is written; what the registries say after.
pub async fn copy(gateway: &Gateway, from: &Located, to: &Located, replace: bool) -> Result<Reference, Fault> {
    let (from, facts) = image::source(gateway, from).await?;
    gateway.events().step(image::described(&from.image.without_digest(), &facts));
    image::check_target(gateway, to).await?;
    image::push(gateway, Call::Image(ImageCall::CopyImage { from, to: to.clone(), replace })).await
}
