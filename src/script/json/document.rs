//! The document type: keys keep their order, and `d.a[0].b = x` changes `d` itself.

use super::{Form, from_dynamic, to_dynamic};
use crate::effects::fault::Fault;
use crate::script::host::Outcome;
use crate::script::thrown::raise;
use rhai::{Array, Dynamic, Engine, ImmutableString, Map, NativeCallContext};
use serde_json::Value;

/// A JSON document, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl Json {
    /// The member `key`; `()` where it is not there, as AWS leaves out what is not set.
    ///
    /// # Errors
    /// A sentence: it is not an object.
    pub fn member(&self, key: &str) -> Result<Dynamic, String> {
        match &self.0 {
            Value::Object(members) => Ok(members.get(key).cloned().map_or(Dynamic::UNIT, to_dynamic)),
            other => Err(format!("{} has no member `{key}`", kind(other))),
        }
    }

    /// Sets the member `key`, at its place if it is there already; `()` removes it.
    ///
    /// # Errors
    /// A sentence: it is not an object, or the value cannot be JSON.
    pub fn set_member(&mut self, key: &str, value: &Dynamic) -> Result<(), String> {
        match &mut self.0 {
            Value::Object(members) if value.is_unit() => {
                members.shift_remove(key);
                Ok(())
            }
            Value::Object(members) => {
                members.insert(key.to_owned(), from_dynamic(value, Form::Wire)?);
                Ok(())
            }
            other => Err(format!("{} takes no member `{key}`", kind(other))),
        }
    }

    fn element(&self, index: i64) -> Result<Dynamic, String> {
        match &self.0 {
            Value::Array(items) => {
                let found = offset(index, items.len()).and_then(|at| items.get(at)).cloned();
                found.map(to_dynamic).ok_or_else(|| bounds(index, items.len()))
            }
            other => Err(format!("{} has no element {index}", kind(other))),
        }
    }

    fn set_element(&mut self, index: i64, value: &Dynamic) -> Result<(), String> {
        match &mut self.0 {
            Value::Array(items) => {
                let length = items.len();
                let place = offset(index, length).and_then(|at| items.get_mut(at));
                *place.ok_or_else(|| bounds(index, length))? = from_dynamic(value, Form::Wire)?;
                Ok(())
            }
            other => Err(format!("{} takes no element {index}", kind(other))),
        }
    }

    fn push(&mut self, value: &Dynamic) -> Result<(), String> {
        match &mut self.0 {
            Value::Array(items) => {
                items.push(from_dynamic(value, Form::Wire)?);
                Ok(())
            }
            other => Err(format!("{} takes no elements", kind(other))),
        }
    }

    fn keys(&self) -> Array {
        self.0.as_object().map(|members| members.keys().cloned().map(Dynamic::from).collect()).unwrap_or_default()
    }

    fn values(&self) -> Array {
        match &self.0 {
            Value::Array(items) => items.iter().cloned().map(to_dynamic).collect(),
            Value::Object(members) => members.values().cloned().map(to_dynamic).collect(),
            _ => Array::new(),
        }
    }

    fn len(&self) -> i64 {
        let length = self.0.as_array().map(Vec::len).or_else(|| self.0.as_object().map(serde_json::Map::len));
        i64::try_from(length.unwrap_or(0)).unwrap_or(i64::MAX)
    }

    /// Rhai's own maps and arrays, with their order and exactness.
    fn to_plain(&self) -> Dynamic {
        fn plain(value: &Value) -> Dynamic {
            match value {
                Value::Array(items) => items.iter().map(plain).collect::<Array>().into(),
                Value::Object(members) => {
                    members.iter().map(|(key, member)| (key.as_str().into(), plain(member))).collect::<Map>().into()
                }
                scalar => to_dynamic(scalar.clone()),
            }
        }
        plain(&self.0)
    }
}

/// A document is iterated by its elements; an object by its values.
impl IntoIterator for Json {
    type Item = Dynamic;
    type IntoIter = std::vec::IntoIter<Dynamic>;

    fn into_iter(self) -> Self::IntoIter {
        self.values().into_iter()
    }
}

fn offset(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(at) => Some(at),
        Err(_) => usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back)),
    }
}

fn bounds(index: i64, length: usize) -> String {
    format!("there is no element {index} in an array of {length}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Throws a sentence as a usage fault.
pub(in crate::script) fn wrong<T>(ctx: &NativeCallContext, result: Result<T, String>) -> Outcome<T> {
    result.map_err(|message| raise(ctx, Fault::usage(message)))
}

/// Makes documents readable and writable.
pub fn register(engine: &mut Engine) {
    type Ctx<'a> = NativeCallContext<'a>;
    engine
        .register_type_with_name::<Json>("Json")
        .register_indexer_get(|ctx: Ctx, j: &mut Json, key: ImmutableString| wrong(&ctx, j.member(&key)))
        .register_indexer_set(|ctx: Ctx, j: &mut Json, key: ImmutableString, value: Dynamic| {
            wrong(&ctx, j.set_member(&key, &value))
        })
        .register_indexer_get(|ctx: Ctx, j: &mut Json, index: i64| wrong(&ctx, j.element(index)))
        .register_indexer_set(|ctx: Ctx, j: &mut Json, index: i64, value: Dynamic| {
            wrong(&ctx, j.set_element(index, &value))
        })
        .register_fn("push", |ctx: Ctx, j: &mut Json, value: Dynamic| wrong(&ctx, j.push(&value)))
        .register_fn("get", |ctx: Ctx, j: &mut Json, key: ImmutableString| wrong(&ctx, j.member(&key)))
        .register_fn("contains", |j: &mut Json, key: ImmutableString| j.0.get(key.as_str()).is_some())
        .register_fn("len", |j: &mut Json| j.len())
        .register_get("len", |j: &mut Json| j.len())
        .register_fn("keys", |j: &mut Json| j.keys())
        .register_fn("values", |j: &mut Json| j.values())
        .register_fn("to_plain", |j: &mut Json| j.to_plain())
        .register_fn("to_string", |j: &mut Json| j.0.to_string())
        .register_fn("to_debug", |j: &mut Json| j.0.to_string())
        .register_fn("==", |a: Json, b: Json| a == b)
        .register_fn("!=", |a: Json, b: Json| a != b)
        .register_iterator::<Json>();
}
