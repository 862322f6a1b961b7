//! What points at a manifest: the referrers API of the distribution specification 1.1, which ECR has.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::content::MediaType;
use super::repository::Repository;
use super::serve::Served;
use crate::rehearsal::digest::sha256;

/// The index of everything whose subject has this digest; an empty one where nothing does, also of what is not there.
pub fn list(repository: &Repository, digest: &str) -> Served {
    let mut entries = Vec::new();
    for manifest in repository.manifests.values().filter(|manifest| !manifest.archived) {
        let document: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
        if subject(&document) != Some(digest) {
            continue;
        }
        let mut entry = json!({
            "mediaType": manifest.media_type, "digest": sha256(&manifest.bytes), "size": manifest.bytes.len(),
        });
        // the specification: an image's kind is that of its config, where it does not say
        let kind = document.get("artifactType").or_else(|| document.pointer("/config/mediaType"));
        for (name, value) in [("artifactType", kind), ("annotations", document.get("annotations"))] {
            if let (Some(value), Some(entry)) = (value, entry.as_object_mut()) {
                entry.insert(name.to_owned(), value.clone());
            }
        }
        entries.push(entry);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": MediaType::OCI_INDEX, "manifests": entries });
    Served::new(StatusCode::OK).with(CONTENT_TYPE, MediaType::OCI_INDEX).body(index.to_string())
}

/// What a manifest points at.
pub fn subject(manifest: &Value) -> Option<&str> {
    manifest.pointer("/subject/digest").and_then(Value::as_str)
}
