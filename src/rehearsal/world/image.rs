//! Images of the world: config and manifest around packed layers.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::layer::Layer;
use super::schema::{ImageTable, MediaTypes};
use crate::rehearsal::digest::sha256;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::registry::{MediaType, Repository};

/// Builds an image and puts it into the repository under its tags.
///
/// # Errors
/// What the repository refused.
pub fn push(repository: &mut Repository, image: &ImageTable, layers: &[Layer], created: Moment) -> Result<(), String> {
    let docker = image.media_types == MediaTypes::Docker;
    let config = Bytes::from(config(image, layers, created).to_string());
    let (manifest_type, config_type, layer_type) = if docker {
        (
            MediaType::DOCKER_MANIFEST,
            "application/vnd.docker.container.image.v1+json",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
        )
    } else {
        (
            MediaType::OCI_MANIFEST,
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar+gzip",
        )
    };
    let descriptors: Vec<Value> = layers
        .iter()
        .map(|layer| json!({ "mediaType": layer_type, "digest": layer.digest, "size": layer.blob.len() }))
        .collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": { "mediaType": config_type, "digest": sha256(&config), "size": config.len() },
        "layers": descriptors,
    });
    repository.put_blob(config);
    for layer in layers {
        repository.blobs.insert(layer.digest.clone(), layer.blob.clone());
    }
    let bytes = Bytes::from(manifest.to_string());
    for tag in &image.tags {
        repository
            .put_manifest(Some(tag), bytes.clone(), manifest_type, created)
            .map_err(|refusal| format!("{refusal:?}"))?;
    }
    Ok(())
}

fn config(image: &ImageTable, layers: &[Layer], created: Moment) -> Value {
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
    json!({
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": own,
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    })
}
