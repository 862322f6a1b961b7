//! What was read of images a moment ago: a copy that follows its look need not ask for it again. By digest, so that it
//! cannot be old.

use super::manifests::Manifest;
use crate::domain::image_reference::Digest;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So much is kept of each kind, for branches that copy at the same time.
const KEPT: usize = 16;
/// What is larger is asked for again rather than kept, in bytes.
const LARGE: usize = 256 << 10;

/// The last manifests and configs that were read, by repository and digest.
#[derive(Default)]
pub(super) struct Recent {
    manifests: Mutex<VecDeque<(String, Manifest)>>,
    configs: Mutex<VecDeque<(String, Digest, Bytes)>>,
}

impl Recent {
    /// Keeps a manifest.
    pub fn keep_manifest(&self, repository: &str, manifest: &Manifest) {
        if manifest.bytes.len() <= LARGE {
            keep(&self.manifests, (repository.to_owned(), manifest.clone()));
        }
    }

    /// A manifest that was asked for by its digest.
    pub fn manifest(&self, repository: &str, version: &str) -> Option<Manifest> {
        let digest = Digest::parse(version).ok()?;
        let kept = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, manifest)| of == repository && manifest.digest == digest).map(|(_, one)| one.clone())
    }

    /// Keeps a config.
    pub fn keep_config(&self, repository: &str, digest: &Digest, bytes: &Bytes) {
        if bytes.len() <= LARGE {
            keep(&self.configs, (repository.to_owned(), digest.clone(), bytes.clone()));
        }
    }

    /// A config.
    pub fn config(&self, repository: &str, digest: &Digest) -> Option<Bytes> {
        let kept = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, one, _)| of == repository && one == digest).map(|(.., bytes)| bytes.clone())
    }
}

fn keep<T>(all: &Mutex<VecDeque<T>>, one: T) {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() == KEPT {
        all.pop_front();
    }
    all.push_back(one);
}
