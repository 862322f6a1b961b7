//! An image made of another by one layer more, pushed straight into the target's registry.

use super::{image, mounts};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::domain::layer_edit::{LayerEdit, Layout};
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;

/// Rebuilds `from` as `to`; gives the target with its digest. Of the options `replace` and `mount_from` are heeded.
///
/// # Errors
/// As [`super::copy::copy`]; files that changed since the script named them.
pub async fn rebuild(
    gateway: &Gateway,
    from: &Located,
    to: &Located,
    edit: LayerEdit,
    options: &CopyOptions,
) -> Result<Reference, Fault> {
    // what is wrong with the script is told before anybody is asked
    Layout::of(&edit)?;
    let to = &image::named_after(to, from)?;
    let mount_from = mounts::names(&to.image, &options.mount_from)?;
    let (from, facts) = image::source(gateway, from, Some(to)).await?;
    image::check_place(to, &facts, &edit.platforms)?;
    gateway.events().step(image::described(&from.image.without_digest(), &facts));
    let immutable = image::check_target(gateway, to).await?;
    let (edit, replace) = (Box::new(edit), options.replace);
    let call = ImageCall::RebuildImage { from, to: to.clone(), edit, replace: replace && !immutable, mount_from };
    image::push(gateway, Call::Image(call))
        .await
        .map_err(|fault| image::told_of_immutability(fault, immutable && replace))
}
