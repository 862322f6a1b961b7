//! From where to where an image goes, and what is looked at before anything is written.

use super::errors::Doing;
use super::index;
use super::manifest::{self, Kind};
use super::manifests::{Manifest, version};
use super::repository::Repository;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::{Digest, Reference};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::intent::{Intent, Kept};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

/// Manifests that are looked for at the same time.
const AT_ONCE: usize = 4;

/// From where to where.
pub(super) struct Route<'a> {
    /// The source repository.
    pub from: Repository,
    /// What of it.
    pub source: &'a Reference,
    /// The target repository.
    pub to: Repository,
    /// The target, without a digest.
    pub target: Reference,
    /// Its tag.
    pub tag: String,
    /// Whether the tag may be taken from another image.
    pub replace: bool,
    /// Who is told.
    pub events: &'a Events,
    /// Asked for the record of the call before anything is written.
    pub intent: &'a dyn Intent,
}

/// Who is told of a push: people as it goes on, and the journal before it begins.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// People.
    pub events: &'a Events,
    /// The journal.
    pub intent: &'a dyn Intent,
}

/// For those who keep no journal.
impl<'a> From<&'a Events> for Told<'a> {
    fn from(events: &'a Events) -> Self {
        Self { events, intent: &Kept }
    }
}

impl<'a> Route<'a> {
    /// The route from one image to the tag of another.
    pub fn new(
        repository: impl Fn(&Located) -> Repository,
        from: &'a Located,
        to: &Located,
        replace: bool,
        told: Told<'a>,
    ) -> Result<Self, Fault> {
        let target = to.image.without_digest();
        let tag = target.tag().ok_or_else(|| {
            Fault::usage(format!("`{}` names no tag to push to", to.image)).hint("write it as NAME:TAG")
        })?;
        let tag = tag.to_owned();
        let (source, Told { events, intent }) = (&from.image, told);
        Ok(Self { from: repository(from), source, to: repository(to), target, tag, replace, events, intent })
    }

    /// The same, where blobs may be taken from these repositories of the target's registry.
    #[must_use]
    pub fn mounting(self, repositories: &[String]) -> Self {
        Self { to: self.to.mounting(repositories), ..self }
    }

    /// The source's manifest, an image or an index, and the digest that the target tag has now.
    pub async fn look(&self) -> Result<(Manifest, Option<Digest>), Fault> {
        let (manifest, tagged) = tokio::try_join!(existing(&self.from, self.source), self.to.tagged(&self.tag))?;
        manifest::known(&manifest.media_type, &self.doing())?;
        Ok((manifest, tagged))
    }

    /// Whether the target has the image under whatever name: with an image's manifest a registry keeps its blobs. The images
    /// of an index may have been cleaned up beside it, so that each is looked for; an index of indexes is not taken for whole,
    /// nor is anything in a folder or an archive.
    pub async fn has_whole(&self, manifest: &Manifest) -> Result<bool, Fault> {
        if self.target.local().is_some() || self.to.tagged(&manifest.digest.to_string()).await?.is_none() {
            return Ok(false);
        }
        let doing = self.doing();
        if manifest::known(&manifest.media_type, &doing)? != Kind::Index {
            return Ok(true);
        }
        let children = index::children(&manifest.bytes, &doing)?;
        if children.iter().any(|child| !child.is_image()) {
            return Ok(false);
        }
        let digests: Vec<String> = children.iter().map(|child| child.blob.digest.to_string()).collect();
        let looks: Vec<_> = digests.iter().map(|digest| self.to.tagged(digest)).collect();
        let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        Ok(found.iter().all(Option::is_some))
    }

    /// Refuses, before anything is written, to take a tag away from another image.
    pub fn check_tag(&self, tagged: Option<&Digest>, manifest: &Manifest) -> Result<(), Fault> {
        match tagged {
            Some(other) if !self.replace => {
                let (target, digest) = (self.target.without_tag().familiar(), &manifest.digest);
                let message = format!("tag {} of {target} is taken by {other}; this image is {digest}", self.tag);
                Err(Fault::new(FaultKind::Refused, "TagTaken", message).hint(
                    "give this image another tag, for example with a suffix for a second release of one day; \
                     nothing was written",
                ))
            }
            _ => Ok(()),
        }
    }

    /// What is being done with the source, for faults.
    pub fn doing(&self) -> Doing {
        reading(&self.from, self.source)
    }
}

/// What is being done with an image that is read, for faults.
pub(super) fn reading(repository: &Repository, image: &Reference) -> Doing {
    repository.doing("read", &format!("image `{}`", version(image)))
}

async fn existing(repository: &Repository, image: &Reference) -> Result<Manifest, Fault> {
    let version = version(image);
    if let Some(known) = repository.client.recent.manifest(&repository.name, &version) {
        return Ok(known);
    }
    repository.manifest(&version).await?.ok_or_else(|| {
        reading(repository, image)
            .fault(FaultKind::Missing, "ImageMissing", "the registry has no such image")
            .hint(format!("check the tag or digest, or push `{image}` first"))
    })
}
