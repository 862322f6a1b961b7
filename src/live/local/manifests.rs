//! Manifests of local images: found by name or digest, put in when all that they name is there.

use super::index::{Found, Index};
use super::operation::{Version, status, unknown, with_body};
use super::store::Store;
use super::{missing, naming};
use crate::domain::image_reference::{Digest, Local};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::aside;
use crate::live::registry::sha256;
use crate::live::transport::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::json;
use std::io::Read as _;
use std::sync::Arc;

/// The most that is taken for a manifest, in bytes.
const LIMIT: usize = 4 << 20;
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A manifest, or its head.
pub(super) async fn get(
    store: Arc<dyn Store>,
    place: (Local, String),
    version: Version,
    is_head: bool,
) -> Result<Response<Body>, Fault> {
    let found = aside(move || found(store.as_ref(), &place, &version)).await?;
    let Some(Manifest { digest, media_type, bytes }) = found else { return Ok(unknown()) };
    let mut answer = with_body(StatusCode::OK, if is_head { Bytes::new() } else { bytes });
    let value = HeaderValue::try_from(digest.to_string()).ok();
    answer.headers_mut().extend(value.map(|value| (DIGEST, value)));
    let value = HeaderValue::try_from(media_type).ok();
    answer.headers_mut().extend(value.map(|value| (CONTENT_TYPE, value)));
    Ok(answer)
}

struct Manifest {
    digest: Digest,
    media_type: String,
    bytes: Bytes,
}

fn found(store: &dyn Store, place: &(Local, String), version: &Version) -> Result<Option<Manifest>, Fault> {
    let Some(index) = store.index()? else { return Ok(None) };
    let entry = match version {
        Version::Digest(digest) => index.with_digest(digest),
        named => match index.find(named.name()) {
            Found::None => return Ok(None),
            Found::One(entry) => Some(entry),
            Found::Several => return Err(ambiguous(place, named.name(), &index)),
        },
    };
    let (digest, media_type) = match (entry, version) {
        (Some(entry), _) => (entry.digest, entry.media_type),
        // what an index of the layout names
        (None, Version::Digest(digest)) => (digest.clone(), String::new()),
        (None, _) => return Ok(None),
    };
    let Some(opened) = store.open(&digest)? else {
        if matches!(version, Version::Digest(_)) {
            return Ok(None);
        }
        let message = format!("manifest {digest} is missing: there is no `{}`", store.told(&digest));
        return Err(Fault::new(FaultKind::Verification, "BlobMissing", message).hint("make it anew: it is not whole"));
    };
    let told = store.told(&digest);
    if opened.size > LIMIT as u64 {
        let message = format!("`{told}` has {} bytes, too many for a manifest", opened.size);
        return Err(Fault::new(FaultKind::Verification, "ManifestTooLong", message));
    }
    let mut bytes = Vec::new();
    opened.reader.take(LIMIT as u64).read_to_end(&mut bytes).map_err(|why| {
        Fault::new(FaultKind::Refused, "FileFault", format!("`{told}` cannot be read: {why}"))
            .hint("check who may read it")
    })?;
    let media_type = if media_type.is_empty() { super::index::media_type(&bytes) } else { media_type };
    Ok(Some(Manifest { digest, media_type, bytes: bytes.into() }))
}

fn ambiguous((local, path): &(Local, String), name: Option<&str>, index: &Index) -> Fault {
    let names = index.names();
    let what = name.map_or_else(
        || format!("there are {} images", index.entries().len()),
        |name| format!("more than one image is named `{name}`"),
    );
    let hint = if name.is_some() || names.is_empty() {
        format!("name one by its digest: {}:{path}@sha256:…", local.scheme())
    } else {
        format!("say which: {}:{path}:NAME; there are: {}", local.scheme(), names.join(", "))
    };
    let message = format!("in the {} `{path}` {what}", local.noun());
    Fault::new(FaultKind::Usage, "ImageAmbiguous", message).hint(hint)
}

