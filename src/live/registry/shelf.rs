//! What a plan has foreseen of images: a later prediction stands on it as if it had been pushed.

use super::manifests::Manifest;
use super::push::Origin;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Host and path of a repository.
type Place = (String, String);

/// Foreseen images; nothing of it is in any registry.
#[derive(Default)]
pub(super) struct Shelf(Mutex<HashMap<Place, Foreseen>>);

/// What is foreseen in one repository.
#[derive(Default)]
struct Foreseen {
    tags: HashMap<String, Digest>,
    manifests: HashMap<Digest, Manifest>,
    /// Blobs, and where they come from.
    blobs: HashMap<Digest, Origin>,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Foreseen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a push that is foreseen: the manifest under its tag, those it stands on, and the blobs that
    /// are not there yet.
    pub fn put<'a>(
        &self,
        (host, path): (&str, &str),
        tag: &str,
        manifests: impl Iterator<Item = Manifest>,
        blobs: impl Iterator<Item = (&'a Blob, &'a Origin)>,
    ) {
        let mut all = self.lock();
        let foreseen = all.entry((host.to_owned(), path.to_owned())).or_default();
        for (number, manifest) in manifests.enumerate() {
            if number == 0 {
                foreseen.tags.insert(tag.to_owned(), manifest.digest.clone());
            }
            foreseen.manifests.insert(manifest.digest.clone(), manifest);
        }
        for (blob, origin) in blobs {
            foreseen.blobs.insert(blob.digest.clone(), origin.clone());
        }
    }

    /// A manifest by its tag or digest.
    pub fn manifest(&self, (host, path): (&str, &str), version: &str) -> Option<Manifest> {
        let all = self.lock();
        let foreseen = all.get(&(host.to_owned(), path.to_owned()))?;
        let digest = foreseen.tags.get(version).cloned().or_else(|| Digest::parse(version).ok())?;
        foreseen.manifests.get(&digest).cloned()
    }

    /// Whether a blob will be there.
    pub fn has(&self, (host, path): (&str, &str), digest: &Digest) -> bool {
        self.lock().get(&(host.to_owned(), path.to_owned())).is_some_and(|foreseen| foreseen.blobs.contains_key(digest))
    }

    /// Where a foreseen blob comes from.
    pub fn origin(&self, (host, path): (&str, &str), digest: &Digest) -> Option<Origin> {
        self.lock().get(&(host.to_owned(), path.to_owned()))?.blobs.get(digest).cloned()
    }
}
