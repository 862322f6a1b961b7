//! What a request to the registry of local images asks for, and how it is answered.

use super::naming;
use crate::domain::image_reference::{Digest, Local};
use crate::effects::fault::Fault;
use crate::live::transport::Body;
use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use std::convert::Infallible;

/// A request, understood.
#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    /// Folder or archive.
    pub local: Local,
    /// Where it is.
    pub path: String,
    /// What of it.
    pub what: What,
}

/// What a request is about.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    /// A manifest.
    Manifest(Version),
    /// The names of all images.
    Tags,
    /// A blob.
    Blob(Digest),
    /// Beginning or giving up an upload.
    Uploads,
    /// The blob of an upload.
    Upload(Digest),
}

/// Which image is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// By its digest.
    Digest(Digest),
    /// By its name.
    Name(String),
    /// The only one there.
    Only,
}

impl Operation {
    /// `http://SCHEME/v2/PATH/…`; the path is one segment.
    pub fn of(uri: &Uri) -> Option<Self> {
        let local = Local::of(uri.host()?)?;
        let mut segments = uri.path().strip_prefix("/v2/")?.split('/');
        let path = naming::read(segments.next()?)?;
        let rest: Vec<&str> = segments.collect();
        let digest = || Digest::parse(uri.query()?.split('&').find_map(|one| one.strip_prefix("digest="))?).ok();
        let what = match rest.as_slice() {
            ["manifests", version] => What::Manifest(Version::of(naming::read(version)?)),
            ["tags", "list"] => What::Tags,
            ["blobs", "uploads", ..] => digest().map_or(What::Uploads, What::Upload),
            ["blobs", digest] => What::Blob(Digest::parse(digest).ok()?),
            _ => return None,
        };
        Some(Self { local, path, what })
    }
}

impl Version {
    fn of(text: String) -> Self {
        match Digest::parse(&text) {
            Ok(digest) => Self::Digest(digest),
            Err(_) if text == naming::ONLY => Self::Only,
            Err(_) => Self::Name(text),
        }
    }

    /// The name, where it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Digest(_) | Self::Only => None,
        }
    }
}

/// An answer of a status alone.
pub(super) fn status(status: StatusCode) -> Response<Body> {
    with_body(status, Bytes::new())
}

/// An answer.
pub(super) fn with_body(status: StatusCode, bytes: Bytes) -> Response<Body> {
    let mut answer = Response::new(Full::new(bytes).map_err(|never: Infallible| match never {}).boxed());
    *answer.status_mut() = status;
    answer
}

/// A registry's words for what is not there.
pub(super) fn unknown() -> Response<Body> {
    with_body(StatusCode::NOT_FOUND, Bytes::from_static(br#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#))
}

/// A fault as an answer: it is taken out of it as it is.
pub(super) fn refused(fault: Fault) -> Response<Body> {
    let mut answer = status(StatusCode::BAD_REQUEST);
    answer.extensions_mut().insert(fault);
    answer
}
