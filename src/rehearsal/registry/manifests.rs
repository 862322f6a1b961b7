//! Manifests and tags over the distribution protocol.

use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION};
use serde_json::{Value, json};

use super::error::{error, manifest_unknown, unsupported};
use super::referrers;
use super::repository::{Refusal, Repository};
use super::serve::{CONTENT_DIGEST, Incoming, Served};
use crate::rehearsal::moment::Moment;

/// That the registry knows what a manifest points at.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// GET or HEAD of a manifest by tag or digest: its exact bytes, whatever the caller accepts.
pub fn get(repository: &Repository, reference: &str, with_body: bool) -> Served {
    let Some((digest, manifest)) = repository.pullable(reference) else {
        return manifest_unknown(reference);
    };
    let reply = Served::new(StatusCode::OK).with(CONTENT_TYPE, &manifest.media_type).with(CONTENT_DIGEST, digest);
    if with_body {
        reply.body(manifest.bytes.clone())
    } else {
        reply.with(CONTENT_LENGTH, manifest.bytes.len().to_string())
    }
}

/// PUT of a manifest by tag or digest. ECR answers a push by digest without Location.
pub fn put(repository: &mut Repository, request: &Incoming, ecr: bool, now: Moment) -> Served {
    let reference = request.operation.reference.as_str();
    let media_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match repository.put_manifest(Some(reference), request.body.clone(), media_type, now) {
        Ok(pushed) => {
            let by_digest = reference.contains(':');
            let reply = Served::new(StatusCode::CREATED).with(CONTENT_DIGEST, &pushed.digest);
            let reply = if ecr && by_digest {
                reply
            } else {
                let location = format!("/v2/{}/manifests/{}", repository.name, pushed.digest);
                reply.with(LOCATION, location)
            };
            let document: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let reply = match referrers::subject(&document) {
                Some(subject) => reply.with(SUBJECT, subject),
                None => reply,
            };
            reply.body("")
        }
        Err(refusal) => refused(repository, reference, refusal),
    }
}

/// Deletes a manifest with all of its tags. By tag nothing is deleted, as in Distribution.
pub fn delete(repository: &mut Repository, reference: &str) -> Served {
    if !reference.contains(':') {
        return unsupported();
    }
    if repository.manifests.remove(reference).is_none() {
        return manifest_unknown(reference);
    }
    repository.tags.retain(|_, tagged| tagged != reference);
    Served::new(StatusCode::ACCEPTED).body("")
}

fn refused(repository: &Repository, reference: &str, refusal: Refusal) -> Served {
    let bad = |code, message: String| error(StatusCode::BAD_REQUEST, code, &message);
    match refusal {
        Refusal::Invalid(why) => bad("MANIFEST_INVALID", format!("manifest invalid: {why}")),
        Refusal::DigestMismatch(got) => {
            bad("DIGEST_INVALID", format!("provided digest {reference} did not match {got}"))
        }
        Refusal::MissingBlobs(digests) => {
            let message = format!("manifest blob unknown to repository {}: {}", repository.name, digests.join(", "));
            error(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", &message)
        }
        Refusal::MissingManifests(digests) => {
            let message = format!(
                "manifests referenced by the index are not in repository {}: {}",
                repository.name,
                digests.join(", ")
            );
            error(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", &message)
        }
        Refusal::TagExists { tag, .. } => bad(
            "TAG_INVALID",
            format!(
                "tag invalid: The image tag '{tag}' already exists in the '{}' repository and \
                 cannot be overwritten because the repository is immutable.",
                repository.name
            ),
        ),
    }
}

/// The repository's tags, sorted.
pub fn tags(repository: &Repository) -> Served {
    let tags: Vec<&String> = repository.tags.keys().collect();
    let body = json!({ "name": repository.name, "tags": tags });
    Served::new(StatusCode::OK).with(CONTENT_TYPE, "application/json").body(body.to_string())
}
