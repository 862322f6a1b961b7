//! `taskdef`: task definitions as documents, and edits by container name.

use super::image::ImageReference;
use super::{Form, Handle, Property, optional, text};
use crate::domain::task_definition::{self, DocumentError, EditError};
use crate::effects::fault::{Fault, FaultKind};
use crate::release::image::check_pullable;
use crate::script::host::Outcome;
use crate::script::json::{Json, from_dynamic};
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use serde_json::Value;
use std::collections::BTreeMap;

/// A task definition, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinition(pub task_definition::TaskDefinition);

impl Handle for TaskDefinition {
    const NAME: &'static str = "TaskDefinition";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "family", help: "its name, without a revision", get: |td| text(td.0.family()) },
        Property {
            name: "revision",
            help: "the revision; `()` while it is not registered",
            get: |td| td.0.revision().and_then(|n| i64::try_from(n).ok()).map_or(Dynamic::UNIT, Dynamic::from),
        },
        Property { name: "arn", help: "the ARN; `()` while it is not registered", get: |td| optional(td.0.arn()) },
        Property { name: "short_name", help: "`web:7`", get: |td| td.0.short_name().into() },
    ];

    fn text(&self) -> String {
        self.0.short_name()
    }

    /// The document itself: its properties are in it.
    fn shown(&self) -> Value {
        self.0.to_value()
    }

    fn wire(&self) -> Value {
        self.0.to_value()
    }
}

/// Reads and writes members of the document: `td.containerDefinitions[0].image = "x"` changes `td`.
pub fn register_members(engine: &mut Engine) {
    engine
        .register_indexer_get(|ctx: NativeCallContext, td: &mut TaskDefinition, member: ImmutableString| {
            let found = Json(td.0.to_value()).member(&member);
            found.map_err(|why| raise(&ctx, Fault::usage(why)))
        })
        .register_indexer_set(
            |ctx: NativeCallContext, td: &mut TaskDefinition, member: ImmutableString, value: Dynamic| {
                let mut document = Json(td.0.to_value());
                document.set_member(&member, &value).map_err(|why| raise(&ctx, Fault::usage(why)))?;
                *td = from_value(&ctx, document.0)?;
                Ok::<(), Box<EvalAltResult>>(())
            },
        );
}

fn from_value(ctx: &NativeCallContext, document: Value) -> Outcome<TaskDefinition> {
    let made = task_definition::TaskDefinition::from_value(document);
    made.map(TaskDefinition).map_err(|error: DocumentError| raise(ctx, Fault::usage(error.to_string())))
}

/// Puts an edit into the handle, or throws that there is no such container.
fn edit(
    ctx: &NativeCallContext,
    td: &mut TaskDefinition,
    change: impl FnOnce(&task_definition::TaskDefinition) -> Result<task_definition::TaskDefinition, EditError>,
) -> Outcome<()> {
    td.0 = change(&td.0).map_err(|error| {
        let mut fault = Fault::new(FaultKind::Usage, "ContainerMissing", error.to_string());
        fault.hint = error.hint();
        raise(ctx, fault)
    })?;
    Ok(())
}

/// `#{ NAME: "value", GONE: () }`; handles are texts here.
fn variables(ctx: &NativeCallContext, map: &Map) -> Outcome<BTreeMap<String, Option<String>>> {
    let variable = |(name, value): (&rhai::Identifier, &Dynamic)| match from_dynamic(value, Form::Wire) {
        Ok(Value::Null) => Ok((name.to_string(), None)),
        Ok(Value::String(text)) => Ok((name.to_string(), Some(text))),
        _ => {
            let fault = Fault::usage(format!("{}: the value of `{name}` is not a text", ctx.fn_name()));
            Err(raise(ctx, fault.hint("write it in quotes; `()` removes a variable")))
        }
    };
    map.iter().map(variable).collect()
}

fn amount(ctx: &NativeCallContext, number: i64) -> Outcome<u64> {
    u64::try_from(number).map_err(|_| raise(ctx, Fault::usage(format!("{}: {number} is below zero", ctx.fn_name()))))
}

fn texts(ctx: &NativeCallContext, items: &Array) -> Outcome<Vec<String>> {
    let item = |item: &Dynamic| {
        let text = item.clone().into_string();
        text.map_err(|found| {
            raise(ctx, Fault::usage(format!("{}: a list of texts is wanted, and {found} is in it", ctx.fn_name())))
        })
    };
    items.iter().map(item).collect()
}

/// Task definitions: lossless documents, edited by container name. Nothing is registered here.
#[export_module]
pub mod taskdef {
    use super::*;

