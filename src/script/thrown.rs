//! A fault as scripts meet it: what `catch (e)` gives, and what the top gets back when nothing caught it.

use crate::effects::fault::{Fault, FaultKind};
use crate::effects::origin::Origin;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext};

/// A fault and the place of the call that met it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thrown {
    /// What went wrong.
    pub fault: Fault,
    /// Where the script made the call.
    pub at: Origin,
}

/// What a script can read of a caught fault, in the order of the reference.
pub const PROPERTIES: &[&str] = &["code", "message", "kind", "retryable", "hint", "details", "at"];

/// The place of the call that is being made.
pub fn origin(ctx: &NativeCallContext) -> Origin {
    let position = ctx.call_position();
    Origin {
        file: ctx.call_source().unwrap_or("script").to_owned(),
        line: position.line().unwrap_or(0),
        column: position.position().unwrap_or(0),
    }
}

/// The error that throws `fault` at the call that is being made.
///
/// A script can catch it, unless the run itself is over: interrupted, its journal unwritable, or a mistake of ours.
pub fn raise(ctx: &NativeCallContext, fault: Fault) -> Box<EvalAltResult> {
    let over = fault.ends_the_run();
    let thrown = Dynamic::from(Thrown { fault, at: origin(ctx) });
    let position = ctx.call_position();
    Box::new(if over {
        EvalAltResult::ErrorTerminated(thrown, position)
    } else {
        EvalAltResult::ErrorRuntime(thrown, position)
    })
}

/// The kind's name as scripts and journals write it: `missing`.
pub fn kind_name(kind: FaultKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Makes `e.code`, `e.message` and the others readable.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Thrown>("Fault")
        .register_get("code", |e: &mut Thrown| e.fault.code.clone())
        .register_get("message", |e: &mut Thrown| e.fault.message.clone())
        .register_get("kind", |e: &mut Thrown| kind_name(e.fault.kind))
        .register_get("retryable", |e: &mut Thrown| e.fault.retryable)
        .register_get("hint", |e: &mut Thrown| e.fault.hint.clone().map_or(Dynamic::UNIT, Dynamic::from))
        .register_get("details", |e: &mut Thrown| -> rhai::Array {
            e.fault.details.iter().cloned().map(Dynamic::from).collect()
        })
        // the same fault, with what the script knows better than we do about what to do
        .register_fn("with_hint", |e: &mut Thrown, hint: &str| {
            let mut fault = e.fault.clone();
            fault.hint = Some(hint.to_owned());
            Thrown { fault, at: e.at.clone() }
        })
        // the same fault, with what it is about before its message
        .register_fn("about", |e: &mut Thrown, what: &str| {
            let fault = Fault { message: format!("{what}: {}", e.fault.message), ..e.fault.clone() };
            Thrown { fault, at: e.at.clone() }
        })
        .register_get("at", |e: &mut Thrown| format!("{}:{}:{}", e.at.file, e.at.line, e.at.column))
        .register_fn("to_string", |e: &mut Thrown| ImmutableString::from(e.fault.message.as_str()))
        .register_fn("to_debug", |e: &mut Thrown| format!("{}: {}", e.fault.code, e.fault.message));
}
