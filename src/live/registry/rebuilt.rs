//! What manifest and config become in a rebuild: pure edits of JSON that keep whatever they do not know.

use super::hashing::sha256;
use super::manifest::Family;
use super::pack::PackedLayer;
use crate::domain::image_facts::LayerEdit;
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
/// its environment edited. `media_type` is that of the manifest. An edit of nothing gives the same bytes back.
///
/// # Errors
/// Verification where manifest and config do not fit together, Refused for an index, Usage for an impossible variable.
pub fn rebuilt(
    manifest: &[u8],
    media_type: &str,
    config: &[u8],
    layer: Option<&PackedLayer>,
    edit: &LayerEdit,
) -> Result<Rebuilt, Fault> {
    if layer.is_none() && edit.env.is_empty() && edit.created.is_none() {
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
    edit_env(&mut config, edit)?;
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

fn edit_env(config: &mut Map<String, Value>, edit: &LayerEdit) -> Result<(), Fault> {
    if edit.env.is_empty() {
        return Ok(());
    }
    let execution = or_empty(config, "config", Value::Object(Map::new()));
    let execution = execution.as_object_mut().ok_or_else(|| unfit("the config's `config` is not an object"))?;
    let env = or_empty(execution, "Env", Value::Array(Vec::new()));
    let env = env.as_array_mut().ok_or_else(|| unfit("the config's `Env` is not an array"))?;
    for (name, value) in &edit.env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(Fault::usage(format!("`{name}` cannot be the name of an environment variable")));
        }
        set(env, name, value.as_ref().map(|value| format!("{name}={value}")));
    }
    Ok(())
}

/// In place where the variable is there (once, even where it was there twice), at the end otherwise.
fn set(env: &mut Vec<Value>, name: &str, mut line: Option<String>) {
    env.retain_mut(|old| {
        let same = old.as_str().is_some_and(|old| old.split('=').next() == Some(name));
        if !same {
            return true;
        }
        match line.take() {
            Some(line) => {
                *old = Value::String(line);
                true
            }
            None => false,
        }
    });
    env.extend(line.map(Value::String));
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
        entry.insert("created_by".to_owned(), json!(created_by(edit)));
        if !layer {
            entry.insert("empty_layer".to_owned(), json!(true));
        }
        history.push(Value::Object(entry));
    }
}

/// Names only: a value may be nobody's business.
fn created_by(edit: &LayerEdit) -> String {
    let put = edit.files.keys().map(|path| format!("put {path}"));
    let delete = edit.delete.iter().map(|path| format!("delete {path}"));
    let env = edit.env.iter().map(|(name, value)| match value {
        Some(_) => format!("set {name}"),
        None => format!("unset {name}"),
    });
    let steps: Vec<String> = put.chain(delete).chain(env).collect();
    let steps = if steps.is_empty() { "date".to_owned() } else { steps.join(", ") };
    format!("gantry rebuild: {steps}")
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

fn unfit(why: &str) -> Fault {
    Fault::new(FaultKind::Verification, "BaseUnfit", format!("the base image cannot be rebuilt: {why}"))
        .hint("copy the image as it is, or rebuild it from another base")
}
