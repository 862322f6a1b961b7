//! An image made by hand, as an OCI layout on disk: every byte of it is the story's own choice.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// A file of a layer: path, mode, content.
pub type File<'a> = (&'a str, u32, &'a [u8]);

/// The digest of `bytes`, as it is written.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String");
        text
    })
}

/// So many bytes that do not compress, the same for the same seed.
pub fn noise(seed: u64, size: usize) -> Vec<u8> {
    // xorshift, which only 0 does not start
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// An image on its way to disk.
pub struct Layout<'a> {
    folder: &'a Path,
    layers: Vec<Value>,
    diff_ids: Vec<String>,
    history: Vec<Value>,
}

impl<'a> Layout<'a> {
    /// An image without layers, in `folder`.
    pub fn at(folder: &'a Path) -> Self {
        fs::create_dir_all(folder.join("blobs/sha256")).expect("a folder for the layout");
        Self { folder, layers: Vec::new(), diff_ids: Vec::new(), history: Vec::new() }
    }

    /// The same with one layer more.
    #[must_use]
    pub fn layer(mut self, files: &[File<'_>]) -> Self {
        let tar = tar(files);
        self.diff_ids.push(sha256(&tar));
        self.history.push(json!({ "created": "2024-01-02T03:04:05Z", "created_by": "by hand" }));
        // stored, not compressed: what is big in these stories does not compress anyway
        let mut gzip = GzEncoder::new(Vec::with_capacity(tar.len() + 1024), Compression::none());
        gzip.write_all(&tar).expect("memory");
        let layer = gzip.finish().expect("memory");
        self.layers.push(self.put(&layer, "application/vnd.oci.image.layer.v1.tar+gzip"));
        self
    }

    /// Writes config, manifest and index; the tag is `made`.
    pub fn written(self, env: &[&str]) {
        let config = json!({
            "created": "2024-01-02T03:04:05Z", "architecture": "amd64", "os": "linux", "x-unknown": { "kept": 1 },
            "config": { "Env": env, "Cmd": ["/bin/app"] },
            "rootfs": { "type": "layers", "diff_ids": self.diff_ids }, "history": self.history,
        });
        let config = self.put(config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json");
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": self.layers,
            "annotations": { "team": "shop" },
        });
        let mut manifest = self.put(manifest.to_string().as_bytes(), media_type);
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "made" });
        let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
        for (name, text) in [("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#), ("index.json", &index.to_string())] {
            fs::write(self.folder.join(name), text).expect("a file of the layout");
        }
    }

    fn put(&self, bytes: &[u8], media_type: &str) -> Value {
        let digest = sha256(bytes);
        fs::write(self.folder.join("blobs/sha256").join(&digest[7..]), bytes).expect("a blob of the layout");
        json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest })
    }
}

fn tar(files: &[File<'_>]) -> Vec<u8> {
    let room: usize = files.iter().map(|(_, _, content)| content.len() + 1024).sum();
    let mut tar = tar::Builder::new(Vec::with_capacity(room + 1024));
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, *content).expect("memory");
    }
    tar.into_inner().expect("memory")
}
