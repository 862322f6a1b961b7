//! `json`: documents that keep the order of their keys.

use super::Form;
use crate::effects::fault::Fault;
use crate::script::host::Outcome;
use crate::script::json::{Json, from_dynamic, to_dynamic, to_json};
use crate::script::thrown::raise;
use rhai::plugin::*;

/// JSON documents. A document keeps the order of its keys; `d.a[0].b = x` changes `d`, and setting `()` removes a key.
#[export_module]
pub mod json {
    use super::*;

    /// Parses a JSON text.
    ///
    /// ```rhai
    /// let settings = json::parse(`{"cpu": 256}`);
    /// settings.cpu = 512;
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, text: &str) -> Outcome<Dynamic> {
        let value = serde_json::from_str(text);
        value.map(to_dynamic).map_err(|error| raise(&ctx, Fault::usage(format!("the text is not JSON: {error}"))))
    }

    /// A map or an array as a document.
    ///
    /// ```rhai
    /// let document = json::from(#{ name: "app", ports: [80, 443] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn from(ctx: NativeCallContext, value: Dynamic) -> Outcome<Json> {
        from_dynamic(&value, Form::Wire).map(Json).map_err(|why| raise(&ctx, Fault::usage(why)))
    }

    /// A value as JSON on one line.
    ///
    /// ```rhai
    /// log::info(json::stringify([1, "two"]));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn stringify(ctx: NativeCallContext, value: Dynamic) -> Outcome<String> {
        to_json(&value).map(|json| json.to_string()).map_err(|why| raise(&ctx, Fault::usage(why)))
    }

    /// A value as JSON on lines of its own, indented.
    ///
    /// ```rhai
    /// log::info(json::pretty(image::parse("redis")));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pretty(ctx: NativeCallContext, value: Dynamic) -> Outcome<String> {
        let value = to_json(&value).map_err(|why| raise(&ctx, Fault::usage(why)))?;
        Ok(format!("{value:#}"))
    }
}
