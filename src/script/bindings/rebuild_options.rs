//! The options of `image::rebuild`, and what is put at a path.

use super::transfer::{CopyOptions, texts};
use crate::domain::layer_edit::{LayerEdit, Mode, Owner, Put, PutContent};
use crate::domain::platform::Platform;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// What becomes of an image.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RebuildOptions {
    from: Option<String>,
    to: Option<String>,
    #[serde(deserialize_with = "puts")]
    files: BTreeMap<String, Put>,
    owner: Option<Owner>,
    delete: Vec<String>,
    env: BTreeMap<String, Option<String>>,
    labels: BTreeMap<String, Option<String>>,
    entrypoint: Option<Vec<String>>,
    command: Option<Vec<String>>,
    user: Option<String>,
    working_dir: Option<String>,
    platforms: Vec<Platform>,
    created: Option<String>,
    replace: bool,
    #[serde(deserialize_with = "texts")]
    mount_from: Vec<String>,
}

impl RebuildOptions {
    /// What becomes of the image, and how it gets where it is to be.
    pub fn split(self) -> (LayerEdit, CopyOptions) {
        let mut files = self.files;
        for put in files.values_mut() {
            put.owner = put.owner.or(self.owner);
        }
        let edit = LayerEdit {
            files,
            delete: self.delete,
            env: self.env,
            labels: self.labels,
            entrypoint: self.entrypoint,
            command: self.command,
            user: self.user,
            working_dir: self.working_dir,
            platforms: self.platforms,
            created: self.created,
        };
        let (from, to, replace, mount_from) = (self.from, self.to, self.replace, self.mount_from);
        let how = CopyOptions { from, to, replace, mount_from, ..CopyOptions::default() };
        (edit, how)
    }
}

/// A map of what is put at a path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    content: Value,
    owner: Option<Owner>,
    mode: Option<Mode>,
    #[serde(default)]
    replace: bool,
}

fn puts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Put>, D::Error> {
    let said = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let put = |(path, value)| match put(value) {
        Ok(put) => Ok((path, put)),
        Err(why) => Err(D::Error::custom(format!("`{path}`: {why}"))),
    };
    said.into_iter().map(put).collect()
}

fn put(value: Value) -> Result<Put, String> {
    if handle(&value) {
        return Ok(Put { content: content(value)?, owner: None, mode: None, replace: false });
    }
    if !value.is_object() {
        return Err(NOTHING_PUT.to_owned());
    }
    let Said { content: value, owner, mode, replace } = serde_json::from_value(value).map_err(|why| why.to_string())?;
    Ok(Put { content: content(value)?, owner, mode, replace })
}

const NOTHING_PUT: &str = "put files with dir(\"…\") or file(\"…\"), a text with text(\"…\"), or a map with `content`";

/// Whether it is what `dir`, `file` and `text` give.
fn handle(value: &Value) -> bool {
    value.get("text").or_else(|| value.get("entries")).is_some()
}

fn content(value: Value) -> Result<PutContent, String> {
    match value.get("text") {
        Some(Value::String(text)) => Ok(PutContent::Text(text.clone())),
        _ if value.get("entries").is_some() => {
            serde_json::from_value(value).map(PutContent::Tree).map_err(|why| why.to_string())
        }
        _ => Err(NOTHING_PUT.to_owned()),
    }
}
