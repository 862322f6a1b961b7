//! Everything below the manifest of an image: of an index its images, of those their blobs.

use super::errors::Doing;
use super::index;
use super::manifest::{self, Kind};
use super::manifests::Manifest;
use super::repository::Repository;
use crate::domain::image_facts::Blob;
use crate::effects::fault::{Fault, FaultKind};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{HashSet, VecDeque};

/// Manifests that are read at the same time.
const AT_ONCE: usize = 4;
/// Indexes below indexes: nobody nests deeper.
const DEEPEST: usize = 8;
/// Manifests of one image: a limit for what is not meant well.
const MOST: usize = 2000;

/// What a manifest stands on.
#[derive(Debug, Default)]
pub(super) struct Below {
    /// The manifests it names, and those that these name, each once; a manifest comes after all that it names.
    pub manifests: Vec<Manifest>,
    /// The blobs of them all: an image's layers, then its config, in the order of the index.
    pub blobs: Vec<Blob>,
}

/// Reads everything below `top` from its repository.
///
/// # Errors
/// Missing where an index names what the repository does not have; Refused for what is no image of today.
pub(super) async fn below(repository: &Repository, top: &Manifest, doing: &Doing) -> Result<Below, Fault> {
    let mut below = Below::default();
    let mut seen = HashSet::from([top.digest.clone()]);
    let mut level = vec![top.clone()];
    let mut levels = VecDeque::new();
    while !level.is_empty() {
        let mut children = Vec::new();
        for manifest in &level {
            match manifest::known(&manifest.media_type, doing)? {
                Kind::Image(_) => {
                    let contents = manifest::contents(&manifest.bytes, doing)?;
                    below.blobs.extend(contents.layers.into_iter().chain([contents.config]));
                }
                Kind::Index => {
                    for child in index::children(&manifest.bytes, doing)? {
                        if !child.is_manifest() {
                            below.blobs.push(child.blob);
                        } else if seen.insert(child.blob.digest.clone()) {
                            children.push(child.blob);
                        }
                    }
                }
            }
        }
        if levels.len() >= DEEPEST || seen.len() > MOST {
            return Err(endless(doing));
        }
        let reading = children.into_iter().map(|child| named(repository, child)).collect::<Vec<_>>();
        let next = stream::iter(reading).buffered(AT_ONCE).try_collect().await?;
        levels.push_front(std::mem::replace(&mut level, next));
    }
    levels.pop_back();
    below.manifests = levels.into_iter().flatten().collect();
    Ok(below)
}

/// A manifest that an index names.
pub(super) async fn named(repository: &Repository, child: Blob) -> Result<Manifest, Fault> {
    let doing = repository.doing("read", &format!("manifest {}", child.digest));
    let found = repository.manifest(&child.digest.to_string()).await?.ok_or_else(|| absent(&doing))?;
    if found.bytes.len() as u64 != child.size {
        let why = format!("it has {} bytes, and its index says {}", found.bytes.len(), child.size);
        return Err(doing.unverified(why));
    }
    Ok(found)
}

/// What an index names is not there.
pub(super) fn absent(doing: &Doing) -> Fault {
    doing.fault(FaultKind::Missing, "ManifestMissing", "an index names it, and it is not there").hint(
        "it was deleted, or never pushed: choose platforms that are there with `platforms`, or push the image again",
    )
}

fn endless(doing: &Doing) -> Fault {
    let why = format!("it is nested deeper than {DEEPEST} indexes, or has more than {MOST} manifests");
    doing.fault(FaultKind::Refused, "IndexTooLarge", why).hint("copy the images that are needed by their digests")
}
