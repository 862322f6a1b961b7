//! The distribution protocol's errors: a status, and JSON with a code and a message.

use http::StatusCode;
use serde_json::json;

use super::serve::Served;

/// An error reply.
pub fn error(status: StatusCode, code: &str, message: &str) -> Served {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    Served::new(status).with(http::header::CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_string())
}

/// The repository does not have the manifest.
pub fn manifest_unknown(reference: &str) -> Served {
    error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", &format!("Requested image not found: {reference}"))
}

/// The repository does not have the blob.
pub fn blob_unknown(digest: &str) -> Served {
    error(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", &format!("blob unknown to registry: {digest}"))
}

/// Nothing here has this name.
pub fn name_unknown(repository: &str) -> Served {
    error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", &format!("repository name not known to registry: {repository}"))
}

/// The upload was never started, or is finished.
pub fn upload_unknown(upload: &str) -> Served {
    error(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", &format!("blob upload unknown to registry: {upload}"))
}

/// The bytes are not those of the digest.
pub fn digest_invalid(wanted: &str, got: &str) -> Served {
    error(
        StatusCode::BAD_REQUEST,
        "DIGEST_INVALID",
        &format!("provided digest {wanted} did not match uploaded content {got}"),
    )
}

/// The protocol has it, perhaps; this registry does not.
pub fn unsupported() -> Served {
    error(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
}
