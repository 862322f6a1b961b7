//! Handles: the typed things that scripts hold. One trait makes a type readable, printable and JSON.

use rhai::{Dynamic, Engine, Variant};
use serde_json::Value;

/// One property of a handle, read-only.
pub struct Property<T: 'static> {
    /// Its name in scripts and in JSON.
    pub name: &'static str,
    /// What it is, for the reference.
    pub help: &'static str,
    /// Its value.
    pub get: fn(&T) -> Dynamic,
}

/// A type that scripts hold.
///
/// Implement it, add the type to [`super::HANDLES`], and scripts can read its properties, print it, compare it, and
/// print it as JSON.
pub trait Handle: Variant + Clone + PartialEq {
    /// What scripts see as its type: `ImageReference`.
    const NAME: &'static str;
    /// Its properties, in the order of its JSON.
    const PROPERTIES: &'static [Property<Self>];

    /// What `` `${handle}` `` gives.
    fn text(&self) -> String;

    /// Its JSON for people: an object of its properties.
    fn shown(&self) -> Value {
        let property = |property: &Property<Self>| {
            let value = crate::script::json::to_json(&(property.get)(self)).unwrap_or(Value::Null);
            (property.name.to_owned(), value)
        };
        Value::Object(Self::PROPERTIES.iter().map(property).collect())
    }

    /// Its JSON for our own functions, as the value of an option: what the option's type deserializes from.
    fn wire(&self) -> Value {
        Value::String(self.text())
    }
}

/// Which JSON of a handle is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people: [`Handle::shown`].
    Shown,
    /// For options and documents: [`Handle::wire`].
    Wire,
}

/// A handle's type without its type: what [`super::HANDLES`] lists.
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Name and help of each property.
    pub properties: fn() -> Vec<(&'static str, &'static str)>,
    /// Registers it.
    pub register: fn(&mut Engine),
    /// Its JSON, where the value is one.
    pub value: fn(&Dynamic, Form) -> Option<Value>,
    /// What scripts print of it, where the value is one.
    pub text: fn(&Dynamic) -> Option<String>,
}

/// The entry of `T` for [`super::HANDLES`].
pub const fn kind<T: Handle>() -> Kind {
    Kind { name: T::NAME, properties: properties::<T>, register: register::<T>, value: value::<T>, text: printed::<T> }
}

fn printed<T: Handle>(value: &Dynamic) -> Option<String> {
    Some(value.read_lock::<T>()?.text())
}

fn properties<T: Handle>() -> Vec<(&'static str, &'static str)> {
    T::PROPERTIES.iter().map(|property| (property.name, property.help)).collect()
}

fn value<T: Handle>(value: &Dynamic, form: Form) -> Option<Value> {
    let handle = value.read_lock::<T>()?;
    Some(match form {
        Form::Shown => handle.shown(),
        Form::Wire => handle.wire(),
    })
}

fn register<T: Handle>(engine: &mut Engine) {
    engine.register_type_with_name::<T>(T::NAME);
    for property in T::PROPERTIES {
        engine.register_get(property.name, |handle: &mut T| (property.get)(handle));
    }
    engine
        .register_fn("to_string", |handle: &mut T| handle.text())
        .register_fn("to_debug", |handle: &mut T| handle.text())
        .register_fn("==", |a: T, b: T| a == b)
        .register_fn("!=", |a: T, b: T| a != b);
}

/// A text that may be missing, as scripts see it.
pub fn optional(text: Option<&str>) -> Dynamic {
    text.map_or(Dynamic::UNIT, |text| Dynamic::from(text.to_owned()))
}

/// A text as scripts see it.
pub fn text(text: &str) -> Dynamic {
    Dynamic::from(text.to_owned())
}
