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
    zstd: bool,
    layers: Vec<Value>,
    diff_ids: Vec<String>,
    history: Vec<Value>,
}

impl<'a> Layout<'a> {
    /// An image without layers, in `folder`.
    pub fn at(folder: &'a Path) -> Self {
        fs::create_dir_all(folder.join("blobs/sha256")).expect("a folder for the layout");
        Self { folder, zstd: false, layers: Vec::new(), diff_ids: Vec::new(), history: Vec::new() }
    }

    /// The same, whose layers are zstd's.
    #[must_use]
    pub fn zstd(self) -> Self {
        Self { zstd: true, ..self }
    }

    /// The same with one layer more.
    #[must_use]
    pub fn layer(mut self, files: &[File<'_>]) -> Self {
        let tar = tar(files);
        self.diff_ids.push(sha256(&tar));
        self.history.push(json!({ "created": "2024-01-02T03:04:05Z", "created_by": "by hand" }));
        // stored, not compressed: what is big in these stories does not compress anyway
        let (layer, kind) = if self.zstd { (stored_zstd(&tar), "zstd") } else { (stored_gzip(&tar), "gzip") };
        self.layers.push(put(self.folder, &layer, &format!("application/vnd.oci.image.layer.v1.tar+{kind}")));
        self
    }

    /// Writes config, manifest and index; the tag is `made`.
    pub fn written(self, env: &[&str]) {
        let folder = self.folder;
        named_made(folder, self.image(env, "amd64"));
    }

    /// Writes config and manifest, and gives what an index says of them.
    pub fn image(self, env: &[&str], architecture: &str) -> Value {
        let config = json!({
            "created": "2024-01-02T03:04:05Z", "architecture": architecture, "os": "linux", "x-unknown": { "kept": 1 },
            "config": { "Env": env, "Cmd": ["/bin/app"] },
            "rootfs": { "type": "layers", "diff_ids": self.diff_ids }, "history": self.history,
        });
        let config = put(self.folder, config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": self.layers,
            "annotations": { "team": "shop" },
        });
        let mut manifest = put(self.folder, manifest.to_string().as_bytes(), MANIFEST);
        manifest["platform"] = json!({ "architecture": architecture, "os": "linux" });
        manifest
    }
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An attestation of an image, as buildkit writes it.
pub fn attestation(folder: &Path, about: &Value) -> Value {
    let config = put(folder, b"{}", "application/vnd.oci.image.config.v1+json");
    let statement = put(folder, b"{\"predicate\":{}}", "application/vnd.in-toto+json");
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement] });
    let mut entry = put(folder, manifest.to_string().as_bytes(), MANIFEST);
    entry["platform"] = json!({ "architecture": "unknown", "os": "unknown" });
    entry["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about["digest"],
    });
    entry
}

/// Writes an index of these images; the tag is `made`.
pub fn index(folder: &Path, manifests: &[Value]) {
    let media_type = "application/vnd.oci.image.index.v1+json";
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type, "manifests": manifests, "annotations": { "team": "shop" },
    });
    named_made(folder, put(folder, index.to_string().as_bytes(), media_type));
}

fn named_made(folder: &Path, mut top: Value) {
    top["annotations"] = json!({ "org.opencontainers.image.ref.name": "made" });
    let index = json!({ "schemaVersion": 2, "manifests": [top] });
    for (name, text) in [("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#), ("index.json", &index.to_string())] {
        fs::write(folder.join(name), text).expect("a file of the layout");
    }
}

fn put(folder: &Path, bytes: &[u8], media_type: &str) -> Value {
    let digest = sha256(bytes);
    fs::write(folder.join("blobs/sha256").join(&digest[7..]), bytes).expect("a blob of the layout");
    json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest })
}

fn stored_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::with_capacity(bytes.len() + 1024), Compression::none());
    gzip.write_all(bytes).expect("memory");
    gzip.finish().expect("memory")
}

/// A frame of zstd (RFC 8878) with its size and raw blocks.
fn stored_zstd(bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    frame.extend(u32::try_from(bytes.len()).expect("a small layer").to_le_bytes());
    let blocks = bytes.chunks(BLOCK).count();
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        let last = usize::from(number + 1 == blocks);
        let header = u32::try_from(block.len() << 3 | last).expect("a small block").to_le_bytes();
        frame.extend(&header[..3]);
        frame.extend(block);
    }
    frame
}

const BLOCK: usize = 64 << 10;

/// What [`stored_zstd`] was given.
fn unstored_zstd(frame: &[u8]) -> Vec<u8> {
    let mut rest = &frame[9..];
    let mut bytes = Vec::new();
    while !rest.is_empty() {
        let size = u32::from_le_bytes([rest[0], rest[1], rest[2], 0]) as usize >> 3;
        bytes.extend(&rest[3..3 + size]);
        rest = &rest[3 + size..];
    }
    bytes
}

/// Writes the image `tag` of a layout again with gzip instead of our zstd, under the tag `made`: umoci takes no other.
pub fn recompressed(folder: &Path) {
    let blob = |digest: &Value| {
        let digest = digest.as_str().expect("a digest");
        fs::read(folder.join("blobs/sha256").join(&digest[7..])).expect("a blob of the layout")
    };
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let top = json(&fs::read(folder.join("index.json")).expect("an index"));
    let mut manifest = json(&blob(&top["manifests"][0]["digest"]));
    for layer in manifest["layers"].as_array_mut().expect("layers") {
        if layer["mediaType"].as_str().expect("a media type").ends_with("+zstd") {
            let gzip = stored_gzip(&unstored_zstd(&blob(&layer["digest"])));
            *layer = put(folder, &gzip, "application/vnd.oci.image.layer.v1.tar+gzip");
        }
    }
    named_made(folder, put(folder, manifest.to_string().as_bytes(), MANIFEST));
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
