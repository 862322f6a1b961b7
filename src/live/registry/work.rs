//! A push that is prepared: foreseen by looking, or carried out, blobs first and the tag last.

use super::manifest::{self, Kind};
use super::manifests::Manifest;
use super::push::{Origin, push};
use super::referrers::Referrers;
use super::route::Route;
use super::telling::Telling;
use crate::domain::image_facts::{Blob, BlobFate, Pushed};
use crate::domain::image_reference::{Digest, Reference};
use crate::effects::event::{Level, Stage};
use crate::effects::fault::Fault;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Blobs that move at the same time: two keep a registry busy, four are measured to be best, eight bring nothing.
const AT_ONCE: usize = 4;

/// What is to be done, before anything is.
pub(super) enum Prepared {
    /// The tag has this manifest already; its blobs, as far as they are known without asking.
    Unchanged(Manifest, Vec<Blob>),
    /// The repository has all of it under another name, and only the tag is to be written; its blobs, as far as they are
    /// known without asking.
    Tag(Manifest, Vec<Blob>),
    /// There is something to push.
    Push(Work),
    /// The same, with all that points at it.
    Beside {
        /// Its blobs, those of what points at it included.
        work: Work,
        /// What points at it.
        found: Referrers,
        /// Whether the tag has it already, so that only the rest is to be pushed.
        is_tagged: bool,
    },
}

/// What is pushed.
pub(super) struct Work {
    /// Pushed last, to the tag: an image, or an index.
    pub manifest: Manifest,
    /// What an index stands on, each manifest after those that it names: pushed by their digests.
    pub children: Vec<Manifest>,
    /// The blobs of them all, with where they come from. One that is named twice moves once.
    pub blobs: Vec<(Blob, Origin)>,
}

