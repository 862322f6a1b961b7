//! A tested image becomes the one of a release: copied with all that belongs to it, and tagged.

use super::{copy, image, repository, tags};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::{Reference, ecr_host};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::Map;

/// How an image is promoted.
#[derive(Clone, Debug, Default)]
pub struct Promotion {
    /// Tags beside the target's own.
    pub also: Vec<String>,
    /// Whether a repository of ECR is made where it is missing.
    pub create: bool,
    /// How it is copied.
    pub copying: CopyOptions,
}

/// Brings `from` to the tag of `to` (that of `from` where `to` has none) and to the other tags; inside one repository by
/// tags alone. Gives the target with its digest.
///
/// # Errors
/// Those of a copy and of a tag; what was done before one of them stays, and is done again by nobody.
pub async fn promote(gateway: &Gateway, from: &Located, to: &Located, how: Promotion) -> Result<Reference, Fault> {
    let to = &image::named_after(to, from)?;
    let tag = to.image.tag().or(from.image.tag()).map(str::to_owned).ok_or_else(|| {
        Fault::usage(format!("neither `{}` nor `{}` names a tag", from.image, to.image)).hint("give the target one")
    })?;
    let named = |image: &Reference, tag: &str| {
        image.without_digest().with_tag(tag).map_err(|error| Fault::usage(format!("`{tag}`: {}", error.reason)))
    };
    let repository = |image: &Reference| image.without_tag().without_digest();
    let target = Located { image: named(&to.image, &tag)?, session: to.session.clone() };
    let released = if repository(&from.image) == repository(&to.image) {
        tags::retag(gateway, from, &tag, how.copying.replace).await?
    } else {
        if let (true, Some(_), Some(session)) = (how.create, ecr_host(to.image.domain()), &to.session) {
            // the source first: a repository for an image that is not there would be left over
            image::source(gateway, from, Some(to)).await?;
            repository::create(gateway, session, to.image.path(), Map::new()).await?;
        }
        copy::copy(gateway, from, &target, how.copying.clone()).await?
    };
    for other in how.also.iter().filter(|other| **other != tag) {
        let at = Located { image: released.clone(), session: to.session.clone() };
        tags::retag(gateway, &at, other, how.copying.replace).await?;
    }
    Ok(released)
}
