//! One repository: blobs, manifests kept as their exact bytes, tags, and uploads under way.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::content::{self, References};
use crate::rehearsal::digest::{is_digest, sha256};
use crate::rehearsal::moment::Moment;
use crate::rehearsal::world::fits;

/// A repository's content.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its name, such as `team/shop`.
    pub name: String,
    /// Whether a tag, once pushed, stays.
    pub immutable: bool,
    /// Patterns with `*` of tags for which that is the other way round.
    pub exceptions: Vec<String>,
    /// When it was created.
    pub created: Moment,
    /// Blobs by digest.
    pub blobs: BTreeMap<String, Bytes>,
    /// Manifests by digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// Digests by tag.
    pub tags: BTreeMap<String, String>,
    /// Uploads that were started and not finished, by their identifier.
    pub uploads: BTreeMap<String, Vec<u8>>,
    /// Uploads ever started, which makes their identifiers.
    pub uploads_started: u64,
}

/// A manifest as it was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The exact bytes: the digest is over them.
    pub bytes: Bytes,
    /// The Content-Type it came with.
    pub media_type: String,
    /// When it came first.
    pub pushed: Moment,
    /// Bytes of config and layers together; zero for an index.
    pub size: u64,
    /// Whether it is in ECR's archive: told of, and not given.
    pub archived: bool,
}

/// A manifest that was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Its digest.
    pub digest: String,
    /// Whether the same tag (or, without one, the digest) was there already.
    pub unchanged: bool,
}

/// Why a manifest was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not a manifest; the text says why.
    Invalid(String),
    /// The reference is a digest, and not that of the bytes.
    DigestMismatch(String),
    /// Config or layers are not in this repository.
    MissingBlobs(Vec<String>),
    /// Manifests of an index are not in this repository.
    MissingManifests(Vec<String>),
    /// The repository is immutable and has the tag.
    TagExists {
        tag: String,
        /// Whether the tag has the very same manifest.
        same: bool,
    },
}

impl Repository {
    /// An empty repository.
    pub fn new(name: &str, immutable: bool, created: Moment) -> Repository {
        Repository {
            name: name.to_owned(),
            immutable,
            exceptions: Vec::new(),
            created,
            blobs: BTreeMap::new(),
            manifests: BTreeMap::new(),
            tags: BTreeMap::new(),
            uploads: BTreeMap::new(),
            uploads_started: 0,
        }
    }

    /// Keeps a blob under its digest.
    pub fn put_blob(&mut self, blob: Bytes) -> String {
        let digest = sha256(&blob);
        self.blobs.insert(digest.clone(), blob);
        digest
    }

    /// The manifest under a tag or a digest, with its digest.
    pub fn manifest(&self, reference: &str) -> Option<(&str, &Manifest)> {
        let digest = if is_digest(reference) { reference } else { self.tags.get(reference)? };
        self.manifests.get_key_value(digest).map(|(digest, manifest)| (digest.as_str(), manifest))
    }

    /// Takes a manifest under a tag or its digest, if all it stands on is here.
    ///
    /// # Errors
    /// A [`Refusal`] that says why it was not taken; nothing has changed then.
    pub fn put_manifest(
        &mut self,
        reference: Option<&str>,
        bytes: Bytes,
        media_type: &str,
        now: Moment,
    ) -> Result<Pushed, Refusal> {
        let needed = content::references(&bytes, media_type).map_err(Refusal::Invalid)?;
        self.check_references(&needed)?;
        let digest = sha256(&bytes);
        let tag = reference.filter(|reference| !reference.contains(':'));
        if let Some(wanted) = reference.filter(|reference| reference.contains(':'))
            && wanted != digest
        {
            return Err(Refusal::DigestMismatch(digest));
        }
        let unchanged = match tag {
            Some(tag) => self.tags.get(tag) == Some(&digest),
            None => self.manifests.contains_key(&digest),
        };
        if let Some(tag) = tag {
            if self.keeps(tag) && self.tags.contains_key(tag) {
                return Err(Refusal::TagExists { tag: tag.to_owned(), same: unchanged });
            }
            self.tags.insert(tag.to_owned(), digest.clone());
        }
        self.manifests.entry(digest.clone()).or_insert(Manifest {
            bytes,
            media_type: media_type.to_owned(),
            pushed: now,
            size: needed.size,
            archived: false,
        });
        Ok(Pushed { digest, unchanged })
    }

    /// Whether a tag, once pushed, stays.
    pub fn keeps(&self, tag: &str) -> bool {
        self.immutable != self.exceptions.iter().any(|pattern| fits(pattern, tag))
    }

    /// The manifest under a tag or a digest that can be pulled, with its digest.
    pub fn pullable(&self, reference: &str) -> Option<(&str, &Manifest)> {
        self.manifest(reference).filter(|(_, manifest)| !manifest.archived)
    }

    /// Whether an index of this repository has the manifest.
    pub fn is_referenced(&self, digest: &str) -> bool {
        self.manifests.values().any(|manifest| {
            let needed = content::references(&manifest.bytes, &manifest.media_type);
            needed.is_ok_and(|needed| needed.manifests.iter().any(|one| one == digest))
        })
    }

    /// The tags of a digest, sorted.
    pub fn tags_of(&self, digest: &str) -> Vec<&str> {
        self.tags.iter().filter(|(_, tagged)| *tagged == digest).map(|(tag, _)| tag.as_str()).collect()
    }

    fn check_references(&self, needed: &References) -> Result<(), Refusal> {
        let absent = |digests: &[String], there: &dyn Fn(&String) -> bool| -> Vec<String> {
            digests.iter().filter(|digest| !there(digest)).cloned().collect()
        };
        let blobs = absent(&needed.blobs, &|digest| self.blobs.contains_key(digest));
        if !blobs.is_empty() {
            return Err(Refusal::MissingBlobs(blobs));
        }
        let manifests = absent(&needed.manifests, &|digest| self.manifests.contains_key(digest));
        if !manifests.is_empty() {
            return Err(Refusal::MissingManifests(manifests));
        }
        Ok(())
    }
}