impl Route<'_> {
    /// Does what was prepared.
    pub async fn carry_out(&self, prepared: Prepared) -> Result<Pushed, Fault> {
        match prepared {
            Prepared::Unchanged(manifest, blobs) => Ok(self.there(&manifest, blobs, true)),
            Prepared::Tag(manifest, blobs) => {
                self.intent.kept().await?;
                self.to.push_manifest(&self.tag, &manifest).await?;
                Ok(self.there(&manifest, blobs, false))
            }
            Prepared::Push(work) => self.push(&work).await,
            Prepared::Beside { work, found, is_tagged } => self.push_beside(&work, &found, is_tagged).await,
        }
    }

    /// What [`Self::carry_out`] would come to. Looks which blobs are there, and writes nothing.
    pub async fn foresee(&self, prepared: Prepared) -> Result<Pushed, Fault> {
        let work = match prepared {
            Prepared::Unchanged(manifest, blobs) => return Ok(self.there(&manifest, blobs, true)),
            Prepared::Tag(manifest, blobs) => {
                if let Some((shelf, place)) = self.to.shelf() {
                    shelf.put(place, &self.tag, [manifest.clone()], []);
                }
                return Ok(self.there(&manifest, blobs, false));
            }
            Prepared::Push(work) | Prepared::Beside { work, .. } => work,
        };
        let looks: Vec<_> = distinct(&work.blobs)
            .into_iter()
            .map(|(blob, origin)| async move {
                let fate = if self.to.has(blob).await? { BlobFate::Present } else { origin.fate() };
                Ok::<_, Fault>((blob.digest.clone(), fate))
            })
            .collect();
        let fates: HashMap<Digest, BlobFate> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        if let Some((shelf, place)) = self.to.shelf() {
            let manifests = [&work.manifest].into_iter().chain(&work.children).cloned();
            let absent = |blob: &Blob| fates.get(&blob.digest) != Some(&BlobFate::Present);
            let blobs = distinct(&work.blobs).into_iter().filter(|(blob, _)| absent(blob));
            shelf.put(place, &self.tag, manifests, blobs);
        }
        Ok(self.pushed(&work, fates))
    }

    /// Sees to it that the target has every blob, a few at a time, then pushes the manifests. While the journal comes to
    /// the disk, what the target has is looked for.
    async fn push(&self, work: &Work) -> Result<Pushed, Fault> {
        let ((), fates) = tokio::try_join!(self.intent.kept(), self.move_blobs(&work.blobs))?;
        self.push_children(work).await?;
        self.to.push_manifest(&self.tag, &work.manifest).await?;
        Ok(self.pushed(work, fates))
    }

    /// The same, with all that points at the image: it is there by its digest first, and the tag is written when
    /// everything is.
    async fn push_beside(&self, work: &Work, found: &Referrers, is_tagged: bool) -> Result<Pushed, Fault> {
        let ((), fates) = tokio::try_join!(self.intent.kept(), self.move_blobs(&work.blobs))?;
        if !is_tagged {
            self.push_children(work).await?;
            self.push_by_digest(&work.manifest).await?;
        }
        found.push(self).await?;
        if !is_tagged {
            self.to.push_manifest(&self.tag, &work.manifest).await?;
        }
        let (count, target) = (found.count(), self.target.familiar());
        self.events.log(Level::Info, format!("{target}: {count} signatures, SBOMs or the like came with it"));
        Ok(self.pushed(work, fates))
    }

    async fn push_children(&self, work: &Work) -> Result<(), Fault> {
        // Images by their digests in any order; then what names them.
        let is_image = |manifest: &&Manifest| matches!(manifest::kind(&manifest.media_type), Some(Kind::Image(_)));
        let (images, indexes): (Vec<&Manifest>, Vec<&Manifest>) = work.children.iter().partition(is_image);
        let pushes = images.into_iter().map(|manifest| self.push_by_digest(manifest)).collect::<Vec<_>>();
        stream::iter(pushes).buffered(AT_ONCE).try_collect::<Vec<()>>().await?;
        for index in indexes {
            self.push_by_digest(index).await?;
        }
        Ok(())
    }

    async fn push_by_digest(&self, manifest: &Manifest) -> Result<(), Fault> {
        self.to.push_manifest(&manifest.digest.to_string(), manifest).await
    }

    async fn move_blobs(&self, blobs: &[(Blob, Origin)]) -> Result<HashMap<Digest, BlobFate>, Fault> {
        let moves = distinct(blobs);
        let moving: Vec<_> = moves
            .iter()
            .enumerate()
            .map(|(index, (blob, origin))| async move {
                let telling = Telling::new(self.events, &self.target, blob);
                push(&self.to, blob, origin, &telling, self.intent).await.map(|fate| (index, fate))
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
        Ok(moves.iter().zip(fates.into_values()).map(|((blob, _), fate)| (blob.digest.clone(), fate)).collect())
    }

    /// The result, where each blob had this fate.
    fn pushed(&self, work: &Work, mut fates: HashMap<Digest, BlobFate>) -> Pushed {
        // A blob that is named twice has moved once.
        let blobs = work.blobs.iter().map(|(blob, _)| {
            let fate = fates.insert(blob.digest.clone(), BlobFate::Present).unwrap_or(BlobFate::Present);
            (blob.clone(), fate)
        });
        Pushed { image: self.image(&work.manifest), unchanged: false, blobs: blobs.collect() }
    }

    /// The result where all was there, the tag too if that is `unchanged`.
    fn there(&self, manifest: &Manifest, blobs: Vec<Blob>, unchanged: bool) -> Pushed {
        for blob in &blobs {
            Telling::new(self.events, &self.target, blob).tell(Stage::Present);
        }
        let blobs = blobs.into_iter().map(|blob| (blob, BlobFate::Present)).collect();
        Pushed { image: self.image(manifest), unchanged, blobs }
    }

    fn image(&self, manifest: &Manifest) -> Reference {
        self.target.with_digest(manifest.digest.clone())
    }
}

/// Each blob once, where it is named first.
fn distinct(blobs: &[(Blob, Origin)]) -> Vec<(&Blob, &Origin)> {
    let mut seen: HashSet<&Digest> = HashSet::new();
    blobs.iter().filter(|(blob, _)| seen.insert(&blob.digest)).map(|(blob, origin)| (blob, origin)).collect()
}
