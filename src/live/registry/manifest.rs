//! Manifests as documents: what kind one is, and the blobs it names.

use super::errors::Doing;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::effects::fault::{Fault, FaultKind};
use serde::Deserialize;

/// Every manifest media type we take. All are always offered: ECR converts otherwise, and the digest changes.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// The standard a manifest follows; the layers put on it follow the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The OCI image specification.
    Oci,
    /// Docker's image manifest, version 2, schema 2.
    Docker,
}

impl Family {
    /// The media type of a gzip-compressed layer.
    pub fn layer(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Docker => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        }
    }
}

/// What a media type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One image.
    Image(Family),
    /// Images of several platforms.
    Index,
}

/// The kind of a media type; `None` for those we do not take, such as Docker's schema 1.
pub(super) fn kind(media_type: &str) -> Option<Kind> {
    match media_type {
        "application/vnd.oci.image.manifest.v1+json" => Some(Kind::Image(Family::Oci)),
        "application/vnd.docker.distribution.manifest.v2+json" => Some(Kind::Image(Family::Docker)),
        "application/vnd.oci.image.index.v1+json" | "application/vnd.docker.distribution.manifest.list.v2+json" => {
            Some(Kind::Index)
        }
        _ => None,
    }
}

/// What an image manifest names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contents {
    /// The config.
    pub config: Blob,
    /// The layers, lowest first, without those that no registry keeps.
    pub layers: Vec<Blob>,
}

#[derive(Deserialize)]
struct Descriptor {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    digest: Digest,
    size: u64,
    /// Where a foreign layer is downloaded from instead (Windows base images).
    urls: Option<Vec<String>>,
}

impl Descriptor {
    /// Whether it is a layer that no registry keeps: its licence forbids that, and it says where it is instead.
    fn is_foreign(&self) -> bool {
        let elsewhere = self.urls.as_ref().is_some_and(|urls| !urls.is_empty());
        elsewhere && (self.media_type.contains(".nondistributable.") || self.media_type.contains(".foreign."))
    }
}

#[derive(Deserialize)]
struct Document {
    config: Descriptor,
    /// Go writes an empty list as null.
    layers: Option<Vec<Descriptor>>,
}

/// The media type that a manifest has: its own word first, the header's otherwise.
pub(super) fn media_type(manifest: &[u8], header: Option<&str>) -> String {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "mediaType")]
        media_type: String,
    }
    let header = || header.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
    serde_json::from_slice::<Named>(manifest).map_or_else(|_| header(), |named| named.media_type)
}

/// What the image manifest names.
pub(super) fn contents(manifest: &[u8], doing: &Doing) -> Result<Contents, Fault> {
    let document: Document = serde_json::from_slice(manifest).map_err(|why| {
        doing.fault(FaultKind::Verification, "ManifestUnreadable", format!("the manifest cannot be understood: {why}"))
    })?;
    let blob = |descriptor: Descriptor| Blob { digest: descriptor.digest, size: descriptor.size };
    let kept = document.layers.into_iter().flatten().filter(|layer| !layer.is_foreign());
    Ok(Contents { layers: kept.map(blob).collect(), config: blob(document.config) })
}

/// Refuses what is neither an image nor an index.
pub(super) fn known(media_type: &str, doing: &Doing) -> Result<Kind, Fault> {
    kind(media_type).ok_or_else(|| {
        let why =
            format!("its manifest is of the kind `{media_type}`, which is not an image of OCI or of Docker's schema 2");
        doing
            .fault(FaultKind::Refused, "ManifestUnsupported", why)
            .hint("build and push it again with a tool of today: Docker's schema 1 went out of use in 2017")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

    fn doing() -> Doing {
        Doing { host: "reg.example".into(), repository: "shop".into(), what: "copy it".into() }
    }

    fn sha(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn all_four_kinds_are_accepted() {
        let kinds: Vec<_> = ACCEPT.split(", ").map(|one| kind(one.trim())).collect();
        let image = |family| Some(Kind::Image(family));
        assert_eq!(kinds, [Some(Kind::Index), image(Family::Oci), Some(Kind::Index), image(Family::Docker)]);
    }

    #[test]
    fn a_manifests_own_word_comes_before_the_header() {
        let named = format!(r#"{{"mediaType":"{OCI}"}}"#);
        assert_eq!(media_type(named.as_bytes(), Some("text/plain")), OCI);
        assert_eq!(media_type(b"{}", Some("application/x; charset=utf-8")), "application/x");
        assert_eq!(media_type(b"not json", None), "");
    }

    #[test]
    fn foreign_layers_are_left_where_they_are() {
        let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        let restricted = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        let urls = json!(["https://x"]);
        let manifest = json!({
            "config": { "digest": sha('a'), "size": 2 },
            "layers": [
                { "digest": sha('b'), "size": 3 },
                { "digest": sha('c'), "size": 4, "mediaType": foreign, "urls": urls },
                { "digest": sha('d'), "size": 5, "mediaType": restricted, "urls": urls },
                // restricted once, and given to this registry all the same
                { "digest": sha('e'), "size": 6, "mediaType": restricted, "urls": null },
                // only offered elsewhere too
                { "digest": sha('f'), "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "urls": urls },
            ],
        });
        let blob = |digit, size| Blob { digest: Digest::parse(&sha(digit)).unwrap(), size };
        let expected = Contents { config: blob('a', 2), layers: vec![blob('b', 3), blob('e', 6), blob('f', 7)] };
        assert_eq!(contents(manifest.to_string().as_bytes(), &doing()), Ok(expected));
        let empty = json!({ "config": { "digest": sha('a'), "size": 2 }, "layers": null });
        assert_eq!(contents(empty.to_string().as_bytes(), &doing()).unwrap().layers, []);
    }

    #[test]
    fn what_is_no_image_of_today_is_refused_by_name() {
        assert_eq!(known(OCI, &doing()), Ok(Kind::Image(Family::Oci)));
        let old = known("application/vnd.docker.distribution.manifest.v1+prettyjws", &doing()).unwrap_err();
        assert!(old.message.contains("v1+prettyjws"), "{old}");
        let broken = contents(b"{\"config\":1}", &doing()).unwrap_err();
        assert_eq!((broken.kind, broken.code.as_str()), (FaultKind::Verification, "ManifestUnreadable"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = contents(&bytes, &doing());
            let _ = media_type(&bytes, Some("application/x"));
        }

        #[test]
        fn every_blob_of_a_manifest_is_found_in_its_order(
            layers in proptest::collection::vec(("[0-9a-f]{64}", any::<u32>(), "[a-z/.+]{0,20}"), 0..6),
            config in ("[0-9a-f]{64}", any::<u32>()),
            extra in "[a-zA-Z]{9,12}",
        ) {
            let descriptor = |hex: &str, size: u32, media_type: &str| {
                json!({ "mediaType": media_type, "digest": format!("sha256:{hex}"), "size": size, extra.as_str(): [1] })
            };
            let all: Vec<_> = layers.iter().map(|(hex, size, media_type)| descriptor(hex, *size, media_type)).collect();
            let manifest = json!({ extra.as_str(): {}, "layers": all, "config": descriptor(&config.0, config.1, "c") });
            let found = contents(manifest.to_string().as_bytes(), &doing()).unwrap();
            let blob = |hex: &str, size: u32| {
                Blob { digest: Digest::parse(&format!("sha256:{hex}")).unwrap(), size: size.into() }
            };
            let expected: Vec<_> = layers.iter().map(|(hex, size, _)| blob(hex, *size)).collect();
            prop_assert_eq!(found, Contents { config: blob(&config.0, config.1), layers: expected });
        }
    }
}
