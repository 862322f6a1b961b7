//! Our own client of the OCI distribution protocol: reads, copies and rebuilds images.
//!
//! A blob is never held whole and never sent where it is already; what moves is verified by size and digest while it
//! moves. Manifests are moved as the exact bytes received.

mod auth;
mod blobs;
mod challenge;
mod choice;
mod client;
mod copy;
mod download;
mod errors;
mod greeting;
mod hashing;
mod index;
mod inspect;
mod listing;
mod login;
mod manifest;
mod manifests;
mod mount;
mod pack;
mod push;
mod rebuild;
mod rebuilt;
mod recent;
mod redirect;
mod referrers;
mod repository;
mod retag;
mod retry;
mod route;
mod shelf;
mod stand_in;
mod streaming;
mod telling;
mod token;
mod tree;
mod verified;
mod work;

#[cfg(test)]
pub(super) mod tests;

pub(super) use self::hashing::{Hashing, sha256};

use self::client::Client;
use self::repository::Repository;
use self::route::Route;
use super::local::LocalImages;
use super::transport::Transport;
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::{ImageFacts, Located, Pushed};
use crate::domain::image_reference::Digest;
use crate::domain::layer_edit::LayerEdit;
use crate::domain::platform::Platform;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use serde_json::{Value, json};
use shelf::Shelf;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::login::{Access, Content, Login, Logins, Place};
pub use self::pack::{PackedLayer, pack};
pub use self::rebuilt::{Rebuilt, rebuilt};
pub use self::route::Told;

/// By host and session.
type Clients = HashMap<(String, Option<String>), Arc<Client>>;

/// Every registry there is, as each session sees it; one for a whole run, so that logins and connections are shared.
pub struct Registries {
    transport: Arc<dyn Transport>,
    logins: Arc<dyn Logins>,
    content: Arc<dyn Content>,
    /// The registry of what is on this machine.
    local: Option<LocalImages>,
    clients: Mutex<Clients>,
    /// What was foreseen so far.
    shelf: Arc<Shelf>,
}

impl Registries {
    /// Registries reached through `transport`, with the endpoints and logins that `logins` knows; new layers are packed
    /// from `content`.
    pub fn new(transport: Arc<dyn Transport>, logins: Arc<dyn Logins>, content: Arc<dyn Content>) -> Self {
        Self { transport, logins, content, local: None, clients: Mutex::default(), shelf: Arc::default() }
    }

    /// The same, and the images on this machine.
    #[must_use]
    pub fn with_local(self, local: LocalImages) -> Self {
        Self { local: Some(local), clients: Mutex::default(), ..self }
    }

    /// The same, where nothing is written to this machine.
    #[must_use]
    pub fn with_nothing_written(self) -> Self {
        Self { local: self.local.map(LocalImages::remembered), clients: Mutex::default(), ..self }
    }

    /// Manifest and config of an image, verified; `None` where the registry itself says that there is none.
    ///
    /// An index (a multi-platform image) has no layers and a null config here.
    ///
    /// # Errors
    /// Denied, Network, Refused, or Verification where what came is not what its digest says.
    pub async fn read(&self, at: &Located) -> Result<Option<ImageFacts>, Fault> {
        copy::read(&self.repository(at), &at.image, false).await
    }

    /// The same without its config, which is null: one request less.
    ///
    /// # Errors
    /// As [`Registries::read`].
    pub async fn glance(&self, at: &Located) -> Result<Option<ImageFacts>, Fault> {
        copy::read(&self.repository(at), &at.image, true).await
    }

    /// The digest of an image, by its name alone; `None` where the registry itself says that there is none.
    ///
    /// # Errors
    /// Denied, Network, Refused.
    pub async fn find(&self, at: &Located) -> Result<Option<Digest>, Fault> {
        self.repository(at).found(&manifests::version(&at.image)).await
    }

    /// As [`Registries::read`], of the image for a platform: one of an index, or the image itself.
    ///
    /// # Errors
    /// As [`Registries::read`]; Missing where it has none for that platform.
    pub async fn read_for(&self, at: &Located, platform: &Platform) -> Result<Option<ImageFacts>, Fault> {
        inspect::read_for(&self.repository(at), &at.image, platform).await
    }

    /// The tags that a digest has in the repository of `at`.
    ///
    /// # Errors
    /// Denied, Network, Refused.
    pub async fn tags_of(&self, at: &Located, digest: &Digest) -> Result<Vec<String>, Fault> {
        inspect::tags_of(&self.repository(at), digest).await
    }

    /// Whether a tag of the repository of `at` is foreseen to be deleted.
    pub fn will_be_gone(&self, at: &Located, tag: &str) -> bool {
        self.foreseen(at).shelf().is_some_and(|(shelf, place)| shelf.is_gone(place, tag))
    }

    /// Copies the image `from`, an index with everything it names included, to the tag of `to`: blobs that are there
    /// already are not sent, and the tag is written last, so that a copy that fails leaves none.
    ///
    /// # Errors
    /// Usage without a target tag, Missing where there is no such image or no such platform of it, Refused by the
    /// registry (`ImageTagAlreadyExists` where the tag is immutable), Denied, Network, Verification.
    pub async fn copy(
        &self,
        from: &Located,
        to: &Located,
        options: &CopyOptions,
        told: impl Into<Told<'_>>,
    ) -> Result<Pushed, Fault> {
        let route = Route::new(|at| self.repository(at), from, to, options.replace, told.into())?;
        copy::copy(&route.mounting(&options.mount_from), options).await
    }