    /// Parses a task definition out of a JSON text.
    ///
    /// ```rhai
    /// let td = taskdef::parse(file("ecs/web.json").text());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, text: &str) -> Outcome<TaskDefinition> {
        let document = serde_json::from_str(text);
        let document =
            document.map_err(|error| raise(&ctx, Fault::usage(format!("the task definition is not JSON: {error}"))))?;
        from_value(&ctx, document)
    }

    /// Makes a task definition of a map or a JSON document.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn from(ctx: NativeCallContext, document: Dynamic) -> Outcome<TaskDefinition> {
        let document = from_dynamic(&document, Form::Wire).map_err(|why| raise(&ctx, Fault::usage(why)))?;
        from_value(&ctx, document)
    }

    /// The names of the containers, in their order.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// for name in td.containers() { log::info(name); }
    /// ```
    #[rhai_fn(global, pure)]
    pub fn containers(td: &mut TaskDefinition) -> Array {
        td.0.containers().into_iter().map(super::text).collect()
    }

    /// The image of a container, as written; `()` where there is none.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// log::info(td.image_of("app"));
    /// ```
    #[rhai_fn(global, pure)]
    pub fn image_of(td: &mut TaskDefinition, container: &str) -> Dynamic {
        optional(td.0.image(container))
    }

    /// Sets the image of a container: a text, or what `image::parse` gave.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_image("app", image::parse("shop:2"));
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_image(ctx: NativeCallContext, td: &mut TaskDefinition, container: &str, image: Dynamic) -> Outcome<()> {
        if let Some(image) = image.read_lock::<ImageReference>() {
            check_pullable(&image.0).map_err(|fault| raise(&ctx, fault))?;
        }
        let Ok(Value::String(image)) = from_dynamic(&image, Form::Wire) else {
            let fault = Fault::usage("set_image: the image is not a text and not an image reference");
            return Err(raise(&ctx, fault));
        };
        edit(&ctx, td, |td| td.set_image(container, &image))
    }

    /// Sets environment variables of a container; `()` removes one.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_environment("app", #{ APP_ENV: "production", DEBUG: () });
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_environment(
        ctx: NativeCallContext,
        td: &mut TaskDefinition,
        container: &str,
        values: Map,
    ) -> Outcome<()> {
        let values = variables(&ctx, &values)?;
        edit(&ctx, td, |td| td.set_environment(container, &values))
    }

    /// Sets where a container's secrets are taken from (ARNs); `()` removes one.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_secrets("app", #{ PASSWORD: "arn:aws:ssm:eu-west-1:111111111111:parameter/shop/password" });
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_secrets(ctx: NativeCallContext, td: &mut TaskDefinition, container: &str, values: Map) -> Outcome<()> {
        let values = variables(&ctx, &values)?;
        edit(&ctx, td, |td| td.set_secrets(container, &values))
    }

    /// Sets the CPU units of the task: 1024 are one vCPU.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web" });
    /// td.set_cpu(512);
    /// ```
    #[rhai_fn(global, name = "set_cpu", return_raw)]
    pub fn set_task_cpu(ctx: NativeCallContext, td: &mut TaskDefinition, units: i64) -> Outcome<()> {
        let units = amount(&ctx, units)?;
        edit(&ctx, td, |td| td.set_cpu(None, units))
    }

    /// Sets the CPU units of one container.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_cpu("app", 256);
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_cpu(ctx: NativeCallContext, td: &mut TaskDefinition, container: &str, units: i64) -> Outcome<()> {
        let units = amount(&ctx, units)?;
        edit(&ctx, td, |td| td.set_cpu(Some(container), units))
    }

    /// Sets the memory of the task, in MiB.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web" });
    /// td.set_memory(1024);
    /// ```
    #[rhai_fn(global, name = "set_memory", return_raw)]
    pub fn set_task_memory(ctx: NativeCallContext, td: &mut TaskDefinition, mebibytes: i64) -> Outcome<()> {
        let mebibytes = amount(&ctx, mebibytes)?;
        edit(&ctx, td, |td| td.set_memory(None, mebibytes))
    }

    /// Sets the hard memory limit of one container, in MiB.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_memory("app", 512);
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_memory(ctx: NativeCallContext, td: &mut TaskDefinition, container: &str, mebibytes: i64) -> Outcome<()> {
        let mebibytes = amount(&ctx, mebibytes)?;
        edit(&ctx, td, |td| td.set_memory(Some(container), mebibytes))
    }

    /// Sets the command of a container, a word an element.
    ///
    /// ```rhai
    /// let td = taskdef::from(#{ family: "web", containerDefinitions: [#{ name: "app", image: "shop:1" }] });
    /// td.set_command("app", ["serve", "--port", "80"]);
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn set_command(
        ctx: NativeCallContext,
        td: &mut TaskDefinition,
        container: &str,
        command: Array,
    ) -> Outcome<()> {
        let command = texts(&ctx, &command)?;
        edit(&ctx, td, |td| td.set_command(container, &command))
    }
}
