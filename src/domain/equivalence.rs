//! Which values of ECS documents are equal although they are written differently.
//!
//! Both comparing two revisions and checking that what was requested came back stand on these rules, so that a value
//! of which ECS keeps another spelling is no difference anywhere. What decides is kept here, to be corrected in one place.

mod lists;
mod names;
mod service;
mod sizes;
mod task_definition;
#[cfg(test)]
mod tests;

pub use names::same_resource;
pub use service::canonical_service;
pub use sizes::{cpu_units, memory_mib};
pub use task_definition::canonical_task_definition;

use serde_json::{Map, Value};

use crate::domain::diff::Rules;

/// The rules by which canonical documents of ECS are compared.
pub const ECS: Rules = Rules { identity: lists::identity, equal };

fn equal(member: &str, before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Number(before), Value::Number(after)) => before == after || before.as_f64() == after.as_f64(),
        (Value::String(before), Value::String(after)) => before == after || names::equal(member, before, after),
        _ => before == after,
    }
}

/// Removes a member that says what its absence says too.
fn drop_default(object: &mut Map<String, Value>, member: &str, default: &Value) {
    if object.get(member).is_some_and(|value| equal(member, value, default)) {
        object.shift_remove(member);
    }
}

/// Without `null`, empty lists and empty objects, which all say nothing. An empty text is meant, and stays.
fn without_empties(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| (key.clone(), without_empties(value)))
                .filter(|(_, v)| !says_nothing(v))
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(without_empties).collect()),
        other => other.clone(),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// The objects of the list `member`, to be changed in place.
fn objects<'a>(object: &'a mut Map<String, Value>, member: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    object.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}
