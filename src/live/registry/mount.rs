//! Blobs that another repository of the target's registry has: nothing of them needs to move.

use super::blobs::noun;
use super::client::Ask;
use super::repository::{Repository, Right};
use crate::domain::image_facts::Blob;
use http::{Method, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Of an answer that has no content.
const LIMIT: usize = 64 << 10;

/// A repository that may have blobs of ours.
#[derive(Debug)]
pub(super) struct Mount {
    name: String,
    /// It cannot be looked into: it is missing, or not ours.
    shut: AtomicBool,
}

impl Repository {
    /// The same, with others of its registry that may have its blobs.
    #[must_use]
    pub fn mounting(mut self, names: &[String]) -> Self {
        let others = names.iter().filter(|name| **name != self.name);
        let mounts = others.map(|name| Mount { name: name.clone(), shut: AtomicBool::new(false) });
        self.mounts = mounts.collect::<Vec<_>>().into();
        self
    }

    /// The repository to ask a blob of. Where it is the only one it need not be looked into: beginning an upload asks.
    pub async fn holder(&self, blob: &Blob) -> Option<Self> {
        let (last, others) = self.mounts.split_last()?;
        for mount in others {
            let there = self.beside(&mount.name);
            if !mount.shut.load(Ordering::Relaxed) && there.holds(blob, &mount.shut).await {
                return Some(there);
            }
        }
        Some(self.beside(&last.name))
    }

    fn beside(&self, name: &str) -> Self {
        let mut other = self.clone();
        (other.name, other.mounts) = (name.to_owned(), Arc::default());
        other
    }

    /// Whether it has a blob, by one request: it is an offer, and the blob can move.
    async fn holds(&self, blob: &Blob, shut: &AtomicBool) -> bool {
        let doing = self.doing("look for", &noun(blob));
        let ask: Ask = self.ask(Method::HEAD, &format!("blobs/{}", blob.digest), Right::Pull, doing);
        let status = self.client.read(&ask, LIMIT).await.ok().map(|answer| answer.status);
        if status.is_some_and(|status| status.is_success() || status.is_redirection()) {
            return true;
        }
        if status != Some(StatusCode::NOT_FOUND) {
            shut.store(true, Ordering::Relaxed);
        }
        false
    }
}
