//! What becomes of an image in a rebuild: one layer more, and edits of its config.

mod check;
mod layout;
mod put;
#[cfg(test)]
mod tests;

pub use self::layout::{Entry, Layout, What};
pub use self::put::{Mode, Owner, Put, PutContent};

use super::platform::Platform;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What becomes of a base image. Whatever is not named here stays as the base has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerEdit {
    /// Files and folders put in: absolute path in the image → what is put there.
    pub files: BTreeMap<String, Put>,
    /// Absolute paths taken out, files and whole folders (whiteouts).
    pub delete: Vec<String>,
    /// Environment variables set (or, with null, removed).
    pub env: BTreeMap<String, Option<String>>,
    /// Labels set (or, with null, removed).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Option<String>>,
    /// The entrypoint; an empty one is none. The command stays, whatever becomes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// The command; an empty one is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// User, or user and group, by name or number; an empty one is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The working directory, absolute; an empty one is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Of an index only the images for these, as in a copy; every image where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// RFC 3339 `created` of config and history; the base's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// An edit that cannot be made of any image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ImpossibleEdit {
    /// What is wrong with it.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ImpossibleEdit {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl LayerEdit {
    /// Whether nothing is to be done to an image, whichever are chosen.
    pub fn is_empty(&self) -> bool {
        let Self { files, delete, env, labels, entrypoint, command, user, working_dir, platforms: _, created } = self;
        let lists = entrypoint.is_none() && command.is_none();
        let texts = user.is_none() && working_dir.is_none() && created.is_none();
        files.is_empty() && delete.is_empty() && env.is_empty() && labels.is_empty() && lists && texts
    }

    /// What is done, in a line: names only, for a value may be nobody's business.
    pub fn told(&self) -> String {
        let put =
            self.files.iter().map(|(path, put)| format!("{} {path}", if put.replace { "replace" } else { "put" }));
        let delete = self.delete.iter().map(|path| format!("delete {path}"));
        let env = self.env.iter().map(|(name, value)| named("set", "unset", name, value.as_ref()));
        let labels = self.labels.iter().map(|(name, value)| named("label", "unlabel", name, value.as_ref()));
        let config = [
            self.entrypoint.as_ref().map(|_| "entrypoint"),
            self.command.as_ref().map(|_| "command"),
            self.user.as_ref().map(|_| "user"),
            self.working_dir.as_ref().map(|_| "working directory"),
        ];
        let config = config.into_iter().flatten().map(str::to_owned);
        let steps: Vec<String> = put.chain(delete).chain(env).chain(labels).chain(config).collect();
        if steps.is_empty() { "date".to_owned() } else { steps.join(", ") }
    }
}

fn named(set: &str, unset: &str, name: &str, value: Option<&String>) -> String {
    format!("{} {name}", if value.is_some() { set } else { unset })
}
