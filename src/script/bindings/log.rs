//! `log`: lines for the people who watch a release.
//!
//! `log::debug` cannot be: Rhai keeps the word for itself, also behind a namespace.

use crate::effects::event::Level;
use crate::script::host::{Host, Outcome};
use rhai::plugin::*;

fn line(ctx: &NativeCallContext, level: Level, message: &Dynamic) -> Outcome<()> {
    // The registered `to_string`, which knows handles, also inside lists.
    let text = ctx.call_native_fn::<ImmutableString>("to_string", (message.clone(),));
    Host::of(ctx)?.log(level, text.map_or_else(|_| message.to_string(), String::from));
    Ok(())
}

/// Lines for the people who watch. They go to standard error; results are the value of the script.
#[export_module]
pub mod log {
    use super::*;

    /// Logs a line for those who look closely.
    ///
    /// ```rhai
    /// log::trace("the old image is still there");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn trace(ctx: NativeCallContext, message: Dynamic) -> Outcome<()> {
        line(&ctx, Level::Debug, &message)
    }

    /// Logs a line of the story.
    ///
    /// ```rhai
    /// let service = "web";
    /// log::info(`${service} is released`);
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn info(ctx: NativeCallContext, message: Dynamic) -> Outcome<()> {
        line(&ctx, Level::Info, &message)
    }

    /// Logs a line that somebody should look at.
    ///
    /// ```rhai
    /// log::warn("there was nothing to release");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn warn(ctx: NativeCallContext, message: Dynamic) -> Outcome<()> {
        line(&ctx, Level::Warn, &message)
    }
}
