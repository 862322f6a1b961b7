//! Reading and copying images.

use super::choice;
use super::download;
use super::manifest::{self, Kind};
use super::manifests::{Manifest, version};
use super::push::Origin;
use super::referrers;
use super::repository::Repository;
use super::route::{self, Route};
use super::tree;
use super::work::{Prepared, Work};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::{Blob, ImageFacts, Pushed, platform};
use crate::domain::image_reference::Reference;
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;

/// The most that is read of a config.
const CONFIG: u64 = 8 << 20;

/// Copies an image to a tag. While its blobs move, what is left behind is looked for.
pub(super) async fn copy(route: &Route<'_>, options: &CopyOptions) -> Result<Pushed, Fault> {
    let prepared = prepare(route, options).await?;
    let alone = match &prepared {
        Prepared::Push(Work { manifest, .. }) | Prepared::Tag(manifest, _) if !options.referrers => {
            Some(manifest.digest.clone())
        }
        _ => None,
    };
    let tell = async {
        if let Some(image) = alone {
            referrers::tell_of_those_left(route, &image).await;
        }
    };
    let (pushed, ()) = tokio::join!(route.carry_out(prepared), tell);
    pushed
}

/// Prepares the copy of an image to a tag. Writes nothing.
pub(super) async fn prepare(route: &Route<'_>, options: &CopyOptions) -> Result<Prepared, Fault> {
    let (source, tagged) = route.look().await?;
    let manifest = choice::chosen(route, source, &options.platforms).await?;
    let doing = route.doing();
    let is_tagged = tagged.as_ref() == Some(&manifest.digest);
    if is_tagged && !options.referrers {
        let blobs = known_blobs(&manifest, &doing)?;
        return Ok(Prepared::Unchanged(manifest, blobs));
    }
    if !is_tagged {
        route.check_tag(tagged.as_ref(), &manifest)?;
    }
    if !options.referrers && route.has_whole(&manifest).await? {
        let blobs = known_blobs(&manifest, &doing)?;
        return Ok(Prepared::Tag(manifest, blobs));
    }
    let below = tree::below(&route.from, &manifest, &doing).await?;
    let from = |blob: Blob| {
        let known = route.from.client.recent.config(&route.from.name, &blob.digest);
        let of = route.from.clone();
        (blob, known.map_or_else(|| Origin::Registry(of.clone()), |bytes| Origin::Known(of.clone(), bytes)))
    };
    let blobs = below.blobs.into_iter().map(from).collect();
    let mut work = Work { manifest, children: below.manifests, blobs };
    if !options.referrers {
        return Ok(Prepared::Push(work));
    }
    let found = referrers::gather(route, &mut work).await?;
    if is_tagged && found.are_there(route).await? {
        let blobs = known_blobs(&work.manifest, &doing)?;
        return Ok(Prepared::Unchanged(work.manifest, blobs));
    }
    Ok(if found.count() == 0 { Prepared::Push(work) } else { Prepared::Beside { work, found, is_tagged } })
}

/// The blobs that a manifest names itself; an index has none.
fn known_blobs(manifest: &Manifest, doing: &super::errors::Doing) -> Result<Vec<Blob>, Fault> {
    if manifest::kind(&manifest.media_type) == Some(Kind::Index) {
        return Ok(Vec::new());
    }
    let contents = manifest::contents(&manifest.bytes, doing)?;
    Ok(contents.layers.into_iter().chain([contents.config]).collect())
}

/// What is known of an image, or `None`. Its config is null where the manifest is enough.
pub(super) async fn read(
    repository: &Repository,
    image: &Reference,
    manifest_only: bool,
) -> Result<Option<ImageFacts>, Fault> {
    let Some(manifest) = repository.manifest(&version(image)).await? else { return Ok(None) };
    repository.client.recent.keep_manifest(&repository.name, &manifest);
    let Manifest { digest, media_type, bytes } = &manifest;
    let facts = |layers, config, index| {
        Some(ImageFacts { digest: digest.clone(), media_type: media_type.clone(), layers, config, index })
    };
    let doing = route::reading(repository, image);
    if manifest::known(media_type, &doing)? == Kind::Index {
        return Ok(facts(Vec::new(), serde_json::Value::Null, platforms(bytes)));
    }
    let contents = manifest::contents(bytes, &doing)?;
    if manifest_only {
        return Ok(facts(contents.layers, serde_json::Value::Null, Vec::new()));
    }
    let config = serde_json::from_slice(&config(repository, &contents.config).await?).map_err(|why| {
        doing.fault(FaultKind::Verification, "ConfigUnreadable", format!("the config cannot be understood: {why}"))
    })?;
    Ok(facts(contents.layers, config, Vec::new()))
}

/// The platforms that an index names; those of attestations are unknown, and left out.
fn platforms(index: &[u8]) -> Vec<String> {
    let index: serde_json::Value = serde_json::from_slice(index).unwrap_or_default();
    let images = index.get("manifests").and_then(serde_json::Value::as_array).into_iter().flatten();
    let named = images.filter_map(|image| platform(image.get("platform")?));
    named.filter(|platform| !platform.starts_with("unknown/")).collect()
}

/// The config of an image, verified.
pub(super) async fn config(repository: &Repository, config: &Blob) -> Result<Bytes, Fault> {
    let mut repository = repository.clone();
    loop {
        // What is only foreseen is read where it will come from.
        match repository.shelf().and_then(|(shelf, place)| shelf.origin(place, &config.digest)) {
            Some(Origin::Made(bytes) | Origin::Known(_, bytes)) => return Ok(bytes),
            Some(Origin::Registry(from)) if !from.is(&repository) => repository = from,
            _ => {
                if let Some(known) = repository.client.recent.config(&repository.name, &config.digest) {
                    return Ok(known);
                }
                let bytes = download::whole(&repository, config, CONFIG).await?;
                repository.client.recent.keep_config(&repository.name, &config.digest, &bytes);
                return Ok(bytes);
            }
        }
    }
}
