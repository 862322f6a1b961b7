//! Images of the world: config and manifest around packed layers, indexes of several platforms, and what points at them.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::layer::Layer;
use super::schema::{ImageTable, MediaTypes};
use crate::rehearsal::digest::sha256;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::registry::{MediaType, Repository};

/// The words of an image's media types.
struct Words {
    manifest: &'static str,
    index: &'static str,
    config: &'static str,
    layer: &'static str,
}

const OCI: Words = Words {
    manifest: MediaType::OCI_MANIFEST,
    index: MediaType::OCI_INDEX,
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

const DOCKER: Words = Words {
    manifest: MediaType::DOCKER_MANIFEST,
    index: MediaType::DOCKER_LIST,
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};

/// Builds an image, or an index with an image for each platform, and puts it into the repository under its tags, with what
/// points at it.
///
/// # Errors
/// What is wrong with the table, or what the repository refused.
pub fn push(repository: &mut Repository, image: &ImageTable, layers: &[Layer], created: Moment) -> Result<(), String> {
    let words = if image.media_types == MediaTypes::Docker { DOCKER } else { OCI };
    for layer in layers {
        repository.blobs.insert(layer.digest.clone(), layer.blob.clone());
    }
    let platforms = match image.platforms.as_slice() {
        [] => vec![Platform { os: "linux", architecture: "amd64", variant: None }],
        all => all.iter().map(|text| Platform::read(text)).collect::<Result<_, _>>()?,
    };
    let (top, media_type) = match platforms.as_slice() {
        [one] => (manifest(repository, image, one, layers, (&words, created)), words.manifest),
        all => {
            let mut entries = Vec::new();
            for platform in all {
                let bytes = manifest(repository, image, platform, layers, (&words, created));
                let mut entry = descriptor(words.manifest, &bytes);
                entry["platform"] = platform.document();
                entries.push(entry);
                put(repository, None, bytes, (words.manifest, created))?;
            }
            let index = json!({ "schemaVersion": 2, "mediaType": words.index, "manifests": entries });
            (Bytes::from(index.to_string()), words.index)
        }
    };
    for tag in &image.tags {
        put(repository, Some(tag), top.clone(), (media_type, created))?;
    }
    for kind in &image.referrers {
        let bytes = referrer(repository, kind, &descriptor(media_type, &top));
        put(repository, None, bytes, (MediaType::OCI_MANIFEST, created))?;
    }
    Ok(())
}

fn put(
    repository: &mut Repository,
    tag: Option<&str>,
    bytes: Bytes,
    (media_type, created): (&str, Moment),
) -> Result<(), String> {
    let pushed = repository.put_manifest(tag, bytes, media_type, created);
    pushed.map(drop).map_err(|refusal| format!("{refusal:?}"))
}

/// The manifest of an image for one platform, whose config is put.
fn manifest(
    repository: &mut Repository,
    image: &ImageTable,
    platform: &Platform<'_>,
    layers: &[Layer],
    (words, created): (&Words, Moment),
) -> Bytes {
    let config = Bytes::from(config(image, platform, layers, created).to_string());
    let descriptors: Vec<Value> = layers
        .iter()
        .map(|layer| json!({ "mediaType": words.layer, "digest": layer.digest, "size": layer.blob.len() }))
        .collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": words.manifest,
        "config": descriptor(words.config, &config),
        "layers": descriptors,
    });
    repository.put_blob(config);
    Bytes::from(manifest.to_string())
}

/// An artifact that points at an image, whose content is put.
fn referrer(repository: &mut Repository, kind: &str, subject: &Value) -> Bytes {
    let content = Bytes::from(format!("{kind} of {}\n", subject["digest"].as_str().unwrap_or_default()));
    let empty = Bytes::from_static(b"{}");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::OCI_MANIFEST,
        "artifactType": kind,
        "config": descriptor("application/vnd.oci.empty.v1+json", &empty),
        "layers": [descriptor(kind, &content)],
        "subject": subject,
    });
    repository.put_blob(content);
    repository.put_blob(empty);
    Bytes::from(manifest.to_string())
}

fn descriptor(media_type: &str, bytes: &Bytes) -> Value {
    json!({ "mediaType": media_type, "digest": sha256(bytes), "size": bytes.len() })
}

/// `linux/arm64/v8`, taken apart.
struct Platform<'a> {
    os: &'a str,
    architecture: &'a str,
    variant: Option<&'a str>,
}

impl<'a> Platform<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture] => Ok(Self { os, architecture, variant: None }),
            [os, architecture, variant] => Ok(Self { os, architecture, variant: Some(variant) }),
            _ => Err(format!("`{text}` is no platform: write it as linux/arm64")),
        }
    }

    fn document(&self) -> Value {
        let mut platform = json!({ "architecture": self.architecture, "os": self.os });
        if let Some(variant) = self.variant {
            platform["variant"] = json!(variant);
        }
        platform
    }
}

fn config(image: &ImageTable, platform: &Platform<'_>, layers: &[Layer], created: Moment) -> Value {
    let created = created.timestamp().to_string();
    let mut own = Map::new();
    let mut set = |name: &str, value: Value| own.insert(name.to_owned(), value);
    if let Some(user) = &image.user {
        set("User", json!(user));
    }
    let environment: Vec<String> = image.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !environment.is_empty() {
        set("Env", json!(environment));
    }
    if !image.entrypoint.is_empty() {
        set("Entrypoint", json!(image.entrypoint));
    }
    if !image.cmd.is_empty() {
        set("Cmd", json!(image.cmd));
    }
    if let Some(folder) = &image.workdir {
        set("WorkingDir", json!(folder));
    }
    if !image.labels.is_empty() {
        set("Labels", json!(image.labels));
    }
    let diff_ids: Vec<&String> = layers.iter().map(|layer| &layer.diff_id).collect();
    let history: Vec<Value> =
        layers.iter().map(|layer| json!({ "created": created, "created_by": layer.created_by })).collect();
    let mut config = json!({
        "created": created,
        "architecture": platform.architecture,
        "os": platform.os,
        "config": own,
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    });
    if let Some(variant) = platform.variant {
        config["variant"] = json!(variant);
    }
    config
}