    /// Appends a layer to the image `from`, edits its config and pushes the result to the tag of `to`. The same inputs
    /// give the same digest. Of the options `replace` and `mount_from` are heeded; platforms are the edit's.
    ///
    /// # Errors
    /// As [`Registries::copy`]; also Usage where the edit cannot be laid out, and Verification where a file is no
    /// longer what it was when the script named it.
    pub async fn rebuild(
        &self,
        from: &Located,
        to: &Located,
        edit: &LayerEdit,
        options: &CopyOptions,
        told: impl Into<Told<'_>>,
    ) -> Result<Pushed, Fault> {
        let route = Route::new(|at| self.repository(at), from, to, options.replace, told.into())?;
        let route = route.mounting(&options.mount_from);
        route.carry_out(rebuild::prepare(&route, edit, &self.content).await?).await
    }

    /// Gives an image of a repository one more tag there.
    ///
    /// # Errors
    /// As [`Registries::copy`].
    pub async fn retag(
        &self,
        from: &Located,
        to: &Located,
        replace: bool,
        told: impl Into<Told<'_>>,
    ) -> Result<Pushed, Fault> {
        let route = Route::new(|at| self.repository(at), from, to, replace, told.into())?;
        route.carry_out(retag::prepare(&route).await?).await
    }

    /// The tags of a repository, each as `{"tag": …}`, the last by name first: no registry but ECR tells when they were pushed.
    ///
    /// # Errors
    /// Missing where the registry does not know the repository; Denied, Network, Refused.
    pub async fn tags(&self, at: &Located) -> Result<Value, Fault> {
        let mut tags = self.repository(at).tags().await?;
        tags.sort_unstable_by(|one, other| other.cmp(one));
        Ok(tags.into_iter().map(|tag| json!({ "tag": tag })).collect())
    }

    /// Deletes a tag, or by its digest an image with all of its tags; whether there was one.
    ///
    /// # Errors
    /// `DeletionUnsupported` where the registry deletes nothing, or not by tag; Denied, Network, Refused.
    pub async fn delete(&self, at: &Located) -> Result<bool, Fault> {
        self.repository(at).delete(&at.image).await
    }

    /// What [`Registries::retag`] would come to, by reading alone.
    ///
    /// # Errors
    /// As [`Registries::copy`].
    pub async fn foresee_retag(&self, from: &Located, to: &Located, replace: bool) -> Result<Pushed, Fault> {
        let events = Events::nowhere();
        let route = Route::new(|at| self.foreseen(at), from, to, replace, (&events).into())?;
        route.foresee(retag::prepare(&route).await?).await
    }

    /// Whether [`Registries::delete`] would delete something: whether it is there.
    ///
    /// # Errors
    /// As [`Registries::read`].
    pub async fn foresee_delete(&self, at: &Located) -> Result<bool, Fault> {
        let repository = self.foreseen(at);
        let version = manifests::version(&at.image);
        let there = repository.manifest(&version).await?.is_some();
        if let Some((shelf, place)) = repository.shelf() {
            shelf.take(place, &version);
        }
        Ok(there)
    }

    /// What [`Registries::copy`] would come to, by reading alone.
    ///
    /// # Errors
    /// As [`Registries::copy`].
    pub async fn foresee_copy(&self, from: &Located, to: &Located, options: &CopyOptions) -> Result<Pushed, Fault> {
        let events = Events::nowhere();
        let route = Route::new(|at| self.foreseen(at), from, to, options.replace, (&events).into())?;
        route.foresee(copy::prepare(&route, options).await?).await
    }

    /// What [`Registries::rebuild`] would come to, by reading and packing alone: the digest is computed, not guessed.
    ///
    /// # Errors
    /// As [`Registries::rebuild`].
    pub async fn foresee_rebuild(
        &self,
        from: &Located,
        to: &Located,
        edit: &LayerEdit,
        replace: bool,
    ) -> Result<Pushed, Fault> {
        let events = Events::nowhere();
        let route = Route::new(|at| self.foreseen(at), from, to, replace, (&events).into())?;
        route.foresee(rebuild::prepare(&route, edit, &self.content).await?).await
    }

    /// What [`Registries::read`] would give after all that was foreseen.
    ///
    /// # Errors
    /// As [`Registries::read`].
    pub async fn foresee_read(&self, at: &Located, manifest_only: bool) -> Result<Option<ImageFacts>, Fault> {
        copy::read(&self.foreseen(at), &at.image, manifest_only).await
    }

    /// What [`Registries::find`] would give after all that was foreseen.
    ///
    /// # Errors
    /// As [`Registries::find`].
    pub async fn foresee_find(&self, at: &Located) -> Result<Option<Digest>, Fault> {
        self.foreseen(at).found(&manifests::version(&at.image)).await
    }

    /// What [`Registries::read_for`] would give after all that was foreseen.
    ///
    /// # Errors
    /// As [`Registries::read_for`].
    pub async fn foresee_read_for(&self, at: &Located, platform: &Platform) -> Result<Option<ImageFacts>, Fault> {
        inspect::read_for(&self.foreseen(at), &at.image, platform).await
    }

    fn foreseen(&self, at: &Located) -> Repository {
        self.repository(at).foreseen(Arc::clone(&self.shelf))
    }

    fn repository(&self, at: &Located) -> Repository {
        let host = at.image.domain().to_owned();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients
            .entry((host.clone(), at.session.clone()))
            .or_insert_with(|| {
                let local = self.local.clone().filter(|_| at.image.local().is_some());
                let (transport, logins): (Arc<dyn Transport>, Arc<dyn Logins>) = match local {
                    Some(local) => (Arc::new(local.clone()), Arc::new(local)),
                    None => (Arc::clone(&self.transport), Arc::clone(&self.logins)),
                };
                Arc::new(Client::new(transport, logins, host, at.session.clone()))
            })
            .clone();
        Repository::of(client, &at.image)
    }
}
