//! The engine: Rhai with every setting that a release depends on.

use super::host::Host;
use super::library::Program;
use super::library::resolver::Resolver;
use super::thrown::{Thrown, raise};
use super::{bindings, json, thrown};
use crate::effects::event::Level;
use crate::effects::fault::Fault;
use crate::effects::origin::Origin;
use rhai::module_resolvers::DummyModuleResolver;
use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext, OptimizationLevel};
use std::sync::Once;

/// How deeply script functions may call each other. Rhai's own limit differs between debug and release builds.
pub const CALL_LEVELS: usize = 64;
/// How deeply expressions may nest at the top level and inside functions.
pub const EXPRESSION_DEPTHS: (usize, usize) = (128, 64);
/// How many modules a script may import, all together.
pub const MODULES: usize = 256;
/// How many bytes a text of a script may have: one that doubles itself for ever ends here, and not with the machine's
/// memory. Arrays and maps have no limit: Rhai would count all of one at every change of it.
pub const TEXT_BYTES: usize = 64 << 20;
/// Names of closures are made from hashes: with a fixed seed they are the same in each run, as a replay needs it.
const HASHING_SEED: [u64; 4] = [0x6761_6e74, 0x7279_2064, 0x6570_6c6f, 0x7973_2e2e];

/// The engine that runs `program` against `host`.
///
/// `print` and `debug` become lines of the log; imports are served from the program alone, so that nothing is read
/// after the start; a cancelled host ends the script wherever it computes, uncatchably.
pub fn engine(host: Host, program: &Program) -> Engine {
    let mut engine = program.compiler.take().unwrap_or_else(language);
    engine.set_module_resolver(Resolver::new(program));
    let printing = host.clone();
    engine.on_print(move |line| printing.log(Level::Info, line));
    let debugging = host.clone();
    engine.on_debug(move |line, source, position| {
        let place = source.map(|file| format!("{file}:{} ", position.line().unwrap_or(0))).unwrap_or_default();
        debugging.log(Level::Debug, format!("{place}{line}"));
    });
    let watched = host.clone();
    engine.on_progress(move |_| watched.is_cancelled().then(interrupted));
    engine.set_default_tag(Dynamic::from(host));
    engine
}

/// The engine without a host: it compiles and knows every function, and reaches nothing.
pub fn language() -> Engine {
    static SEED: Once = Once::new();
    // Only the first engine of a process may set it; an embedder's own seed is as fixed as ours.
    SEED.call_once(|| {
        let _ = rhai::config::hashing::set_hashing_seed(Some(HASHING_SEED));
    });
    let mut engine = Engine::new();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_call_levels(CALL_LEVELS)
        .set_max_expr_depths(EXPRESSION_DEPTHS.0, EXPRESSION_DEPTHS.1)
        .set_max_modules(MODULES)
        .set_max_string_size(TEXT_BYTES)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .disable_symbol("eval")
        .set_module_resolver(DummyModuleResolver::new())
        .on_print(|_| ())
        .on_debug(|_, _, _| ());
    close_side_doors(&mut engine);
    thrown::register(&mut engine);
    json::register(&mut engine);
    bindings::register(&mut engine);
    engine
}

/// Rhai's own functions that would pass by the gateway, and what to write instead.
pub const CLOSED: [(&str, &str); 2] = [("sleep", "time::sleep(\"5s\")"), ("timestamp", "time::now()")];

/// The fault of calling one of [`CLOSED`]; `None` for any other name.
pub fn closed(name: &str) -> Option<Fault> {
    let (_, instead) = CLOSED.iter().find(|(closed, _)| *closed == name)?;
    let message = format!("`{name}` is not available: it would pass by the rehearsal and the journal");
    Some(Fault::usage(message).hint(format!("write `{instead}`")))
}

/// Puts a refusal in the place of each, in every form it has.
fn close_side_doors(engine: &mut Engine) {
    fn refuse(ctx: &NativeCallContext) -> Result<(), Box<EvalAltResult>> {
        closed(ctx.fn_name()).map_or(Ok(()), |fault| Err(raise(ctx, fault)))
    }
    engine
        .register_fn("sleep", |ctx: NativeCallContext, _: i64| refuse(&ctx))
        .register_fn("sleep", |ctx: NativeCallContext, _: f64| refuse(&ctx))
        .register_fn("timestamp", |ctx: NativeCallContext| refuse(&ctx));
}

fn interrupted() -> Dynamic {
    let at = Origin { file: String::new(), line: 0, column: 0 };
    Dynamic::from(Thrown { fault: Fault::interrupted(), at })
}
