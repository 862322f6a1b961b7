//! JSON documents in scripts, and values as JSON.
//!
//! Rhai's own maps lose the order of keys and turn large integers into floats. A document is therefore a type of its
//! own over `serde_json::Value`; only its texts, booleans and integers become Rhai's.

mod document;

pub use document::{Json, register};

use super::bindings::{Form, handle_value};
use rhai::{Array, Dynamic, Map};
use serde_json::{Number, Value};

/// A JSON value as a script sees it: texts, booleans, integers and fractions are Rhai's, null is `()`, and what Rhai
/// cannot hold exactly (objects, arrays, integers above 9223372036854775807) stays a document.
pub fn to_dynamic(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => flag.into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.is_f64().then(|| number.as_f64()).flatten()) {
            (Some(integer), _) => integer.into(),
            (None, Some(fraction)) => fraction.into(),
            (None, None) => Dynamic::from(Json(Value::Number(number))),
        },
        whole => Dynamic::from(Json(whole)),
    }
}

/// A script's value as JSON for people and for standard output: handles show their properties.
///
/// # Errors
/// A sentence: what is in it that JSON cannot hold (a closure, NaN, infinity, a range).
pub fn to_json(value: &Dynamic) -> Result<Value, String> {
    from_dynamic(value, Form::Shown)
}

/// A script's value as JSON in one of the two forms of a handle.
///
/// # Errors
/// As [`to_json`].
pub fn from_dynamic(value: &Dynamic, form: Form) -> Result<Value, String> {
    nested(value, form, DEPTH)
}

/// How deeply lists and maps may nest: what `serde_json` reads, too.
const DEPTH: usize = 127;

fn nested(value: &Dynamic, form: Form, depth: usize) -> Result<Value, String> {
    // What a closure has captured is shared, and read through a lock.
    let value = &value.flatten_clone();
    if let Some(handle) = handle_value(value, form) {
        return Ok(handle);
    }
    if let Some(document) = value.read_lock::<Json>() {
        return Ok(document.0.clone());
    }
    let Some(deeper) = depth.checked_sub(1) else { return Err("the value nests too deeply to be JSON".to_owned()) };
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(|item| nested(item, form, deeper)).collect();
    }
    if let Some(map) = value.read_lock::<Map>() {
        let entries = map.iter().map(|(key, item)| {
            nested(item, form, deeper).map(|item| (key.to_string(), item)).map_err(|why| format!("in `{key}`: {why}"))
        });
        return entries.collect::<Result<_, _>>().map(Value::Object);
    }
    scalar(value)
}

fn scalar(value: &Dynamic) -> Result<Value, String> {
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = value.as_bool() {
        return Ok(Value::Bool(flag));
    }
    if let Ok(integer) = value.as_int() {
        return Ok(Value::Number(integer.into()));
    }
    if let Ok(fraction) = value.as_float() {
        return Number::from_f64(fraction).map(Value::Number).ok_or_else(|| format!("{fraction} cannot be JSON"));
    }
    if let Ok(letter) = value.as_char() {
        return Ok(Value::String(letter.to_string()));
    }
    match value.as_immutable_string_ref() {
        Ok(text) => Ok(Value::String(text.to_string())),
        Err(_) => Err(format!("a value of the type {} cannot be JSON", name_of(value))),
    }
}

/// The type's name without the Rust path of a type that has none of its own.
fn name_of(value: &Dynamic) -> &str {
    let name = value.type_name();
    name.rsplit("::").next().unwrap_or(name)
}

/// An object of JSON as Rhai's own map, all the way down: the arguments of a run that is gone on with.
///
/// # Errors
/// A sentence: it is no object.
pub fn to_map(value: &Value) -> Result<rhai::Map, String> {
    let value = rhai::serde::to_dynamic(value).map_err(|error| error.to_string())?;
    value.try_cast::<rhai::Map>().ok_or_else(|| "it is not an object".to_owned())
}
