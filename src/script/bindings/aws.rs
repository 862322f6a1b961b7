//! `aws`: sessions.

use super::{Handle, Property, text};
use crate::script::host::{Host, Outcome};
use rhai::plugin::*;

/// An AWS session, as scripts hold it: its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Session(pub String);

impl Handle for Session {
    const NAME: &'static str = "Session";
    const PROPERTIES: &'static [Property<Self>] =
        &[Property { name: "name", help: "its name in gantry.toml", get: |session| text(&session.0) }];

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// AWS sessions: whose account, in which Region.
#[export_module]
pub mod aws {
    use super::*;

    /// A session by its name in gantry.toml; `default` need not be there, and uses the AWS defaults (environment, profile,
    /// SSO, instance role). Nothing is asked of AWS here: the account is checked at the session's first call.
    ///
    /// ```rhai
    /// let prod = aws::session("prod");
    /// ```
    pub fn session(name: &str) -> Session {
        Session(name.to_owned())
    }

    /// The twelve digits of the session's account, or `()` where its endpoint does not tell.
    ///
    /// ```rhai
    /// log::info(`releasing to ${aws::session("prod").account()}`);
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn account(ctx: NativeCallContext, session: &mut Session) -> Outcome<Dynamic> {
        let name = session.0.clone();
        let identity = Host::of(&ctx)?.run(&ctx, |gateway| async move { gateway.identity(&name).await })?;
        Ok(super::super::optional(identity.account.as_deref()))
    }

    /// The Region that the session's calls go to.
    ///
    /// ```rhai
    /// log::info(aws::session("prod").region());
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn region(ctx: NativeCallContext, session: &mut Session) -> Outcome<String> {
        let name = session.0.clone();
        let identity = Host::of(&ctx)?.run(&ctx, |gateway| async move { gateway.identity(&name).await })?;
        Ok(identity.region)
    }
}
