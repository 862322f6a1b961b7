//! Manifests in a registry: looked at, fetched as exact bytes, pushed as exact bytes.

use super::blobs::no_such_method;
use super::client::{Ask, Whole};
use super::errors::{self, Doing};
use super::repository::{Repository, Right};
use super::retry::{Patience, Trouble};
use super::{hashing, manifest};
use crate::domain::image_reference::{Digest, Reference};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::local::naming;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// The most that Distribution takes for a manifest.
const LIMIT: usize = 4 << 20;
const DIGEST: &str = "docker-content-digest";
/// What Distribution, ECR and others tell themselves by.
const REGISTRY: &str = "docker-distribution-api-version";

/// A manifest, exactly as its registry gave it.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    /// Every byte: its digest names these and no others.
    pub bytes: Bytes,
    /// What it was asked for by, or the SHA-256 of the bytes.
    pub digest: Digest,
    /// OCI or Docker, an image or an index.
    pub media_type: String,
}

/// What a reference asks a registry for: its digest where it has one, its tag otherwise.
pub(super) fn version(image: &Reference) -> String {
    match image.digest() {
        Some(digest) => digest.to_string(),
        None if image.local().is_some() => image.tag().unwrap_or(naming::ONLY).to_owned(),
        None => image.tag().unwrap_or("latest").to_owned(),
    }
}

impl Repository {
    /// The manifest of a tag or digest, verified; `None` where the registry itself says that there is none.
    pub async fn manifest(&self, version: &str) -> Result<Option<Manifest>, Fault> {
        if let Some(foreseen) = self.shelf().and_then(|(shelf, place)| shelf.manifest(place, version)) {
            return Ok(Some(foreseen));
        }
        if self.will_be_gone(version) {
            return Ok(None);
        }
        let doing = self.doing("read", &format!("manifest `{version}`"));
        let answer = self.ask_manifest(Method::GET, version, Right::Pull, &doing).await?;
        match answer.status {
            StatusCode::OK => verified(answer, version, &doing).map(Some),
            StatusCode::NOT_FOUND if !errors::complaints(&answer.body).is_empty() => Ok(None),
            StatusCode::NOT_FOUND => Err(doing
                .fault(FaultKind::Refused, "NotARegistry", "it answered 404, and not as a registry does")
                .hint(format!("check that `{}` is a registry, and its endpoint in gantry.toml", doing.host))),
            status => Err(doing.answered(status, &answer.body)),
        }
    }

    /// The digest that a tag, or a digest, has in the repository we are about to push to, or `None`.
    pub async fn tagged(&self, tag: &str) -> Result<Option<Digest>, Fault> {
        self.digest_of(tag, Right::Push).await
    }

    /// The digest of a tag or of a digest that is there; `None` where the registry itself says that there is none.
    pub async fn found(&self, version: &str) -> Result<Option<Digest>, Fault> {
        self.digest_of(version, Right::Pull).await
    }

    async fn digest_of(&self, tag: &str, right: Right) -> Result<Option<Digest>, Fault> {
        if let Some(foreseen) = self.shelf().and_then(|(shelf, place)| shelf.manifest(place, tag)) {
            return Ok(Some(foreseen.digest));
        }
        if self.will_be_gone(tag) {
            return Ok(None);
        }
        let doing = self.doing("look at", &format!("tag `{tag}`"));
        let answer = self.ask_manifest(Method::HEAD, tag, right, &doing).await?;
        match answer.status {
            StatusCode::OK => match announced(&answer.headers) {
                Some(digest) => Ok(Some(digest)),
                // Not every registry announces it: then the manifest itself must tell.
                None => Ok(self.manifest(tag).await?.map(|manifest| manifest.digest)),
            },
            // Anybody says 404. A registry's complaints are in the body that a HEAD does not have, unless it says what it is.
            StatusCode::NOT_FOUND if right == Right::Pull && !answer.headers.contains_key(REGISTRY) => {
                Ok(self.manifest(tag).await?.map(|manifest| manifest.digest))
            }
            StatusCode::NOT_FOUND => Ok(None),
            status if no_such_method(status) => Ok(self.manifest(tag).await?.map(|manifest| manifest.digest)),
            status => Err(doing.answered(status, &answer.body)),
        }
    }

    fn will_be_gone(&self, version: &str) -> bool {
        self.shelf().is_some_and(|(shelf, place)| shelf.is_gone(place, version))
    }

    /// Pushes a manifest, whose blobs must all be there, to a tag.
    pub async fn push_manifest(&self, tag: &str, manifest: &Manifest) -> Result<(), Fault> {
        let doing = self.doing("push", &format!("manifest `{tag}`"));
        let mut ask = self.ask(Method::PUT, &format!("manifests/{}", naming::segment(tag)), Right::Push, doing.clone());
        let media_type = HeaderValue::try_from(&manifest.media_type)
            .map_err(|_| doing.fault(FaultKind::Verification, "ManifestUnreadable", "its media type is not a text"))?;
        ask.headers.insert(CONTENT_TYPE, media_type);
        ask.body = manifest.bytes.clone();
        let Some(answer) = self.push(&ask, tag, &manifest.digest).await? else { return Ok(()) };
        if !answer.status.is_success() {
            return Err(doing.answered(answer.status, &answer.body));
        }
        match announced(&answer.headers) {
            Some(other) if other.algorithm() == manifest.digest.algorithm() && other != manifest.digest => {
                Err(doing.unverified(format!("the registry has it as {other}, it was sent as {}", manifest.digest)))
            }
            _ => Ok(()),
        }
    }

    /// An immutable tag refuses even the manifest it has, so a push that may have arrived is looked for before it is
    /// made again; `None` where it had arrived.
    async fn push(&self, ask: &Ask, tag: &str, digest: &Digest) -> Result<Option<Whole>, Fault> {
        let mut patience = Patience::default();
        loop {
            let trouble = match self.client.read(ask, LIMIT).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(trouble) => trouble,
            };
            let passing = matches!(trouble, Trouble::Passing { .. });
            // What nobody answered may have been done.
            let waited = patience.after(trouble).await;
            waited.map_err(|fault| if fault.kind == FaultKind::Network { fault.in_doubt() } else { fault })?;
            if passing && self.tagged(tag).await?.as_ref() == Some(digest) {
                return Ok(None);
            }
        }
    }

    async fn ask_manifest(&self, method: Method, version: &str, right: Right, doing: &Doing) -> Result<Whole, Fault> {
        let mut ask = self.ask(method, &format!("manifests/{}", naming::segment(version)), right, doing.clone());
        ask.headers.insert(ACCEPT, HeaderValue::from_static(manifest::ACCEPT));
        self.client.ask(&ask, LIMIT).await
    }
}

/// The digest that an answer gives for what it is about.
pub(super) fn announced(headers: &HeaderMap) -> Option<Digest> {
    Digest::parse(headers.get(DIGEST)?.to_str().ok()?).ok()
}

fn verified(answer: Whole, version: &str, doing: &Doing) -> Result<Manifest, Fault> {
    let asked = Digest::parse(version).ok();
    for digest in asked.iter().chain(&announced(&answer.headers)) {
        if !hashing::names(digest, &answer.body) {
            return Err(doing.unverified(format!("what came is not {digest}")));
        }
    }
    let header = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Manifest {
        digest: asked.unwrap_or_else(|| hashing::sha256(&answer.body)),
        media_type: manifest::media_type(&answer.body, header),
        bytes: answer.body,
    })
}
