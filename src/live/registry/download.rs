//! A blob as it comes from its registry; a connection that breaks is taken up again where it broke.

use super::blobs::noun;
use super::client::Ask;
use super::errors::Doing;
use super::redirect;
use super::repository::{Repository, Right};
use super::retry::{Patience, Trouble};
use super::streaming::{self, Chunks};
use crate::domain::image_facts::Blob;
use crate::effects::fault::Fault;
use crate::live::transport::Body;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;

struct Download {
    repository: Repository,
    ask: Ask,
    blob: Blob,
    body: Option<Body>,
    seen: u64,
    /// Of this stretch: bytes that come renew it.
    patience: Patience,
    /// Broken off at a registry that has no ranges: only those who can take back what has passed may start again.
    lost: bool,
}

/// The bytes of a blob, not yet verified. Nothing is asked before the first is wanted.
pub(super) fn download(repository: &Repository, blob: &Blob) -> Chunks {
    let doing = doing(repository, blob);
    let ask = repository.ask(Method::GET, &format!("blobs/{}", blob.digest), Right::Pull, doing);
    let repository = repository.clone();
    let download = Download {
        repository,
        ask,
        blob: blob.clone(),
        body: None,
        seen: 0,
        patience: Patience::default(),
        lost: false,
    };
    Box::pin(stream::try_unfold(download, |mut download| async move {
        Ok(download.next().await?.map(|chunk| (chunk, download)))
    }))
}

/// A small blob as a whole, verified.
pub(super) async fn whole(repository: &Repository, blob: &Blob, limit: u64) -> Result<Bytes, Fault> {
    let doing = doing(repository, blob);
    if blob.size > limit {
        return Err(doing.unverified(format!("it has {} bytes, and no more than {limit} are taken", blob.size)));
    }
    let mut patience = Patience::default();
    'again: loop {
        let mut chunks = super::verified::verified(download(repository, blob), blob, doing.clone(), None);
        let mut read = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => read.extend_from_slice(&chunk),
                Err(trouble) => {
                    patience.after(trouble).await?;
                    continue 'again;
                }
            }
        }
        return Ok(read.freeze());
    }
}

/// What is being done, for faults.
pub(super) fn doing(repository: &Repository, blob: &Blob) -> Doing {
    repository.doing("read", &noun(blob))
}

impl Download {
    async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            match self.attempt().await {
                Ok(Some(chunk)) => {
                    self.seen += chunk.len() as u64;
                    self.patience = Patience::default();
                    return Ok(Some(chunk));
                }
                Ok(None) => return Ok(None),
                // All of it is here: what was to come is only the end, and the digest decides.
                Err(Trouble::Passing { .. }) if self.seen > 0 && self.seen == self.blob.size => return Ok(None),
                Err(trouble) if self.lost => return Err(trouble),
                Err(trouble) => {
                    self.body = None;
                    self.patience.after(trouble).await?;
                }
            }
        }
    }

    async fn attempt(&mut self) -> Result<Option<Bytes>, Trouble> {
        let mut body = match self.body.take() {
            Some(body) => body,
            None => self.open().await?,
        };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|why| streaming::broken(&self.ask.doing, &why))?;
            if let Ok(data) = frame.into_data() {
                self.body = Some(body);
                return Ok(Some(data));
            }
        }
        if self.seen < self.blob.size {
            let why = format!("only {} of its {} bytes came", self.seen, self.blob.size).into();
            return Err(streaming::broken(&self.ask.doing, &why));
        }
        self.body = Some(body);
        Ok(None)
    }

    async fn open(&mut self) -> Result<Body, Trouble> {
        self.ask.headers.remove(RANGE);
        if self.seen > 0 {
            let range = HeaderValue::try_from(format!("bytes={}-", self.seen)).ok();
            self.ask.headers.extend(range.map(|range| (RANGE, range)));
        }
        let answer = redirect::follow(&self.repository.client, &self.ask).await?;
        let (head, body) = answer.into_parts();
        let doing = &self.ask.doing;
        match head.status {
            StatusCode::OK if self.seen == 0 => {
                let length = length(&head.headers);
                if length.is_some_and(|length| length != self.blob.size) {
                    let why = format!("{} bytes are announced, not {}", length.unwrap_or_default(), self.blob.size);
                    return Err(doing.unverified(why).into());
                }
                Ok(body)
            }
            StatusCode::PARTIAL_CONTENT if self.seen > 0 && starts_at(&head.headers, self.seen) => Ok(body),
            StatusCode::RANGE_NOT_SATISFIABLE if self.seen > 0 => {
                let why = format!("only {} of its {} bytes are there", self.seen, self.blob.size);
                Err(doing.unverified(why).into())
            }
            status if status.is_success() => {
                self.lost = true;
                Err(streaming::broken(doing, &"the registry does not resume it".into()))
            }
            status => {
                let body = streaming::whole(body, 64 << 10, doing).await?;
                Err(doing.answered(status, &body).into())
            }
        }
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn starts_at(headers: &HeaderMap, first: u64) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    range.strip_prefix("bytes ").and_then(|range| range.split('-').next()) == Some(first.to_string().as_str())
}
