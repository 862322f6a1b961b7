//! Rebuilding an image: a layer appended and the config edited, pushed straight into the target; of an index, all of its
//! images with one layer that they share.

use super::choice;
use super::copy;
use super::hashing::sha256;
use super::index;
use super::login::Content;
use super::manifest::{self, Kind};
use super::manifests::Manifest;
use super::pack::{self, PackedLayer};
use super::push::Origin;
use super::rebuilt::{image_config, rebuilt, reindexed};
use super::route::Route;
use super::tree;
use super::work::{Prepared, Work};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::domain::layer_edit::{LayerEdit, Layout};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::HashMap;
use std::sync::Arc;

/// Images of an index that are read at the same time.
const AT_ONCE: usize = 4;

/// Prepares the rebuild of an image into a tag: packs the layer to know its digest. Writes nothing.
pub(super) async fn prepare(
    route: &Route<'_>,
    edit: &LayerEdit,
    content: &Arc<dyn Content>,
) -> Result<Prepared, Fault> {
    let layout = Layout::of(edit)?;
    if edit.is_empty() {
        // What nothing was done to keeps its bytes and its attestations.
        let options = CopyOptions { platforms: edit.platforms.clone(), ..CopyOptions::replacing(route.replace) };
        return copy::prepare(route, &options).await;
    }
    let (source, tagged) = route.look().await?;
    let base = choice::chosen(route, source, &edit.platforms).await?;
    let layer = packed(&layout, content).await?;
    let rebuild = Rebuild { route, edit, layer, source: pack::Source { layout, content: Arc::clone(content) } };
    let work = match manifest::known(&base.media_type, &route.doing())? {
        Kind::Image(_) => {
            let (manifest, blobs) = rebuild.image(&base).await?;
            Work { manifest, children: Vec::new(), blobs }
        }
        Kind::Index => rebuild.index(&base).await?,
    };
    if tagged.as_ref() == Some(&work.manifest.digest) {
        let known = if work.children.is_empty() { work.blobs } else { Vec::new() };
        return Ok(Prepared::Unchanged(work.manifest, known.into_iter().map(|(blob, _)| blob).collect()));
    }
    route.check_tag(tagged.as_ref(), &work.manifest)?;
    Ok(Prepared::Push(work))
}

/// A manifest, and its blobs with where they come from.
type Made = (Manifest, Vec<(Blob, Origin)>);

struct Rebuild<'a> {
    route: &'a Route<'a>,
    edit: &'a LayerEdit,
    /// None where nothing is put in or taken out.
    layer: Option<PackedLayer>,
    source: pack::Source,
}

impl Rebuild<'_> {
    async fn image(&self, base: &Manifest) -> Result<Made, Fault> {
        let doing = self.route.doing();
        let old = manifest::contents(&base.bytes, &doing)?;
        let config = copy::config(&self.route.from, &old.config).await?;
        let made = rebuilt(&base.bytes, &base.media_type, &config, self.layer.as_ref(), self.edit)?;
        let manifest = Manifest {
            digest: sha256(&made.manifest),
            bytes: made.manifest.into(),
            media_type: base.media_type.clone(),
        };
        let contents = manifest::contents(&manifest.bytes, &doing)?;

        let from = |blob| (blob, Origin::Registry(self.route.from.clone()));
        let mut blobs: Vec<(Blob, Origin)> = old.layers.into_iter().map(from).collect();
        if let Some(layer) = &self.layer {
            let blob = Blob { digest: layer.digest.clone(), size: layer.size };
            blobs.push((blob, Origin::Files(self.source.clone())));
        }
        blobs.push((contents.config, Origin::Made(Bytes::from(made.config))));
        Ok((manifest, blobs))
    }

    /// Every image of an index, and the index of those. What was made for an image of the base (an attestation) is not
    /// about the one that it becomes, and is left out with a warning.
    async fn index(&self, base: &Manifest) -> Result<Work, Fault> {
        let doing = self.route.doing();
        let children = index::children(&base.bytes, &doing)?;
        let images = children.into_iter().filter(|child| child.is_manifest() && child.about.is_none());
        let reads: Vec<_> = images.map(|child| tree::named(&self.route.from, child.blob)).collect();
        let images: Vec<Manifest> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        if images.iter().any(|image| manifest::kind(&image.media_type) == Some(Kind::Index)) {
            return Err(doing
                .fault(FaultKind::Refused, "NestedIndex", "it is an index of indexes, which is not rebuilt")
                .hint("name one of the indexes in it by its digest"));
        }
        let images: Vec<Manifest> = images.into_iter().filter(|image| image_config(&image.bytes)).collect();
        let makes: Vec<_> = images.iter().map(|image| self.image(image)).collect();
        let made: Vec<Made> = stream::iter(makes).buffered(AT_ONCE).try_collect().await?;

        let becomes: HashMap<Digest, (Digest, usize)> = images
            .iter()
            .zip(&made)
            .map(|(old, (new, _))| (old.digest.clone(), (new.digest.clone(), new.bytes.len())))
            .collect();
        let (bytes, left_out) = reindexed(&base.bytes, &becomes)?;
        self.tell_of_left_out(left_out);
        let manifest = Manifest { digest: sha256(&bytes), bytes: bytes.into(), media_type: base.media_type.clone() };
        let (children, blobs): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        Ok(Work { manifest, children, blobs: blobs.into_iter().flatten().collect() })
    }

    fn tell_of_left_out(&self, count: usize) {
        if count > 0 {
            let message = format!(
                "{}: {count} attestations or other artifacts beside the base's images (SBOM, provenance) are left out: \
                 they are not about the rebuilt ones",
                self.route.target.familiar()
            );
            self.route.events.log(Level::Warn, message);
        }
    }
}

async fn packed(layout: &Layout, content: &Arc<dyn Content>) -> Result<Option<PackedLayer>, Fault> {
    if layout.is_empty() {
        return Ok(None);
    }
    pack::pack(layout, content).await.map(Some)
}
