//! Images that are the same bytes every time, laid out here and pushed by skopeo.

use super::peers::Stage;
use super::registry::LOGIN;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An empty folder for this benchmark.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-images-{}", std::process::id())).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Pushes an image with a layer of each of these sizes to the first registry.
pub fn image(stage: &Stage, name: &str, layers: &[usize]) {
    let layout = folder("layout");
    let manifest = manifest(&layout, "amd64", layers);
    push(stage, &layout, &manifest, name);
}

/// Pushes an index of two platforms.
pub fn index(stage: &Stage, name: &str, layers: &[usize]) {
    let layout = folder("layout");
    let manifests: Vec<Value> = ["amd64", "arm64"]
        .into_iter()
        .map(|architecture| {
            let mut entry = manifest(&layout, architecture, layers);
            entry["platform"] = json!({ "os": "linux", "architecture": architecture });
            entry
        })
        .collect();
    let index =
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests });
    let index = blob(&layout, "application/vnd.oci.image.index.v1+json", &mut index.to_string().as_bytes());
    push(stage, &layout, &index, name);
}

fn manifest(layout: &Path, architecture: &str, layers: &[usize]) -> Value {
    let mut noise = Noise(architecture.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed, byte| seed ^ u64::from(byte) << 17));
    let (mut descriptors, mut diffs) = (Vec::new(), Vec::new());
    for (number, size) in layers.iter().enumerate() {
        let tar = layout.with_extension("tar");
        let mut file = fs::File::create(&tar).expect("a layer");
        diffs.push(write_tar(&mut file, &format!("data/{number}"), *size, &mut noise).expect("a layer"));
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        io::copy(&mut fs::File::open(&tar).expect("a layer"), &mut packed).expect("a layer");
        let packed = packed.finish().expect("a layer");
        descriptors.push(blob(layout, "application/vnd.oci.image.layer.v1.tar+gzip", &mut packed.as_slice()));
        let _ = fs::remove_file(tar);
    }
    let config = json!({ "architecture": architecture, "os": "linux", "config": {}, "created": "2026-01-01T00:00:00Z",
        "rootfs": { "type": "layers", "diff_ids": diffs } });
    let config = blob(layout, "application/vnd.oci.image.config.v1+json", &mut config.to_string().as_bytes());
    let manifest = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": descriptors });
    blob(layout, "application/vnd.oci.image.manifest.v1+json", &mut manifest.to_string().as_bytes())
}

/// A blob of the layout, and its descriptor.
fn blob(layout: &Path, media_type: &str, content: &mut dyn Read) -> Value {
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).expect("a blob");
    let hex = hex(&Sha256::digest(&bytes));
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("a folder");
    fs::write(blobs.join(&hex), &bytes).expect("a blob");
    json!({ "mediaType": media_type, "digest": format!("sha256:{hex}"), "size": bytes.len() })
}

fn push(stage: &Stage, layout: &Path, descriptor: &Value, name: &str) {
    let mut named = descriptor.clone();
    named["annotations"] = json!({ "org.opencontainers.image.ref.name": "1" });
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a layout");
    let index = json!({ "schemaVersion": 2, "manifests": [named] });
    fs::write(layout.join("index.json"), index.to_string()).expect("a layout");
    let pushed = Command::new("skopeo")
        .args(["--insecure-policy", "copy", "-q", "--all", "--dest-tls-verify=false", "--dest-creds"])
        .arg(format!("{}:{}", LOGIN.0, LOGIN.1))
        .arg(format!("oci:{}:1", layout.display()))
        .arg(format!("docker://{}/{name}:1", stage.from.host))
        .status()
        .expect("skopeo starts: ./test installs it");
    assert!(pushed.success(), "skopeo pushes {name}");
    let _ = fs::remove_dir_all(layout);
}

/// A tar of one file of noise, which does not compress; the digest of the tar.
fn write_tar(to: &mut dyn Write, path: &str, size: usize, noise: &mut Noise) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update(bytes);
        to.write_all(bytes)
    };
    let mut header = [0_u8; 512];
    let mut field = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    field(0, path);
    field(100, "0000644\0");
    field(108, "0000000\0");
    field(116, "0000000\0");
    field(124, &format!("{size:011o}\0"));
    field(136, "00000000000\0");
    field(148, "        ");
    field(156, "0");
    field(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    put(&header)?;
    let mut left = size;
    let mut buffer = vec![0_u8; 1 << 16];
    while left > 0 {
        noise.fill(&mut buffer);
        let some = left.min(buffer.len());
        put(&buffer[..some])?;
        left -= some;
    }
    put(&vec![0; (512 - size % 512) % 512 + 1024])?;
    Ok(format!("sha256:{}", hex(&hash.finalize())))
}

/// Numbers that look random and are the same every time: xorshift.
struct Noise(u64);

impl Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for some in bytes.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            some.copy_from_slice(&self.0.to_le_bytes()[..some.len()]);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
