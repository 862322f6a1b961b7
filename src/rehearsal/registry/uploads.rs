//! Blob uploads over the distribution protocol: started, perhaps added to, finished with a digest.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, HeaderName, LOCATION, RANGE};

use super::error::{digest_invalid, upload_unknown};
use super::repository::Repository;
use super::serve::{CONTENT_DIGEST, Incoming, Served};
use crate::rehearsal::digest::sha256;
use crate::rehearsal::identifier;

const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// POST: an upload begins. A mount is never made: ECR answers it like any other start.
pub fn start(repository: &mut Repository) -> Served {
    repository.uploads_started += 1;
    let number = repository.uploads_started.to_string();
    let upload = identifier::uuid(&["upload", &repository.name, &number]);
    repository.uploads.insert(upload.clone(), Vec::new());
    Served::new(StatusCode::ACCEPTED)
        .with(LOCATION, location(repository, &upload))
        .with(UPLOAD_UUID, upload)
        .with(RANGE, "0-0")
        .with(CONTENT_LENGTH, "0")
}

/// PATCH: bytes are added. ECR answers 201 and a Range that says nothing.
pub fn patch(repository: &mut Repository, request: &Incoming, ecr: bool) -> Served {
    let upload = request.operation.reference.as_str();
    let Some(bytes) = repository.uploads.get_mut(upload) else {
        return upload_unknown(upload);
    };
    bytes.extend_from_slice(&request.body);
    let (status, range) = if ecr {
        (StatusCode::CREATED, "0-0".to_owned())
    } else {
        (StatusCode::ACCEPTED, format!("0-{}", bytes.len().saturating_sub(1)))
    };
    Served::new(status)
        .with(LOCATION, location(repository, upload))
        .with(UPLOAD_UUID, upload)
        .with(RANGE, range)
        .with(CONTENT_LENGTH, "0")
}

/// PUT with `digest`: the last bytes; the blob is kept if they are those of the digest.
pub fn finish(repository: &mut Repository, request: &Incoming) -> Served {
    let upload = request.operation.reference.as_str();
    let Some(mut bytes) = repository.uploads.remove(upload) else {
        return upload_unknown(upload);
    };
    let blob = if bytes.is_empty() {
        request.body.clone()
    } else {
        bytes.extend_from_slice(&request.body);
        Bytes::from(bytes)
    };
    let wanted = wanted_digest(&request.query);
    let digest = sha256(&blob);
    if digest != wanted {
        return digest_invalid(&wanted, &digest);
    }
    repository.blobs.insert(digest.clone(), blob);
    Served::new(StatusCode::CREATED)
        .with(LOCATION, format!("/v2/{}/blobs/{digest}", repository.name))
        .with(CONTENT_DIGEST, digest)
        .with(CONTENT_LENGTH, "0")
}

fn location(repository: &Repository, upload: &str) -> String {
    format!("/v2/{}/blobs/uploads/{upload}", repository.name)
}

fn wanted_digest(query: &str) -> String {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("digest="))
        .map(|value| value.replace("%3A", ":").replace("%3a", ":"))
        .unwrap_or_default()
}
