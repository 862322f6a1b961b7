//! Rebuilding an image: a layer appended and the config edited, pushed straight into the target.

use super::copy;
use super::hashing::{names, sha256};
use super::login::Content;
use super::manifest;
use super::manifests::Manifest;
use super::pack::{self, PackedLayer};
use super::push::Origin;
use super::rebuilt::rebuilt;
use super::route::Route;
use super::work::{Prepared, Work};
use crate::domain::image_facts::Blob;
use crate::domain::layer_edit::{LayerEdit, Layout};
use crate::effects::fault::Fault;
use bytes::Bytes;
use std::sync::Arc;

/// Prepares the rebuild of an image into a tag: packs the layer to know its digest. Writes nothing.
pub(super) async fn prepare(
    route: &Route<'_>,
    edit: &LayerEdit,
    content: &Arc<dyn Content>,
) -> Result<Prepared, Fault> {
    let layout = Layout::of(edit)?;
    let (base, tagged) = route.look().await?;
    let doing = route.doing();
    manifest::image(&base.media_type, &doing)?;
    let old = manifest::contents(&base.bytes, &doing)?;
    let (old_config, layer) = tokio::try_join!(copy::config(&route.from, &old.config), packed(&layout, content))?;

    let made = rebuilt(&base.bytes, &base.media_type, &old_config, layer.as_ref(), edit)?;
    // A base that nothing was done to keeps its digest, of whatever algorithm.
    let same = names(&base.digest, &made.manifest);
    let digest = if same { base.digest.clone() } else { sha256(&made.manifest) };
    let manifest = Manifest { bytes: Bytes::from(made.manifest), digest, media_type: base.media_type.clone() };
    let contents = manifest::contents(&manifest.bytes, &doing)?;
    if tagged.as_ref() == Some(&manifest.digest) {
        return Ok(Prepared::Unchanged(manifest, contents.layers.into_iter().chain([contents.config]).collect()));
    }

    route.check_tag(tagged.as_ref(), &manifest)?;

    let mut blobs: Vec<(Blob, Origin)> =
        old.layers.into_iter().map(|blob| (blob, Origin::Registry(route.from.clone()))).collect();
    if let Some(layer) = layer {
        let blob = Blob { digest: layer.digest, size: layer.size };
        blobs.push((blob, Origin::Files(pack::Source { layout, content: Arc::clone(content) })));
    }
    blobs.push((contents.config, Origin::Made(Bytes::from(made.config))));
    Ok(Prepared::Push(Work { manifest, children: Vec::new(), blobs }))
}

async fn packed(layout: &Layout, content: &Arc<dyn Content>) -> Result<Option<PackedLayer>, Fault> {
    if layout.is_empty() {
        return Ok(None);
    }
    pack::pack(layout, content).await.map(Some)
}
