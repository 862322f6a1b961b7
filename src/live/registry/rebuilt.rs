//! What manifest and config become in a rebuild: pure edits of JSON that keep whatever they do not know.

mod execution;
mod reindexed;

pub(super) use reindexed::{image_config, reindexed};

use super::hashing::sha256;
use super::manifest::Family;
use super::pack::PackedLayer;
use crate::domain::layer_edit::LayerEdit;
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Map, Value, json};

/// A rebuilt image without its layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The new config, as its digest names it.
    pub config: Vec<u8>,
    /// The new manifest, as its digest names it.
    pub manifest: Vec<u8>,
}

/// The manifest and config of a base with one layer more (or none, where the edit has neither files nor deletions) and
/// its config edited. `media_type` is that of the manifest. An edit of nothing gives the same bytes back.
///
/// # Errors
/// Verification where manifest and config do not fit together, Refused for an index and for a layer on Windows.
pub fn rebuilt(
    manifest: &[u8],
    media_type: &str,
    config: &[u8],
    layer: Option<&PackedLayer>,
    edit: &LayerEdit,
) -> Result<Rebuilt, Fault> {
    if layer.is_none() && edit.is_empty() {
        return Ok(Rebuilt { config: config.to_vec(), manifest: manifest.to_vec() });
    }
    let Some(super::manifest::Kind::Image(family)) = super::manifest::kind(media_type) else {
        return Err(Fault::new(
            FaultKind::Refused,
            "ManifestUnsupported",
            format!("a layer can be put on an image, not on `{media_type}`"),
        ));
    };
    let mut manifest = object(manifest, "manifest")?;
    let mut config = object(config, "config")?;
    if layer.is_some() && config.get("os").and_then(Value::as_str) == Some("windows") {
        return Err(windows());
    }
    let layers = array(&mut manifest, "layers", "manifest")?;
    let rootfs = config.get_mut("rootfs").and_then(Value::as_object_mut);
    let rootfs = rootfs.ok_or_else(|| unfit("the config has no `rootfs`"))?;
    let diff_ids = array(rootfs, "diff_ids", "config's rootfs")?;
    if diff_ids.len() != layers.len() {
        return Err(unfit(&format!(
            "the manifest has {} layers and the config {} diff_ids",
            layers.len(),
            diff_ids.len()
        )));
    }
    if let Some(layer) = layer {
        layers.push(descriptor(layer, family));
        diff_ids.push(json!(layer.diff_id));
    }
    execution::edit(&mut config, edit)?;
    date(&mut config, layer.is_some(), edit);

    let config = serde_json::to_vec(&config).map_err(|why| Fault::internal(format!("writing a config: {why}")))?;
    let descriptor = manifest.get_mut("config").and_then(Value::as_object_mut);
    let descriptor = descriptor.ok_or_else(|| unfit("the manifest has no `config`"))?;
    descriptor.insert("digest".to_owned(), json!(sha256(&config)));
    descriptor.insert("size".to_owned(), json!(config.len()));
    // A copy of the old config.
    descriptor.shift_remove("data");
    let manifest =
        serde_json::to_vec(&manifest).map_err(|why| Fault::internal(format!("writing a manifest: {why}")))?;
    Ok(Rebuilt { config, manifest })
}

fn descriptor(layer: &PackedLayer, family: Family) -> Value {
    json!({ "mediaType": family.layer(), "size": layer.size, "digest": layer.digest })
}

/// `created`, and one entry more in a history that is kept. One that is not kept is not begun: its entries must be as
/// many as the layers.
fn date(config: &mut Map<String, Value>, layer: bool, edit: &LayerEdit) {
    if let Some(created) = &edit.created {
        config.insert("created".to_owned(), json!(created));
    }
    let created = config.get("created").cloned();
    if let Some(history) = config.get_mut("history").and_then(Value::as_array_mut) {
        let mut entry = Map::new();
        entry.extend(created.map(|created| ("created".to_owned(), created)));
        entry.insert("created_by".to_owned(), json!(format!("gantry rebuild: {}", edit.told())));
        if !layer {
            entry.insert("empty_layer".to_owned(), json!(true));
        }
        history.push(Value::Object(entry));
    }
}

/// The member `name`, made where it is missing or null.
fn or_empty<'a>(object: &'a mut Map<String, Value>, name: &str, empty: Value) -> &'a mut Value {
    let member = object.entry(name).or_insert(Value::Null);
    if member.is_null() {
        *member = empty;
    }
    member
}

fn object(bytes: &[u8], name: &str) -> Result<Map<String, Value>, Fault> {
    serde_json::from_slice(bytes).map_err(|why| unfit(&format!("the {name} cannot be understood: {why}")))
}

fn array<'a>(object: &'a mut Map<String, Value>, name: &str, of: &str) -> Result<&'a mut Vec<Value>, Fault> {
    // Go writes an empty list as null.
    let member = or_empty(object, name, Value::Array(Vec::new()));
    member.as_array_mut().ok_or_else(|| unfit(&format!("the {of} has `{name}`, but not as an array")))
}

/// Layers of Windows have their files elsewhere, with attributes that a project's files do not have.
fn windows() -> Fault {
    Fault::new(
        FaultKind::Refused,
        "WindowsUnsupported",
        "files cannot be put into an image of Windows, or deleted in it",
    )
    .hint("only its config can be edited; of an index, choose the other platforms with `platforms`")
}

fn unfit(why: &str) -> Fault {
    Fault::new(FaultKind::Verification, "BaseUnfit", format!("the base image cannot be rebuilt: {why}"))
        .hint("copy the image as it is, or rebuild it from another base")
}