/// Takes a manifest in, and gives it a name where it is put under one.
pub(super) async fn put(
    store: Arc<dyn Store>,
    local: Local,
    version: Version,
    media_type: String,
    body: Body,
) -> Result<Response<Body>, Fault> {
    let bytes = whole(body).await?;
    let digest = sha256(&bytes);
    if matches!(&version, Version::Digest(other) if *other != digest) {
        let message = format!("manifest {version:?} was not written: what came is {digest}");
        return Err(Fault::new(FaultKind::Verification, "Unverified", message));
    }
    let kept = digest.clone();
    aside(move || {
        check_whole(store.as_ref(), local, &bytes)?;
        let mut incoming = store.begin()?;
        incoming.write_all(&bytes).map_err(|why| {
            Fault::new(FaultKind::Refused, "FileFault", format!("`{}` cannot be written: {why}", store.told(&kept)))
        })?;
        incoming.keep(&kept)?;
        let Some(name) = version.name() else { return Ok(()) };
        store.change(&|index| index.set(name, &kept, bytes.len(), &media_type))
    })
    .await?;
    let mut answer = status(StatusCode::CREATED);
    let value = HeaderValue::try_from(digest.to_string()).ok();
    answer.headers_mut().extend(value.map(|value| (DIGEST, value)));
    Ok(answer)
}

async fn whole(mut body: Body) -> Result<Bytes, Fault> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| Fault::new(FaultKind::Network, "BrokenOff", why.to_string()))?;
        bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
        if bytes.len() > LIMIT {
            let message = format!("a manifest of more than {LIMIT} bytes is not taken");
            return Err(Fault::new(FaultKind::Refused, "ManifestTooLong", message));
        }
    }
    Ok(bytes.freeze())
}

/// Whether all that a manifest names is there, in its size: what is not would only be missed where it is needed.
fn check_whole(store: &dyn Store, local: Local, manifest: &[u8]) -> Result<(), Fault> {
    #[derive(Deserialize)]
    struct Document {
        config: Option<Named>,
        layers: Option<Vec<Named>>,
        manifests: Option<Vec<Named>>,
    }
    #[derive(Deserialize)]
    struct Named {
        digest: Digest,
        size: u64,
        /// Where it is instead.
        urls: Option<Vec<String>>,
    }
    let document: Document = serde_json::from_slice(manifest).map_err(|why| {
        Fault::new(FaultKind::Verification, "ManifestUnreadable", format!("a manifest cannot be understood: {why}"))
    })?;
    if local == Local::DockerArchive && document.manifests.is_some() {
        return Err(Fault::usage("a docker archive has no place for an image of several platforms")
            .hint("choose one, such as platforms: [\"linux/amd64\"], or write an oci-archive"));
    }
    let all = document.config.into_iter().chain(document.layers.into_iter().flatten());
    for named in all.chain(document.manifests.into_iter().flatten()) {
        if named.urls.is_some_and(|urls| !urls.is_empty()) {
            continue;
        }
        let told = store.told(&named.digest);
        let why = match store.open(&named.digest)? {
            Some(opened) if opened.size == named.size => continue,
            Some(opened) => format!("`{told}` has {} bytes, and should have {}", opened.size, named.size),
            None => format!("there is no `{told}`"),
        };
        let message = format!("the image is not whole, and was given no name: {why}");
        return Err(Fault::new(FaultKind::Verification, "BlobDamaged", message)
            .hint("remove that file, if it is there, and do it again"));
    }
    Ok(())
}

/// Takes a name away, or an image with all of its names. Its blobs stay: others may have them too.
pub(super) async fn delete(store: Arc<dyn Store>, version: Version) -> Result<Response<Body>, Fault> {
    aside(move || {
        let Some(index) = store.index()? else { return Ok(unknown()) };
        let remove = |index: &mut Index| match &version {
            Version::Digest(digest) => index.remove_digest(digest),
            Version::Name(name) => index.remove(name),
            Version::Only => false,
        };
        if !remove(&mut index.clone()) {
            return Ok(unknown());
        }
        store.change(&|index| {
            remove(index);
        })?;
        Ok(status(StatusCode::ACCEPTED))
    })
    .await
}

/// The names of all images.
pub(super) async fn tags(store: Arc<dyn Store>, local: Local, path: String) -> Result<Response<Body>, Fault> {
    let index = aside(move || store.index()).await?.ok_or_else(|| missing(local, &path))?;
    let listed = json!({ "name": naming::segment(&path), "tags": index.names() });
    Ok(with_body(StatusCode::OK, Bytes::from(listed.to_string())))
}
