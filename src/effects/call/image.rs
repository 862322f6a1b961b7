//! Images, wherever they are.

use super::Effect;
use crate::domain::image_build::ImageBuild;
use crate::domain::image_facts::Located;
use crate::domain::layer_edit::LayerEdit;
use crate::domain::platform::Platform;
use serde::{Deserialize, Serialize};

/// Where an image that is read is about to be pushed, if it is: that registry is made ready meanwhile, by the login that it will
/// want. It is no part of what is asked, and so neither written down nor compared.
#[derive(Clone, Debug, Default)]
pub struct BoundFor(pub Option<Located>);

impl PartialEq for BoundFor {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A read or a write of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum ImageCall {
    /// Manifest and config of an image. Reply: `Image`, null where the registry says that there is none.
    ReadImage {
        /// The image.
        at: Located,
        /// Whether the manifest is enough: the config, which costs one request more, is null in the reply then.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        manifest_only: bool,
        /// Where it is about to go.
        #[serde(skip)]
        bound_for: BoundFor,
    },
    /// The digest of an image, by its name alone. Reply: `Text`, null where the registry says that there is none.
    FindImage {
        /// The image.
        at: Located,
    },
    /// Manifest and config of an image for a platform, which is one of an index or the image itself. Reply: as `ReadImage`'s.
    ReadPlatform {
        /// The image or index.
        at: Located,
        /// The platform.
        platform: Platform,
    },
    /// Copies one image. Writes. Reply: `Pushed`.
    CopyImage {
        /// The source, by digest: what was looked at is what is copied.
        from: Located,
        /// The target, by tag.
        to: Located,
        /// Whether the tag may be taken from another digest; else that is refused before anything is written.
        replace: bool,
        /// Of an index only these: one becomes that image itself, several a smaller index; everything where empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        platforms: Vec<Platform>,
        /// Whether signatures, SBOMs and the like that point at it come with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        referrers: bool,
        /// Repositories of the target's registry whose blobs may be taken without moving them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mount_from: Vec<String>,
    },
    /// Appends a layer to an image, in the target's registry. Writes. Reply: `Pushed`.
    RebuildImage {
        /// The base, by digest.
        from: Located,
        /// The target, by tag.
        to: Located,
        /// What becomes of it.
        edit: Box<LayerEdit>,
        /// As in `CopyImage`.
        replace: bool,
        /// As in `CopyImage`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mount_from: Vec<String>,
    },
    /// Gives an image of a repository one more tag there: no blob moves. Writes. Reply: `Pushed`.
    RetagImage {
        /// The image, by tag or digest.
        from: Located,
        /// The same repository, by tag.
        to: Located,
        /// As in `CopyImage`.
        replace: bool,
    },
    /// The tags of a repository. Reply: `Document`, a list of `{"tag", "digest", "pushed"}`, the last pushed first where
    /// the registry tells when that was (`pushed`, in seconds since 1970), and else the last by name.
    ListTags {
        /// The repository, without a tag.
        at: Located,
    },
    /// Deletes a tag, or by its digest an image with all of its tags. Writes. Reply: `Document`, `{"deleted": …}`: false
    /// where there was none.
    DeleteImage {
        /// The image, by tag or by digest alone.
        at: Located,
        /// Whether one that is named by its digest may take its tags with it; else that is refused.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        tags: bool,
    },
    /// Builds an image with an engine of this machine, which pushes it. Writes. Reply: `Image`, what the registry then
    /// has; null in a plan, for only the build knows the digest.
    BuildImage {
        /// The target, by tag.
        to: Located,
        /// What is built.
        build: Box<ImageBuild>,
    },
}

impl ImageCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::ReadImage { .. } | Self::FindImage { .. } | Self::ReadPlatform { .. } | Self::ListTags { .. } => {
                Effect::Read
            }
            Self::DeleteImage { .. } => Effect::Write,
            Self::CopyImage { .. } | Self::RetagImage { .. } | Self::RebuildImage { .. } | Self::BuildImage { .. } => {
                Effect::Push
            }
        }
    }

    pub(super) fn sessions(&self) -> Vec<&str> {
        match self {
            Self::ReadImage { at, bound_for, .. } => at
                .session
                .iter()
                .chain(bound_for.0.iter().filter_map(|to| to.session.as_ref()))
                .map(String::as_str)
                .collect(),
            Self::FindImage { at }
            | Self::ReadPlatform { at, .. }
            | Self::ListTags { at }
            | Self::DeleteImage { at, .. }
            | Self::BuildImage { to: at, .. } => at.session.iter().map(String::as_str).collect(),
            Self::CopyImage { from, to, .. }
            | Self::RetagImage { from, to, .. }
            | Self::RebuildImage { from, to, .. } => {
                from.session.iter().chain(&to.session).map(String::as_str).collect()
            }
        }
    }
}
