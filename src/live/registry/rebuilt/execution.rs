//! How a container of the image is run: the config's `config`, edited member by member.
//!
//! OCI and Docker spell the members alike. Docker reads them whatever their case, so a member is found so too.

use super::{or_empty, unfit};
use crate::domain::layer_edit::LayerEdit;
use crate::effects::fault::Fault;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Edits what the edit names, and nothing else: a new entrypoint leaves the command alone.
pub(super) fn edit(config: &mut Map<String, Value>, edit: &LayerEdit) -> Result<(), Fault> {
    let LayerEdit { env, labels, entrypoint, command, user, working_dir, .. } = edit;
    let lists = [("Entrypoint", entrypoint), ("Cmd", command)];
    let texts = [("User", user), ("WorkingDir", working_dir)];
    let asked = lists.iter().any(|(_, value)| value.is_some()) || texts.iter().any(|(_, value)| value.is_some());
    if env.is_empty() && labels.is_empty() && !asked {
        return Ok(());
    }
    let execution = or_empty(config, "config", Value::Object(Map::new()));
    let execution = execution.as_object_mut().ok_or_else(|| unfit("the config's `config` is not an object"))?;
    edit_env(execution, env)?;
    edit_labels(execution, labels)?;
    for (name, value) in lists {
        replace(execution, name, value.as_ref().map(|list| (list.is_empty(), json!(list))));
    }
    for (name, value) in texts {
        replace(execution, name, value.as_ref().map(|text| (text.is_empty(), json!(text))));
    }
    Ok(())
}

/// Takes the value's place; an empty value is none.
fn replace(execution: &mut Map<String, Value>, name: &str, value: Option<(bool, Value)>) {
    let Some((empty, value)) = value else { return };
    let name = spelled(execution, name);
    if empty {
        execution.shift_remove(&name);
    } else {
        execution.insert(name, value);
    }
}

/// The member as the base spells it, or as it is spelled.
fn spelled(object: &Map<String, Value>, name: &str) -> String {
    let exact = object.contains_key(name).then_some(name);
    let other = || object.keys().map(String::as_str).find(|key| key.eq_ignore_ascii_case(name));
    exact.or_else(other).unwrap_or(name).to_owned()
}

fn edit_env(execution: &mut Map<String, Value>, variables: &BTreeMap<String, Option<String>>) -> Result<(), Fault> {
    if variables.is_empty() {
        return Ok(());
    }
    let name = spelled(execution, "Env");
    let env = or_empty(execution, &name, Value::Array(Vec::new()));
    let env = env.as_array_mut().ok_or_else(|| unfit("the config's `Env` is not an array"))?;
    for (name, value) in variables {
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

fn edit_labels(execution: &mut Map<String, Value>, wanted: &BTreeMap<String, Option<String>>) -> Result<(), Fault> {
    if wanted.is_empty() {
        return Ok(());
    }
    let name = spelled(execution, "Labels");
    let labels = or_empty(execution, &name, Value::Object(Map::new()));
    let labels = labels.as_object_mut().ok_or_else(|| unfit("the config's `Labels` are not an object"))?;
    for (name, value) in wanted {
        match value {
            Some(value) => drop(labels.insert(name.clone(), json!(value))),
            None => drop(labels.shift_remove(name)),
        }
    }
    Ok(())
}
