//! Options: one map, whose unknown keys are refused and whose mistakes are thrown at the call.

mod fields;

use super::bindings::Form;
use super::host::Outcome;
use super::json::from_dynamic;
use super::thrown::raise;
use crate::domain::nearest::nearest;
use crate::effects::fault::Fault;
pub use fields::fields;
use rhai::{Dynamic, Map, NativeCallContext};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A function that takes options, for the check before a run.
pub struct TakesOptions {
    /// `image::copy`, or `.deploy` for a method.
    pub function: &'static str,
    /// The keys it takes: `fields::<DeployOptions>`.
    pub keys: fn() -> &'static [&'static str],
}

/// Reads the options of the function that is being called into a struct with `#[serde(default, deny_unknown_fields)]`.
///
/// Handles arrive in their wire form, so that a field of type `Reference` takes a text and what `image::parse` gave.
///
/// # Errors
/// A usage fault at the call: an unknown key, with the nearest known one and all that there are; a value of the wrong
/// type, with its key.
pub fn options<T: DeserializeOwned + 'static>(ctx: &NativeCallContext, map: Map) -> Outcome<T> {
    read::<T>(ctx.fn_name(), map).map_err(|fault| raise(ctx, fault))
}

/// The same without a call, for `function`.
///
/// # Errors
/// As [`options`], as a fault.
pub fn read<T: DeserializeOwned>(function: &str, map: Map) -> Result<T, Fault> {
    let known = fields::<T>();
    if let Some(unknown) = map.keys().find(|key| !known.is_empty() && !known.contains(&key.as_str())) {
        return Err(unknown_option(function, unknown, known));
    }
    let value =
        from_dynamic(&Dynamic::from_map(map), Form::Wire).map_err(|why| Fault::usage(format!("{function}: {why}")))?;
    serde_json::from_value(value.clone()).map_err(|error| {
        let (key, error) = culprit::<T>(&value).unwrap_or((String::new(), error));
        Fault::usage(format!("{function}: the option `{key}` cannot be used: {error}"))
    })
}

/// "deploy: unknown option `imgae`; did you mean `image`? It takes: image, images."
pub fn unknown_option(function: &str, unknown: &str, known: &[&str]) -> Fault {
    let close = nearest(unknown, known.iter().copied()).map(|close| format!("; did you mean `{close}`?"));
    let message = format!("{function}: unknown option `{unknown}`{}", close.unwrap_or_default());
    Fault::usage(message).hint(format!("{function} takes: {}", known.join(", ")))
}

/// The key whose value is wrong: the first that is refused by itself. All options have defaults, so that one alone is
/// a whole map too.
fn culprit<T: DeserializeOwned>(value: &Value) -> Option<(String, serde_json::Error)> {
    value.as_object()?.iter().find_map(|(key, value)| {
        let alone = Value::Object([(key.clone(), value.clone())].into_iter().collect());
        serde_json::from_value::<T>(alone).err().map(|error| (key.clone(), error))
    })
}
