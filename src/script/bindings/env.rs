//! `env`: environment variables.

use super::optional;
use super::secret::SecretHandle;
use crate::effects::call::{Call, HostCall, SecretCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Reply;
use crate::script::host::{Outcome, perform};
use crate::script::thrown::raise;
use rhai::plugin::*;

fn read(ctx: &NativeCallContext, name: &str) -> Outcome<Option<String>> {
    perform(ctx, Call::Host(HostCall::Environment { name: name.to_owned() }), Reply::text)
}

/// Environment variables. What `get` and `require` read is kept in the run's journal; secrets are read by `secret`.
#[export_module]
pub mod env {
    use super::*;

    /// The value of an environment variable; `()` where it is not set.
    ///
    /// ```rhai
    /// let who = env::get("CI_JOB_NAME") ?? "somebody";
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn get(ctx: NativeCallContext, name: &str) -> Outcome<Dynamic> {
        Ok(optional(read(&ctx, name)?.as_deref()))
    }

    /// A variable that is a secret, and must be set: only a digest of its value is kept, by which a resumed run sees that
    /// it is still the same. Throws a fault of the kind `missing` where it is not set.
    ///
    /// ```rhai
    /// let token = env::secret("DEPLOY_TOKEN");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn secret(ctx: NativeCallContext, name: &str) -> Outcome<SecretHandle> {
        perform(&ctx, SecretCall::SecretVariable { name: name.to_owned() }, Reply::secret).map(SecretHandle)
    }

    /// The value of an environment variable that must be set; throws a fault of the kind `missing` where it is not.
    ///
    /// ```rhai
    /// let commit = env::require("CI_COMMIT_SHA");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn require(ctx: NativeCallContext, name: &str) -> Outcome<Dynamic> {
        let value = read(&ctx, name)?;
        value.map(Dynamic::from).ok_or_else(|| {
            let message = format!("the environment variable `{name}` is not set");
            let fault = Fault::new(FaultKind::Missing, "EnvironmentMissing", message);
            raise(&ctx, fault.hint(format!("set it, or write `env::get(\"{name}\") ?? \"…\"`")))
        })
    }
}
