//! Reading and copying one image.

use super::Registries;
use super::download;
use super::manifest::{self, Contents, Kind};
use super::manifests::{Manifest, version};
use super::push::{Origin, push};
use super::repository::Repository;
use super::telling::Telling;
use crate::domain::image_facts::{Blob, BlobFate, ImageFacts, Located, Pushed};
use crate::domain::image_reference::{Digest, Reference};
use crate::effects::event::{Events, Stage};
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Blobs that move at the same time: two keep a registry busy, four are measured to be best, eight bring nothing.
const AT_ONCE: usize = 4;
/// The most that is read of a config.
const CONFIG: u64 = 8 << 20;

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
}

impl<'a> Route<'a> {
    /// The route from one image to the tag of another.
    pub fn new(
        all: &Registries,
        from: &'a Located,
        to: &Located,
        replace: bool,
        events: &'a Events,
    ) -> Result<Self, Fault> {
        let target = to.image.without_digest();
        let tag = target.tag().ok_or_else(|| {
            Fault::usage(format!("`{}` names no tag to push to", to.image)).hint("write it as NAME:TAG")
        })?;
        let tag = tag.to_owned();
        Ok(Self {
            from: all.repository(from),
            source: &from.image,
            to: all.repository(to),
            target,
            tag,
            replace,
            events,
        })
    }

    /// The source's manifest, and the digest that the target tag has now.
    pub async fn look(&self) -> Result<(Manifest, Option<Digest>), Fault> {
        let (manifest, tagged) = tokio::try_join!(existing(&self.from, self.source), self.to.tagged(&self.tag))?;
        manifest::image(&manifest.media_type, &self.from.doing("copy", &noun(self.source)))?;
        Ok((manifest, tagged))
    }

    /// Does what was prepared.
    pub async fn carry_out(&self, prepared: Prepared) -> Result<Pushed, Fault> {
        match prepared {
            Prepared::Unchanged(manifest, contents) => Ok(self.unchanged(&manifest, contents)),
            Prepared::Push(manifest, blobs) => self.push(&manifest, blobs).await,
        }
    }

    /// What [`Self::carry_out`] would come to. Looks which blobs are there, and writes nothing.
    pub async fn foresee(&self, prepared: Prepared) -> Result<Pushed, Fault> {
        let (manifest, blobs) = match prepared {
            Prepared::Unchanged(manifest, contents) => return Ok(self.unchanged(&manifest, contents)),
            Prepared::Push(manifest, blobs) => (manifest, blobs),
        };
        let looks: Vec<_> = blobs
            .into_iter()
            .map(|(blob, origin)| async move {
                let fate = if self.to.has(&blob).await? { BlobFate::Present } else { origin.fate() };
                Ok::<_, Fault>((blob, fate))
            })
            .collect();
        let blobs = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        Ok(Pushed { image: self.image(&manifest), unchanged: false, blobs })
    }

    /// Sees to it that the target has every blob, a few at a time, then pushes the manifest.
    async fn push(&self, manifest: &Manifest, blobs: Vec<(Blob, Origin)>) -> Result<Pushed, Fault> {
        let order: Vec<Blob> = blobs.iter().map(|(blob, _)| blob.clone()).collect();
        let mut distinct: HashSet<&Digest> = HashSet::new();
        let moves: Vec<_> = order
            .iter()
            .zip(&blobs)
            .filter(|(blob, _)| distinct.insert(&blob.digest))
            .map(|(blob, (_, o))| (blob, o))
            .collect();
        let moving: Vec<_> = moves
            .iter()
            .enumerate()
            .map(|(index, (blob, origin))| async move {
                let telling = Telling::new(self.events, &self.target, blob);
                push(&self.to, blob, origin, &telling).await.map(|fate| (index, fate))
            })
            .collect();
        let mut moving = stream::iter(moving).buffer_unordered(AT_ONCE);
        let mut fates = BTreeMap::new();
        let mut told = 0;
        while let Some((index, fate)) = moving.try_next().await? {
            fates.insert(index, fate);
            // Told in the manifest's order: which of two blobs is ready first within an instant is chance.
            while let (Some(fate), Some((blob, _))) = (fates.get(&told), moves.get(told)) {
                let stage = if *fate == BlobFate::Present { Stage::Present } else { Stage::Sent };
                Telling::new(self.events, &self.target, blob).tell(stage);
                told += 1;
            }
        }
        let mut fates: HashMap<Digest, BlobFate> =
            moves.iter().zip(fates.into_values()).map(|((blob, _), fate)| (blob.digest.clone(), fate)).collect();
        self.to.push_manifest(&self.tag, manifest).await?;
        // A blob that is in the manifest twice has moved once.
        let blobs = order.iter().map(|blob| {
            let fate = fates.insert(blob.digest.clone(), BlobFate::Present).unwrap_or(BlobFate::Present);
            (blob.clone(), fate)
        });
        Ok(Pushed { image: self.image(manifest), unchanged: false, blobs: blobs.collect() })
    }

