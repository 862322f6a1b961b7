//! What an index becomes when its images are rebuilt.

use super::{array, object};
use crate::domain::image_reference::Digest;
use crate::effects::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The index of what its images become: digest of each old one → digest and size of the new one. Entries of anything
/// else are left out; so many were. Everything that nobody here knows stays, in its order.
///
/// # Errors
/// Verification where it is no index.
pub(in crate::live::registry) fn reindexed(
    index: &[u8],
    becomes: &HashMap<Digest, (Digest, usize)>,
) -> Result<(Vec<u8>, usize), Fault> {
    let mut index = object(index, "index")?;
    let entries = array(&mut index, "manifests", "index")?;
    let before = entries.len();
    entries.retain_mut(|entry| {
        let old = entry.get("digest").and_then(Value::as_str).and_then(|digest| Digest::parse(digest).ok());
        let Some((digest, size)) = old.and_then(|old| becomes.get(&old)) else { return false };
        let Some(entry) = entry.as_object_mut() else { return false };
        entry.insert("digest".to_owned(), json!(digest));
        entry.insert("size".to_owned(), json!(size));
        // A copy of the old manifest.
        entry.shift_remove("data");
        true
    });
    let left_out = before - entries.len();
    let bytes = serde_json::to_vec(&index).map_err(|why| Fault::internal(format!("writing an index: {why}")))?;
    Ok((bytes, left_out))
}

/// Whether a manifest is of an image that runs, by the kind of its config: signatures, charts and the like have others.
pub(in crate::live::registry) fn image_config(manifest: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Document {
        config: Config,
    }
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "mediaType", default)]
        media_type: String,
    }
    let kind = serde_json::from_slice::<Document>(manifest).map(|document| document.config.media_type);
    matches!(
        kind.as_deref(),
        Ok("" | "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json")
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::hashing::sha256;
    use super::*;

    #[test]
    fn entries_become_what_their_images_became_and_the_rest_of_the_index_stays() {
        let entry = |name: &str| {
            json!({ "mediaType": "m", "digest": sha256(name.as_bytes()), "size": 1, "data": "e30=",
                "platform": { "os": "linux", "architecture": name, "zzz": 1 }, "annotations": { "k": name } })
        };
        let index = json!({
            "schemaVersion": 2, "manifests": [entry("amd64"), entry("attestation"), entry("arm64")],
            "annotations": { "team": "shop" }, "subject": { "digest": "x" }, "zzz": 12_345_678_901_234_567_u64,
        });
        let new = |name: &str| (sha256(name.as_bytes()), (sha256(format!("new {name}").as_bytes()), 99));
        let becomes = HashMap::from([new("amd64"), new("arm64")]);
        let (bytes, left_out) = reindexed(index.to_string().as_bytes(), &becomes).unwrap();
        let mut expected = index;
        let entries = expected["manifests"].as_array_mut().unwrap();
        entries.remove(1);
        for (entry, name) in entries.iter_mut().zip(["amd64", "arm64"]) {
            entry["digest"] = json!(sha256(format!("new {name}").as_bytes()));
            entry["size"] = json!(99);
            entry.as_object_mut().unwrap().shift_remove("data");
        }
        assert_eq!((String::from_utf8(bytes).unwrap(), left_out), (expected.to_string(), 1));
    }

    #[test]
    fn an_image_is_told_from_what_is_stored_like_one() {
        for (media_type, image) in [
            ("application/vnd.oci.image.config.v1+json", true),
            ("application/vnd.docker.container.image.v1+json", true),
            ("application/vnd.cncf.helm.config.v1+json", false),
            ("application/vnd.oci.empty.v1+json", false),
        ] {
            let manifest = json!({ "config": { "mediaType": media_type } }).to_string();
            assert_eq!(image_config(manifest.as_bytes()), image, "{media_type}");
        }
        assert!(image_config(b"{\"config\":{}}") && !image_config(b"{}"));
    }
}
