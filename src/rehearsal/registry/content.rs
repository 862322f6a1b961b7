//! What a manifest says: its media type, and the blobs and manifests it stands on.

use serde_json::Value;

/// The four media types of manifests.
pub struct MediaType;

impl MediaType {
    /// OCI image manifest.
    pub const OCI_MANIFEST: &'static str = "application/vnd.oci.image.manifest.v1+json";
    /// OCI image index.
    pub const OCI_INDEX: &'static str = "application/vnd.oci.image.index.v1+json";
    /// Docker image manifest, schema 2.
    pub const DOCKER_MANIFEST: &'static str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker manifest list.
    pub const DOCKER_LIST: &'static str = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// Whether it is one of the four.
    pub fn is_known(text: &str) -> bool {
        [Self::OCI_MANIFEST, Self::OCI_INDEX, Self::DOCKER_MANIFEST, Self::DOCKER_LIST].contains(&text)
    }
}

/// What must be in the repository before the manifest may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Digests of the config and the layers.
    pub blobs: Vec<String>,
    /// Digests of an index's manifests.
    pub manifests: Vec<String>,
    /// Bytes of config and layers together, as the manifest says.
    pub size: u64,
}

/// Reads a manifest; the error says what is wrong with it.
pub fn references(bytes: &[u8], media_type: &str) -> Result<References, String> {
    if !MediaType::is_known(media_type) {
        return Err(format!("the media type `{media_type}` is not a manifest's"));
    }
    let document: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
    if document.get("schemaVersion").and_then(Value::as_u64) != Some(2) {
        return Err("schemaVersion is not 2".to_owned());
    }
    if let Some(inner) = document.get("mediaType").and_then(Value::as_str)
        && inner != media_type
    {
        return Err(format!("it says `{inner}` inside and `{media_type}` in Content-Type"));
    }
    let mut found = References::default();
    if media_type == MediaType::OCI_INDEX || media_type == MediaType::DOCKER_LIST {
        for child in list(&document, "manifests")? {
            found.manifests.push(digest(child)?);
        }
        return Ok(found);
    }
    let config = document.get("config").ok_or("it has no config")?;
    for descriptor in std::iter::once(config).chain(list(&document, "layers")?) {
        found.blobs.push(digest(descriptor)?);
        let size = descriptor.get("size").and_then(Value::as_u64).unwrap_or(0);
        found.size = found.size.saturating_add(size);
    }
    Ok(found)
}

fn list<'a>(document: &'a Value, member: &str) -> Result<&'a Vec<Value>, String> {
    document.get(member).and_then(Value::as_array).ok_or_else(|| format!("it has no list `{member}`"))
}

fn digest(descriptor: &Value) -> Result<String, String> {
    descriptor
        .get("digest")
        .and_then(Value::as_str)
        .filter(|text| crate::rehearsal::digest::is_digest(text))
        .map(str::to_owned)
        .ok_or_else(|| "a descriptor has no sha256 digest".to_owned())
}