    /// The result where the tag has the manifest already.
    fn unchanged(&self, manifest: &Manifest, contents: Contents) -> Pushed {
        let blobs: Vec<_> = contents.layers.into_iter().chain([contents.config]).collect();
        for blob in &blobs {
            Telling::new(self.events, &self.target, blob).tell(Stage::Present);
        }
        let blobs = blobs.into_iter().map(|blob| (blob, BlobFate::Present)).collect();
        Pushed { image: self.image(manifest), unchanged: true, blobs }
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

    fn image(&self, manifest: &Manifest) -> Reference {
        self.target.with_digest(manifest.digest.clone())
    }
}

/// What is to be done, before anything is.
pub(super) enum Prepared {
    /// The tag has this manifest already.
    Unchanged(Manifest, Contents),
    /// The manifest, and its blobs with where they come from.
    Push(Manifest, Vec<(Blob, Origin)>),
}

/// Prepares the copy of an image to a tag. Writes nothing.
pub(super) async fn prepare(route: &Route<'_>) -> Result<Prepared, Fault> {
    let (manifest, tagged) = route.look().await?;
    let contents = manifest::contents(&manifest.bytes, &doing(&route.from, route.source))?;
    if tagged.as_ref() == Some(&manifest.digest) {
        return Ok(Prepared::Unchanged(manifest, contents));
    }
    route.check_tag(tagged.as_ref(), &manifest)?;
    let from = |blob| (blob, Origin::Registry(route.from.clone()));
    let blobs = contents.layers.into_iter().chain([contents.config]).map(from).collect();
    Ok(Prepared::Push(manifest, blobs))
}

/// What is known of an image, or `None`.
pub(super) async fn read(repository: &Repository, image: &Reference) -> Result<Option<ImageFacts>, Fault> {
    let Some(manifest) = repository.manifest(&version(image)).await? else { return Ok(None) };
    let Manifest { digest, media_type, bytes } = &manifest;
    let facts =
        |layers, config| Some(ImageFacts { digest: digest.clone(), media_type: media_type.clone(), layers, config });
    if manifest::kind(media_type) == Some(Kind::Index) {
        return Ok(facts(Vec::new(), serde_json::Value::Null));
    }
    let doing = doing(repository, image);
    manifest::image(media_type, &doing)?;
    let contents = manifest::contents(bytes, &doing)?;
    let config = serde_json::from_slice(&config(repository, &contents.config).await?).map_err(|why| {
        doing.fault(FaultKind::Verification, "ConfigUnreadable", format!("the config cannot be understood: {why}"))
    })?;
    Ok(facts(contents.layers, config))
}

/// The config of an image, verified.
pub(super) async fn config(repository: &Repository, config: &Blob) -> Result<Bytes, Fault> {
    download::whole(repository, config, CONFIG).await
}

/// What is being done with a source, for faults.
pub(super) fn doing(repository: &Repository, image: &Reference) -> super::errors::Doing {
    repository.doing("read", &noun(image))
}

fn noun(image: &Reference) -> String {
    format!("image `{}`", version(image))
}

async fn existing(repository: &Repository, image: &Reference) -> Result<Manifest, Fault> {
    let version = version(image);
    repository.manifest(&version).await?.ok_or_else(|| {
        doing(repository, image)
            .fault(FaultKind::Missing, "ImageMissing", "the registry has no such image")
            .hint(format!("check the tag or digest, or push `{image}` first"))
    })
}
