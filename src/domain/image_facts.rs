//! What a registry tells of one image, and what a push came to.

use super::image_reference::{Digest, Reference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
}

/// What becomes of a base image in a rebuild: one layer more, and edits of the config.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerEdit {
    /// Files and folders put in: absolute path in the image → tree of the project. A tree that is a single file
    /// becomes that path; a folder's content lands below it.
    pub files: BTreeMap<String, super::file_tree::FileTree>,
    /// Absolute paths taken out (whiteouts).
    pub delete: Vec<String>,
    /// Environment variables set (or, with null, removed).
    pub env: BTreeMap<String, Option<String>>,
    /// RFC 3339 `created` of config and history; the base's where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<String>,
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
