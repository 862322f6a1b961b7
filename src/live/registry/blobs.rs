//! Blobs in a registry: looked for, mounted, uploaded in one piece, given up.

use super::client::{Ask, Target};
use super::manifests::announced;
use super::redirect;
use super::repository::{Repository, Right};
use super::retry::Trouble;
use super::streaming;
use crate::domain::image_facts::Blob;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Body;
use http::header::{CONTENT_TYPE, RANGE};
use http::{HeaderValue, Method, StatusCode, Uri};
use std::time::Duration;

/// Of the answers here, which have no content that matters but complaints.
const LIMIT: usize = 64 << 10;
/// How long giving an upload up may take: it is a courtesy.
const COURTESY: Duration = Duration::from_secs(5);

/// What came of asking to upload a blob.
pub(super) enum Upload {
    /// It was mounted from another repository of the registry: nothing needs to move.
    Mounted,
    /// It is to be sent there.
    Open(Uri),
}

impl Repository {
    /// Whether the repository we are about to push to has a blob.
    pub async fn has(&self, blob: &Blob) -> Result<bool, Fault> {
        if self.shelf().is_some_and(|(shelf, place)| shelf.has(place, &blob.digest)) {
            return Ok(true);
        }
        let doing = self.doing("look for", &noun(blob));
        let mut ask = self.ask(Method::HEAD, &format!("blobs/{}", blob.digest), Right::Push, doing.clone());
        let mut answer = self.client.ask(&ask, LIMIT).await?;
        if no_such_method(answer.status) {
            // Nothing of the content is wanted; where ranges are not known either, the connection is cut.
            ask.method = Method::GET;
            ask.headers.insert(RANGE, HeaderValue::from_static("bytes=0-0"));
            answer.status = self.client.status(&ask).await?;
        }
        match answer.status {
            // A registry that keeps its blobs elsewhere redirects only to those it has.
            status if status.is_success() || status.is_redirection() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => Err(doing.answered(status, &answer.body)),
        }
    }

    /// Begins to upload a blob, or mounts it from the repository `from` of the same registry, or from one that is said to
    /// have blobs of ours.
    pub async fn begin(&self, blob: &Blob, from: Option<&Self>) -> Result<Upload, Fault> {
        match from {
            Some(_) => self.start(blob, from).await,
            None => self.start(blob, self.holder(blob).await.as_ref()).await,
        }
    }

    async fn start(&self, blob: &Blob, from: Option<&Self>) -> Result<Upload, Fault> {
        let doing = self.doing("upload", &noun(blob));
        let path = match from {
            Some(from) => format!("blobs/uploads/?mount={}&from={}", blob.digest, from.name),
            None => "blobs/uploads/".to_owned(),
        };
        let mut ask = self.ask(Method::POST, &path, Right::Push, doing.clone());
        if let Some(from) = from {
            ask.scope = format!("{} {}", ask.scope, from.scope(Right::Pull));
        }
        let answer = match self.client.ask(&ask, LIMIT).await {
            // Whoever may push here need not be allowed to read there.
            Err(fault) if from.is_some() && fault.kind == FaultKind::Denied => {
                return Box::pin(self.start(blob, None)).await;
            }
            answer => answer?,
        };
        match answer.status {
            StatusCode::CREATED if from.is_some() => Ok(Upload::Mounted),
            StatusCode::ACCEPTED => Ok(Upload::Open(redirect::location(&answer.headers, &answer.uri, &doing)?)),
            // Mounting is an offer, which some registries refuse instead of passing over it.
            status if from.is_some() && status.is_client_error() => Box::pin(self.start(blob, None)).await,
            status => Err(doing.answered(status, &answer.body)),
        }
    }

    /// Sends a blob in one piece. No second attempt is made here: the body is gone.
    pub async fn send(&self, upload: &Uri, blob: &Blob, body: Body) -> Result<(), Trouble> {
        let mut ask = self.at(Method::PUT, upload, blob, "upload");
        ask.target = Target::Absolute(with_digest(upload, blob).ok_or_else(|| {
            ask.doing.fault(FaultKind::Refused, "LocationMalformed", format!("it wants the upload at `{upload}`"))
        })?);
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        let (answer, _) = self.client.exchange(&ask, body, Some(blob.size)).await?;
        let status = answer.status();
        if matches!(status, StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT) {
            return match announced(answer.headers()) {
                Some(other) if other.algorithm() == blob.digest.algorithm() && other != blob.digest => {
                    Err(ask.doing.unverified(format!("the registry has it as {other}")).into())
                }
                _ => Ok(()),
            };
        }
        let body = streaming::whole(answer.into_body(), LIMIT, &ask.doing).await?;
        let fault = ask.doing.answered(status, &body);
        if status == StatusCode::NOT_FOUND {
            // The registry has forgotten the upload, as when it was restarted: a new one may do.
            return Err(Trouble::Passing { fault, after: None });
        }
        Err(fault.into())
    }

    /// Gives an upload up, so that the registry need not keep what came so far. Best effort.
    pub async fn give_up(&self, upload: &Uri, blob: &Blob) {
        let ask = self.at(Method::DELETE, upload, blob, "give up");
        // Whatever comes of it, the fault that led here is the one to tell.
        let _ = tokio::time::timeout(COURTESY, self.client.read(&ask, LIMIT)).await;
    }

    fn at(&self, method: Method, upload: &Uri, blob: &Blob, verb: &str) -> Ask {
        let mut ask = self.ask(method, "", Right::Push, self.doing(verb, &noun(blob)));
        ask.target = Target::Absolute(upload.clone());
        ask
    }
}

/// Whether a status says that a registry does not know HEAD.
pub(super) fn no_such_method(status: StatusCode) -> bool {
    status == StatusCode::METHOD_NOT_ALLOWED || status == StatusCode::NOT_IMPLEMENTED
}

/// A blob in words.
pub(super) fn noun(blob: &Blob) -> String {
    format!("blob {}", blob.digest)
}

fn with_digest(upload: &Uri, blob: &Blob) -> Option<Uri> {
    let separator = if upload.query().is_some() { '&' } else { '?' };
    format!("{upload}{separator}digest={}", blob.digest).parse().ok()
}
