//! What a registry tells of one image, and what a push came to.

use super::image_reference::{Digest, Reference};
use serde::{Deserialize, Serialize};

/// An image and the session whose credentials reach it; without one, the registry's own login or none is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// The image.
    pub image: Reference,
    /// The AWS session for ECR's token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<String>,
}

/// One blob of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    /// Its digest.
    pub digest: Digest,
    /// Bytes, compressed.
    pub size: u64,
}

/// One image of a registry, as its manifest and config say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Of the manifest.
    pub digest: Digest,
    /// Of the manifest: OCI or Docker.
    pub media_type: String,
    /// The layers, lowest first.
    pub layers: Vec<Blob>,
    /// The config, as JSON; null for an index.
    pub config: serde_json::Value,
    /// Of an index the platforms of its images, in its order: `linux/arm/v7`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub index: Vec<String>,
}

impl ImageFacts {
    /// What an image runs on, `linux/arm/v7`; none of an index, and where its config does not say.
    pub fn platform(&self) -> Option<String> {
        platform(&self.config)
    }

    /// Whether it is an index, of images for several platforms.
    pub fn is_index(&self) -> bool {
        [".image.index.v1+json", ".manifest.list.v2+json"].iter().any(|end| self.media_type.ends_with(end))
    }

    /// The platforms of an index, or the one of an image.
    pub fn platforms(&self) -> Vec<String> {
        if self.index.is_empty() { self.platform().into_iter().collect() } else { self.index.clone() }
    }
}

/// The platform that `os`, `architecture` and `variant` name, of a config or a descriptor's `platform`.
pub fn platform(of: &serde_json::Value) -> Option<String> {
    let text = |member| of.get(member).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    let variant = text("variant").map(|variant| format!("/{variant}")).unwrap_or_default();
    Some(format!("{}/{}{variant}", text("os")?, text("architecture")?))
}

/// How one blob came to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobFate {
    /// It was there already.
    Present,
    /// It was sent from the source.
    Sent,
    /// It was made here and sent (a new layer, a new config).
    Made,
}

/// What a copy or a rebuild came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pushed {
    /// The target with tag and digest.
    pub image: Reference,
    /// Whether the tag was there already with this digest, so that nothing had to be done.
    pub unchanged: bool,
    /// Every blob, in the manifest's order (config last).
    pub blobs: Vec<(Blob, BlobFate)>,
}

impl Pushed {
    /// Bytes that moved.
    pub fn bytes_moved(&self) -> u64 {
        self.blobs.iter().filter(|(_, fate)| *fate != BlobFate::Present).map(|(blob, _)| blob.size).sum()
    }
}
