//! An image without layers that stands for one which a rehearsal does not build.

use super::Registries;
use super::hashing::sha256;
use super::login::{Access, Place};
use super::manifests::Manifest;
use super::push::Origin;
use super::route::Route;
use super::work::{Prepared, Work};
use crate::domain::image_facts::{Blob, Located};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use bytes::Bytes;
use serde_json::{Value, json};

impl Registries {
    /// Pushes an image with this config and no layer to the tag of `to`.
    ///
    /// # Errors
    /// As [`Registries::copy`].
    pub async fn stand_in(&self, to: &Located, config: &Value, events: &Events) -> Result<(), Fault> {
        let route = Route::new(|at| self.repository(at), to, to, true, events.into())?;
        let config = Bytes::from(config.to_string());
        let blob = Blob { digest: sha256(&config), size: config.len() as u64 };
        let media_type = "application/vnd.oci.image.manifest.v1+json".to_owned();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type, "layers": [],
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob.digest, "size": blob.size,
            },
        });
        let bytes = Bytes::from(manifest.to_string());
        let manifest = Manifest { digest: sha256(&bytes), bytes, media_type };
        let work = Work { manifest, children: Vec::new(), blobs: vec![(blob, Origin::Made(config))] };
        route.carry_out(Prepared::Push(work)).await.map(drop)
    }

    /// Where the registry of an image is, and who we are there, for others who push to it.
    ///
    /// # Errors
    /// Where there is no login to be had, and the registry asks for one.
    pub async fn access(&self, at: &Located) -> Result<Access, Fault> {
        let (host, repository) = (at.image.domain(), at.image.path());
        let endpoint = self.logins.endpoint(host)?;
        let login = self.logins.login(Place { host, repository, session: at.session.as_deref() }, None).await;
        let login = match login {
            Ok(login) => login,
            // Whoever asks for no login does not mind that there is none.
            Err(fault) => match self.repository(at).tagged(at.image.tag().unwrap_or("latest")).await {
                Ok(_) => None,
                Err(_) => return Err(fault),
            },
        };
        Ok(Access { endpoint, login })
    }
}
