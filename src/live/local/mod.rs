//! Images on this machine, served as a registry that is in this process: what copies, rebuilds and verifies images of
//! registries does so with these.
//!
//! The host of a request is the scheme (`oci`), its repository the path of folder or archive.

mod archive;
mod blobs;
mod contents;
mod docker;
mod export;
mod files;
mod index;
mod layout;
mod manifests;
mod memory;
pub mod naming;
mod operation;
mod packed;
mod sending;
mod store;
mod tar_map;

use self::archive::{Archive, Known};
use self::layout::Layout;
use self::memory::{Memory, Remembered};
use self::operation::{Operation, What};
use self::store::Store;
use super::host::files::ProjectFiles;
use super::registry::{Login, Logins, Place};
use super::transport::{Answer, Body, Transport};
use crate::domain::image_reference::Local;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::world::Boxed;
use http::{Method, Request, Response, StatusCode};
use std::fmt;
use std::sync::Arc;

/// The images on this machine, inside of a project.
#[derive(Clone)]
pub struct LocalImages {
    files: ProjectFiles,
    /// What is known of archives.
    known: Arc<Known>,
    /// What is written, where nothing may be: in a rehearsal.
    memory: Option<Arc<Memory>>,
}

impl LocalImages {
    /// Those of a project.
    pub fn of(files: ProjectFiles) -> Self {
        Self { files, known: Arc::default(), memory: None }
    }

    /// The same; what is written is only remembered.
    #[must_use]
    pub fn remembered(self) -> Self {
        Self { memory: Some(Arc::default()), ..self }
    }

    fn store(&self, local: Local, path: &str) -> Arc<dyn Store> {
        let store: Arc<dyn Store> = match local {
            Local::Layout => Arc::new(Layout::at(&self.files, path)),
            Local::OciArchive | Local::DockerArchive => Arc::new(Archive::at(&self.files, local, path, &self.known)),
        };
        match &self.memory {
            Some(memory) => Arc::new(Remembered::over(store, memory, (local, path.to_owned()))),
            None => store,
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let (head, body) = request.into_parts();
        let Some(Operation { local, path, what }) = Operation::of(&head.uri) else {
            return Ok(operation::status(StatusCode::NOT_FOUND));
        };
        let store = self.store(local, &path);
        let media_type = head.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match (head.method, what) {
            (method @ (Method::GET | Method::HEAD), What::Manifest(version)) => {
                let place = (local, path);
                manifests::get(store, place, version, method == Method::HEAD).await
            }
            (Method::PUT, What::Manifest(version)) => {
                let media_type = media_type.unwrap_or_default().to_owned();
                manifests::put(store, local, version, media_type, body).await
            }
            (Method::DELETE, What::Manifest(version)) => manifests::delete(store, version).await,
            (Method::GET, What::Tags) => manifests::tags(store, local, path).await,
            (Method::HEAD, What::Blob(digest)) => blobs::head(store, digest).await,
            (Method::GET, What::Blob(digest)) => blobs::get(store, digest).await,
            (Method::POST, What::Uploads) => Ok(blobs::begin(&head.uri)),
            (Method::PUT, What::Upload(digest)) => blobs::put(store, digest, body).await,
            // an upload that was not finished has left nothing
            (Method::DELETE, What::Uploads) => Ok(operation::status(StatusCode::NO_CONTENT)),
            // what points at an image has a name of its own here, as in a registry without that API
            _ => Ok(operation::status(StatusCode::NOT_FOUND)),
        }
    }
}

impl fmt::Debug for LocalImages {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LocalImages")
    }
}

impl Transport for LocalImages {
    fn send(&self, request: Request<Body>) -> Answer {
        let all = self.clone();
        Box::pin(async move {
            match all.answer(request).await {
                Ok(answer) => Ok(answer),
                // what went wrong here needs no words of a registry
                Err(fault) => Ok(operation::refused(fault)),
            }
        })
    }
}

impl Logins for LocalImages {
    fn endpoint(&self, host: &str) -> Result<String, Fault> {
        Ok(format!("http://{host}"))
    }

    fn login<'a>(&'a self, _place: Place<'a>, _refused: Option<&'a Login>) -> Boxed<'a, Result<Option<Login>, Fault>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nothing is there.
fn missing(local: Local, path: &str) -> Fault {
    let noun = if local.is_archive() { "file" } else { "folder" };
    Fault::new(FaultKind::Missing, "FileMissing", format!("there is no {noun} `{path}`, which should be {}", local.a()))
        .hint("check the path: it is relative to the project's root")
}
