//! Changing a list of named values in place: what stays keeps its order, what is new comes last.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Sets `value_member` of the elements named by `changes`, appends those that are not there, and removes those whose
/// change is `None`.
///
/// A name that is there twice is set once and its later elements dropped: ECS would use the last and hide the change.
pub(super) fn set_named(
    container: &mut Map<String, Value>,
    list: &str,
    value_member: &str,
    changes: &BTreeMap<String, Option<String>>,
) {
    let there = container.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let was_there = container.contains_key(list);
    let mut missing = changes.clone();
    let mut kept: Vec<Value> = Vec::with_capacity(there.len() + changes.len());
    for mut element in there {
        let change = element.get("name").and_then(Value::as_str).and_then(|name| changes.get_key_value(name));
        match change {
            None => kept.push(element),
            Some((_, None)) => {}
            Some((name, Some(value))) => {
                if missing.remove(name).is_some() {
                    if let Some(element) = element.as_object_mut() {
                        element.insert(value_member.to_owned(), json!(value));
                    }
                    kept.push(element);
                }
            }
        }
    }
    for (name, value) in missing {
        if let Some(value) = value {
            kept.push(json!({ "name": name, value_member: value }));
        }
    }
    if was_there || !kept.is_empty() {
        container.insert(list.to_owned(), Value::Array(kept));
    }
}
