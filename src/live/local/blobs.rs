//! Blobs of local images: looked for, read, written.

use super::operation::{status, unknown};
use super::sending;
use super::store::{Incoming, Store};
use crate::domain::image_reference::Digest;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::aside;
use crate::live::registry::Hashing;
use crate::live::transport::Body;
use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, HeaderValue, LOCATION};
use http::{Response, StatusCode, Uri};
use http_body::Frame;
use http_body_util::BodyExt as _;
use std::io::Write as _;
use std::sync::Arc;

/// What is written at once.
const CHUNK: usize = 512 << 10;

/// Whether a blob is there.
pub(super) async fn head(store: Arc<dyn Store>, digest: Digest) -> Result<Response<Body>, Fault> {
    let there = aside(move || store.open(&digest)).await?;
    Ok(if there.is_some() { status(StatusCode::OK) } else { unknown() })
}

/// A blob.
pub(super) async fn get(store: Arc<dyn Store>, digest: Digest) -> Result<Response<Body>, Fault> {
    let (of, wanted) = (Arc::clone(&store), digest.clone());
    let Some(opened) = aside(move || of.open(&wanted)).await? else {
        let message = format!("blob {digest} is missing: there is no `{}`", store.told(&digest));
        return Err(Fault::new(FaultKind::Verification, "BlobMissing", message).hint("make it anew: it is not whole"));
    };
    let size = HeaderValue::from(opened.size);
    let mut answer = Response::new(sending::body(opened));
    answer.headers_mut().insert(CONTENT_LENGTH, size);
    Ok(answer)
}

/// Where an upload goes: nothing is made before its bytes come.
pub(super) fn begin(uri: &Uri) -> Response<Body> {
    let mut answer = status(StatusCode::ACCEPTED);
    let location = HeaderValue::try_from(format!("{}new", uri.path()));
    answer.headers_mut().extend(location.ok().map(|location| (LOCATION, location)));
    answer
}

/// Takes a blob in.
pub(super) async fn put(store: Arc<dyn Store>, digest: Digest, body: Body) -> Result<Response<Body>, Fault> {
    let incoming = aside(move || store.begin()).await?;
    let mut writing = Some((incoming, Hashing::like(&digest)));
    let (mut body, mut gathered) = (body, BytesMut::new());
    loop {
        let frame = body.frame().await.transpose();
        // whoever sends it knows why it broke off
        let frame = frame.map_err(|why| Fault::new(FaultKind::Network, "BrokenOff", why.to_string()))?;
        let is_end = frame.is_none();
        if let Some(Ok(data)) = frame.map(Frame::into_data) {
            gathered.extend_from_slice(&data);
        }
        if gathered.len() >= CHUNK || is_end {
            let chunk = gathered.split().freeze();
            let Some(before) = writing.take() else { return Err(Fault::internal("an upload went on after its end")) };
            writing = Some(aside(move || written(before, &chunk)).await?);
        }
        if is_end {
            break;
        }
    }
    let Some((incoming, hashing)) = writing else { return Err(Fault::internal("an upload came to no end")) };
    let came = hashing.finish();
    if came != digest.to_string() {
        let message = format!("blob {digest} was not written: what came is {came}");
        return Err(Fault::new(FaultKind::Verification, "Unverified", message));
    }
    aside(move || incoming.keep(&digest)).await?;
    Ok(status(StatusCode::CREATED))
}

type Writing = (Box<dyn Incoming>, Hashing);

fn written((mut incoming, mut hashing): Writing, chunk: &[u8]) -> Result<Writing, Fault> {
    hashing.update(chunk);
    incoming.write_all(chunk).map_err(|why| {
        Fault::new(FaultKind::Refused, "FileFault", format!("a blob cannot be written: {why}"))
            .hint("check who may write there, and that there is room left")
    })?;
    Ok((incoming, hashing))
}
