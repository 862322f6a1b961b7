//! One request to a registry, from its credential to its reply.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use super::access::Credential;
use super::error::{error, name_unknown, unsupported};
use super::operation::{Action, Operation};
use super::repository::Repository;
use super::store::Registry;
use super::{blobs, manifests, referrers, uploads};
use crate::rehearsal::moment::Moment;

/// A request whose body has arrived.
#[derive(Debug)]
pub struct Incoming {
    /// What it asks.
    pub operation: Operation,
    /// The query, still encoded.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// A reply.
#[derive(Debug)]
pub struct Served {
    /// The status.
    pub status: StatusCode,
    /// Headers, in the order in which they are written.
    pub headers: Vec<(HeaderName, String)>,
    /// The body; empty for HEAD.
    pub body: Bytes,
}

impl Served {
    /// An empty reply.
    pub fn new(status: StatusCode) -> Served {
        Served { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Served {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body and its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Served {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.with(CONTENT_LENGTH, length)
    }
}

/// `Docker-Content-Digest`
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Serves a request; `None` drops the connection, which is what ECR does with a repository that
/// is not there.
pub fn serve(registry: &mut Registry, request: &Incoming, now: Moment) -> Option<Served> {
    match judge(registry, request, now) {
        Credential::Good => {}
        refused => return Some(unauthorized(registry, refused)),
    }
    let operation = &request.operation;
    if operation.action == Action::Ping {
        return Some(Served::new(StatusCode::OK).with(CONTENT_TYPE, "application/json").body("{}"));
    }
    let ecr = registry.is_ecr();
    let name = operation.repository.as_str();
    if !ecr && operation.action == Action::StartUpload {
        let fresh = || Repository::new(name, false, now);
        registry.repositories.entry(name.to_owned()).or_insert_with(fresh);
    }
    let Some(repository) = registry.repositories.get_mut(name) else {
        return (!ecr).then(|| name_unknown(name));
    };
    Some(match operation.action {
        Action::Ping => Served::new(StatusCode::OK),
        Action::ListTags => manifests::tags(repository),
        Action::HeadManifest => manifests::get(repository, &operation.reference, false),
        Action::GetManifest => manifests::get(repository, &operation.reference, true),
        Action::PutManifest => manifests::put(repository, request, ecr, now),
        // ECR deletes by its own API alone
        Action::DeleteManifest if ecr => unsupported(),
        Action::DeleteManifest => manifests::delete(repository, &operation.reference),
        Action::HeadBlob => blobs::head(repository, &operation.reference),
        Action::GetBlob => blobs::get(repository, &operation.reference, &request.headers),
        Action::StartUpload => uploads::start(repository),
        Action::PatchUpload => uploads::patch(repository, request, ecr),
        Action::PutUpload => uploads::finish(repository, request),
        Action::ListReferrers => referrers::list(repository, &operation.reference),
    })
}

impl Registry {
    /// Whether the request's credential is good.
    pub fn lets_in(&self, request: &Incoming, now: Moment) -> bool {
        judge(self, request, now) == Credential::Good
    }
}

fn judge(registry: &Registry, request: &Incoming, now: Moment) -> Credential {
    let authorization = request.headers.get(http::header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    registry.access.judge(authorization, now)
}

fn unauthorized(registry: &Registry, credential: Credential) -> Served {
    let (code, message) = match credential {
        Credential::Expired => ("DENIED", "Your authorization token has expired. Reauthenticate and try again."),
        Credential::Good | Credential::Absent | Credential::Bad => {
            ("UNAUTHORIZED", "authentication required: Not Authorized")
        }
    };
    error(StatusCode::UNAUTHORIZED, code, message).with(WWW_AUTHENTICATE, registry.access.challenge(&registry.host))
}
