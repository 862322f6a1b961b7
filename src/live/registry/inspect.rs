//! What is asked of an image beside its content: its digest, its tags, and the one for a platform.

use super::copy;
use super::index::{self, Chosen};
use super::repository::Repository;
use super::route::reading;
use super::tree;
use crate::domain::image_facts::{Blob, ImageFacts};
use crate::domain::image_reference::{Digest, Reference};
use crate::domain::platform::Platform;
use crate::effects::fault::{Fault, FaultKind};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

/// Tags that are looked at at the same time.
const AT_ONCE: usize = 4;

/// What is known of the image for a platform: one of an index, or the image itself where it is for that one.
///
/// # Errors
/// `PlatformMissing`, naming those that are there; `PlatformAmbiguous` where several variants are.
pub(super) async fn read_for(
    repository: &Repository,
    image: &Reference,
    platform: &Platform,
) -> Result<Option<ImageFacts>, Fault> {
    let Some(facts) = copy::read(repository, image, false).await? else { return Ok(None) };
    let doing = reading(repository, image);
    if facts.config != Value::Null {
        let text = |name: &str| facts.config.get(name).and_then(Value::as_str);
        let own =
            Platform::new(text("os").unwrap_or_default(), text("architecture").unwrap_or_default(), text("variant"));
        return if platform.takes(&own) {
            Ok(Some(facts))
        } else {
            Err(index::absent(platform, [&own].into_iter(), &doing))
        };
    }
    let version = facts.digest.to_string();
    let index = match repository.client.recent.manifest(&repository.name, &version) {
        Some(known) => Some(known),
        None => repository.manifest(&version).await?,
    };
    // Somebody may have deleted it since.
    let Some(index) = index else { return Ok(None) };
    match index::choose(&index.bytes, std::slice::from_ref(platform), &doing)? {
        Chosen::One(child) => of_index(repository, image, child.blob).await.map(Some),
        Chosen::Index(_) => Err(doing
            .fault(FaultKind::Missing, "PlatformAmbiguous", format!("it has several images for {platform}"))
            .hint(format!("name the variant, too: it has {}", facts.platforms().join(", ")))),
    }
}

/// An index names it, so that it has to be there.
async fn of_index(repository: &Repository, image: &Reference, child: Blob) -> Result<ImageFacts, Fault> {
    let digest = child.digest.clone();
    match copy::read(repository, &image.with_digest(digest), false).await? {
        Some(facts) => Ok(facts),
        None => Err(tree::absent(&reading(repository, image))),
    }
}

/// The tags that a digest has. Nobody but ECR tells that at once: each is looked at.
pub(super) async fn tags_of(repository: &Repository, digest: &Digest) -> Result<Vec<String>, Fault> {
    let tags = match repository.tags().await {
        Ok(tags) => tags,
        // Where there is no repository there is no tag.
        Err(fault) if fault.code == "NAME_UNKNOWN" => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    let looks: Vec<_> =
        tags.into_iter()
            .map(|tag| async move {
                Ok::<_, Fault>((repository.found(&tag).await?.as_ref() == Some(digest)).then_some(tag))
            })
            .collect();
    let found: Vec<Option<String>> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
