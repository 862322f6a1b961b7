//! `secret` and `ssm`: values that are kept elsewhere. A script holds references; a value is said out loud.

use super::aws::Session;
use super::handle::{Kind, optional, text};
use crate::domain::secret_reference::SecretReference;
use crate::effects::call::SecretCall;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::script::host::{Host, Outcome, perform};
use crate::script::options::{TakesOptions, fields, options};
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Engine, Map};
use serde::Deserialize;
use serde_json::Value;

/// A secret as scripts hold it: which one it is, and not what.
#[derive(Clone, Debug)]
pub struct SecretHandle(pub SecretReference);

/// A property of [`SecretHandle`].
type Get = fn(&SecretReference) -> Dynamic;

/// Name, help and value of what may be told of a secret.
const PROPERTIES: [(&str, &str, Get); 5] = [
    ("name", "its name in its store", |one| text(&one.name)),
    ("arn", "its ARN; () for a variable", |one| optional(one.arn.as_deref())),
    ("version", "which version was fetched", |one| text(&one.version)),
    ("key", "which member of a JSON object; () for the whole", |one| optional(one.key.as_deref())),
    ("value_from", "for a container's `secrets`, this very version where ECS takes one; () for a variable", |one| {
        optional(one.value_from().as_deref())
    }),
];

/// The entry of secrets among the handles: unlike others they have no JSON and cannot be compared.
pub const KIND: Kind = Kind {
    name: "Secret",
    properties: || PROPERTIES.iter().map(|(name, help, _)| (*name, *help)).collect(),
    register,
    value: |_, _| None,
    text: |value| value.is::<SecretHandle>().then(|| "***".to_owned()),
};

fn register(engine: &mut Engine) {
    engine.register_type_with_name::<SecretHandle>(KIND.name);
    for (name, _, get) in PROPERTIES {
        engine.register_get(name, move |one: &mut SecretHandle| get(&one.0));
    }
    engine
        .register_fn("to_string", |_: &mut SecretHandle| "***".to_owned())
        .register_fn("to_debug", |_: &mut SecretHandle| "***".to_owned());
    for operator in ["==", "!=", "+"] {
        engine
            .register_fn(operator, |ctx: NativeCallContext, _: SecretHandle, _: Dynamic| refused(&ctx))
            .register_fn(operator, |ctx: NativeCallContext, _: Dynamic, _: SecretHandle| refused(&ctx))
            .register_fn(operator, |ctx: NativeCallContext, _: SecretHandle, _: SecretHandle| refused(&ctx))
            .register_fn(operator, |ctx: NativeCallContext, _: SecretHandle, _: &str| refused(&ctx))
            .register_fn(operator, |ctx: NativeCallContext, _: &str, _: SecretHandle| refused(&ctx));
    }
}

fn refused(ctx: &NativeCallContext) -> Outcome<Dynamic> {
    let fault = Fault::usage("a secret is neither compared nor put together with other values");
    Err(raise(
        ctx,
        fault.hint("`secret.reveal()` gives its text, which is then hidden wherever gantry shows or keeps it"),
    ))
}

/// Which version, and which part of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GetOptions {
    /// A version's id.
    version: Option<String>,
    /// A version's label.
    stage: Option<String>,
    /// A member of the JSON object that the secret is.
    key: Option<String>,
}

/// Which version.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ParameterOptions {
    /// A number, or the text of one.
    version: Option<Value>,
}

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[
    TakesOptions { function: "secret::get", keys: fields::<GetOptions> },
    TakesOptions { function: "ssm::parameter", keys: fields::<ParameterOptions> },
];

/// Secrets of AWS Secrets Manager. What is fetched is a reference that prints as `***`.
#[export_module]
pub mod secret {
    use super::*;

    /// A secret by its name or ARN, in its current version.
    ///
    /// ```rhai
    /// let db = secret::get(aws::session("prod"), "shop/db");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn get(ctx: NativeCallContext, session: Session, id: &str) -> Outcome<SecretHandle> {
        get_as(ctx, session, id, Map::new())
    }

    /// A secret by its name or ARN. `version`: a version's id; `stage`: a version's label; `key`: a member of the JSON
    /// object that it is. A secret or a member that is not there throws a fault of the kind `missing`.
    ///
    /// ```rhai
    /// let password = secret::get(aws::session("prod"), "shop/db", #{ key: "password" });
    /// let td = taskdef::parse(file("td.json").text());
    /// let reference = #{ name: "DB_PASSWORD", valueFrom: password.value_from };
    /// ```
    #[rhai_fn(name = "get", return_raw, volatile)]
    pub fn get_as(ctx: NativeCallContext, session: Session, id: &str, which: Map) -> Outcome<SecretHandle> {
        let GetOptions { version, stage, key } = options(&ctx, which)?;
        if version.is_some() && stage.is_some() {
            return Err(raise(&ctx, Fault::usage("secret::get takes a `version` or a `stage`, not both")));
        }
        let call = SecretCall::GetSecret { session: session.0, id: id.to_owned(), version, stage, key };
        perform(&ctx, call, Reply::secret).map(SecretHandle)
    }

    /// The value as text, for what takes nothing else. From here on gantry hides it in all that it shows and keeps. Who
    /// reads what it is given to still sees it: the environment of a task definition is no secret to anybody who may
    /// describe it, which is what a container's `secrets` are for.
    ///
    /// ```rhai
    /// let password = secret::get(aws::session("prod"), "shop/db", #{ key: "password" }).reveal();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn reveal(ctx: NativeCallContext, secret: &mut SecretHandle) -> Outcome<String> {
        let value = Host::of(&ctx)?.secret(&secret.0);
        let value = value.ok_or_else(|| raise(&ctx, Fault::internal("a secret's value is not there")))?;
        Ok(value.reveal().to_owned())
    }
}

/// Parameters of AWS Systems Manager.
#[export_module]
pub mod ssm {
    use super::*;

    /// A parameter by its name or ARN, in its latest version: a `SecureString` is a secret, any other a text.
    ///
    /// ```rhai
    /// let port = ssm::parameter(aws::session("prod"), "/shop/port");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn parameter(ctx: NativeCallContext, session: Session, name: &str) -> Outcome<Dynamic> {
        parameter_as(ctx, session, name, Map::new())
    }

    /// A parameter in one of its versions.
    ///
    /// ```rhai
    /// let port = ssm::parameter(aws::session("prod"), "/shop/port", #{ version: 3 });
    /// ```
    #[rhai_fn(name = "parameter", return_raw, volatile)]
    pub fn parameter_as(ctx: NativeCallContext, session: Session, name: &str, which: Map) -> Outcome<Dynamic> {
        let ParameterOptions { version } = options(&ctx, which)?;
        let version = version.map(|version| version.as_str().map_or_else(|| version.to_string(), str::to_owned));
        let call = SecretCall::GetParameter { session: session.0, name: name.to_owned(), version };
        perform(&ctx, call, |reply| match reply {
            Reply::Secret(reference) => Ok(Dynamic::from(SecretHandle(reference))),
            text => text.text().map(|text| Dynamic::from(text.unwrap_or_default())),
        })
    }
}
