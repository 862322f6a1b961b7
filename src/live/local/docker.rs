//! `manifest.json` of a docker archive: which configs, layers and names are images; and the manifest that a registry gets
//! of one whose layers were not compressed.

use crate::domain::image_facts::Blob;
use crate::domain::image_reference::{Digest, Reference};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// One image, in Docker's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Item {
    /// Path of its config in the archive.
    pub config: String,
    /// `NAME:TAG`; an image may have none.
    pub repo_tags: Option<Vec<String>>,
    /// Paths of its layers in the archive, lowest first.
    pub layers: Option<Vec<String>>,
}

impl Item {
    /// The names in their one form; what is no name is none.
    pub fn names(&self) -> Vec<String> {
        let tags = self.repo_tags.iter().flatten();
        tags.filter_map(|tag| Reference::parse(tag).ok()?.loaded_as()).collect()
    }
}

/// The images of a document. The error says what is wrong with it.
pub(super) fn items(bytes: &[u8]) -> Result<Vec<Item>, String> {
    serde_json::from_slice(bytes).map_err(|why| why.to_string())
}

/// The document of these images.
pub(super) fn document(items: &[Item]) -> Vec<u8> {
    // texts can always be written
    serde_json::to_vec(items).unwrap_or_default()
}

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

impl Packing {
    /// By its first bytes; none of a tar.
    pub fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The manifest of an image, with its media type: in Docker's words, as its config is, and in OCI's where Docker has none
/// for a layer.
pub(super) fn manifest(config: &Blob, layers: &[(Blob, Packing)]) -> (Vec<u8>, &'static str) {
    let is_docker = layers.iter().all(|(_, packing)| *packing == Packing::Gzip);
    let (own, of_config, gzip) = if is_docker {
        (
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.container.image.v1+json",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
        )
    } else {
        (
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar+gzip",
        )
    };
    let layers = layers.iter().map(|(blob, packing)| {
        let media_type = match packing {
            Packing::Gzip => gzip,
            Packing::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        };
        json!({ "mediaType": media_type, "size": blob.size, "digest": blob.digest })
    });
    let layers: Vec<_> = layers.collect();
    let config = json!({ "mediaType": of_config, "size": config.size, "digest": config.digest });
    let manifest = json!({ "schemaVersion": 2, "mediaType": own, "config": config, "layers": layers });
    (manifest.to_string().into_bytes(), own)
}

/// Config and layers of an image manifest; none where it is an index, or nothing of that kind.
pub(super) fn parts(manifest: &[u8]) -> Option<Parts> {
    serde_json::from_slice(manifest).ok()
}

/// What an image manifest names.
#[derive(Debug, Deserialize)]
pub(super) struct Parts {
    /// The config.
    pub config: Part,
    /// The layers.
    #[serde(default)]
    pub layers: Vec<Part>,
}

/// One blob of it.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    /// Of the blob.
    pub digest: Digest,
    #[serde(rename = "mediaType", default)]
    media_type: String,
}

impl Part {
    /// Whether it is a layer as registries keep them.
    pub fn is_compressed(&self) -> bool {
        ["gzip", "zstd"].iter().any(|packing| self.media_type.ends_with(packing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn blob(of: char) -> Blob {
        Blob { digest: Digest::parse(&format!("sha256:{}", of.to_string().repeat(64))).unwrap(), size: 7 }
    }

    #[test]
    fn old_and_new_documents_are_read() {
        let old =
            r#"[{"Config":"ab.json","RepoTags":["shop:1.4","docker.io/library/shop:1"],"Layers":["x/layer.tar"]}]"#;
        let [item] = items(old.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!((item.config.as_str(), item.names()), ("ab.json", vec!["shop:1.4".to_owned(), "shop:1".to_owned()]));
        let bare = r#"[{"Config":"blobs/sha256/ab","RepoTags":null,"Layers":null,"LayerSources":{"x":1}}]"#;
        let [item] = items(bare.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!((item.names(), item.layers), (Vec::new(), None));
        assert!(items(b"{}").is_err() && items(b"[{}]").is_err());
    }

    #[test]
    fn a_manifest_is_in_dockers_words_where_these_do() {
        let (docker, media_type) = manifest(&blob('a'), &[(blob('b'), Packing::Gzip)]);
        let document: Value = serde_json::from_slice(&docker).unwrap();
        assert_eq!(document["mediaType"], media_type);
        assert_eq!(document["layers"][0]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
        let found = parts(&docker).unwrap();
        assert_eq!(found.config.digest, blob('a').digest);
        assert!(found.layers.iter().all(Part::is_compressed));
        let (oci, media_type) = manifest(&blob('a'), &[(blob('b'), Packing::Gzip), (blob('c'), Packing::Zstd)]);
        let document: Value = serde_json::from_slice(&oci).unwrap();
        assert_eq!(
            (&document["mediaType"], media_type),
            (&json!(media_type), "application/vnd.oci.image.manifest.v1+json")
        );
        assert_eq!(document["layers"][1]["mediaType"], "application/vnd.oci.image.layer.v1.tar+zstd");
        assert!(parts(br#"{"manifests":[]}"#).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (items(&bytes), parts(&bytes), Packing::of(&bytes));
        }

        #[test]
        fn what_is_written_is_read(
            all in proptest::collection::vec(
                ("[a-z/.]{1,9}", proptest::option::of(proptest::collection::vec("[a-z]{1,5}:[a-z]{1,5}", 0..3)),
                 proptest::option::of(proptest::collection::vec("[a-z/.]{1,9}", 0..3))), 0..4)
        ) {
            let all: Vec<Item> =
                all.into_iter().map(|(config, repo_tags, layers)| Item { config, repo_tags, layers }).collect();
            prop_assert_eq!(items(&document(&all)), Ok(all.clone()));
        }
    }
}
