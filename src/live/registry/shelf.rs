//! What a plan has foreseen of images: a later prediction stands on it as if it had been pushed.

use super::manifests::Manifest;
use super::push::Origin;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::live::local::naming;
use std::collections::{HashMap, HashSet};
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
    /// Tags and digests that will have been deleted.
    gone: HashSet<String>,
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
        manifests: impl IntoIterator<Item = Manifest>,
        blobs: impl IntoIterator<Item = (&'a Blob, &'a Origin)>,
    ) {
        let mut all = self.lock();
        let foreseen = all.entry((host.to_owned(), path.to_owned())).or_default();
        for (number, manifest) in manifests.into_iter().enumerate() {
            if number == 0 {
                foreseen.gone.remove(tag);
                foreseen.tags.insert(tag.to_owned(), manifest.digest.clone());
            }
            foreseen.gone.remove(&manifest.digest.to_string());
            foreseen.manifests.insert(manifest.digest.clone(), manifest);
        }
        for (blob, origin) in blobs {
            foreseen.blobs.insert(blob.digest.clone(), origin.clone());
        }
    }

    /// Takes in that a tag, or a digest with all of its tags, will have been deleted.
    pub fn take(&self, (host, path): (&str, &str), version: &str) {
        let mut all = self.lock();
        let foreseen = all.entry((host.to_owned(), path.to_owned())).or_default();
        if let Ok(digest) = Digest::parse(version) {
            let tags: Vec<String> = foreseen.tags.extract_if(|_, of| *of == digest).map(|(tag, _)| tag).collect();
            foreseen.gone.extend(tags);
            foreseen.manifests.remove(&digest);
        }
        foreseen.tags.remove(version);
        foreseen.gone.insert(version.to_owned());
    }

    /// Whether a tag or a digest will have been deleted.
    pub fn is_gone(&self, (host, path): (&str, &str), version: &str) -> bool {
        self.lock().get(&(host.to_owned(), path.to_owned())).is_some_and(|foreseen| foreseen.gone.contains(version))
    }

    /// A manifest by its tag or digest.
    pub fn manifest(&self, (host, path): (&str, &str), version: &str) -> Option<Manifest> {
        let all = self.lock();
        let foreseen = all.get(&(host.to_owned(), path.to_owned()))?;
        let only = || foreseen.tags.values().next().filter(|_| version == naming::ONLY && foreseen.tags.len() == 1);
        let tagged = foreseen.tags.get(version).or_else(only).cloned();
        let digest = tagged.or_else(|| Digest::parse(version).ok())?;
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
