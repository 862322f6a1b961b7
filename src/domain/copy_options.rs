//! How an image is copied.

use super::platform::Platform;
use serde::{Deserialize, Serialize};

/// What a copy is asked for beside its source and target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CopyOptions {
    /// Whether the tag may be taken from another digest; else that is refused before anything is written.
    pub replace: bool,
    /// Of an index only the images for these: one of them alone stands for itself under its own digest, several become
    /// a smaller index. Everything where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// Whether what points at it (signatures, SBOMs, attestations) comes with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub referrers: bool,
    /// Repositories of the target's registry whose blobs may be taken without moving them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mount_from: Vec<String>,
}

impl CopyOptions {
    /// A copy of everything, that may or may not take the tag from another image.
    pub fn replacing(replace: bool) -> Self {
        Self { replace, ..Self::default() }
    }
}
