//! Runs a loaded script: on its own thread, its calls on the runtime that awaits it.

use super::diagnose::{Failure, failure};
use super::engine::engine;
use super::host::Host;
use super::library::Program;
use super::thread::{Broken, on_script_thread};
use crate::effects::fault::Fault;
use rhai::{Dynamic, Map, Scope};

/// Runs `program` with `args` and gives the value of its last expression.
///
/// Must be awaited inside a tokio runtime with time; a paused clock stands while the script computes.
///
/// # Errors
/// The failure of the script, or of gantry itself: a panic on the script's thread is an internal fault.
pub async fn run(host: Host, program: Program, args: Map) -> Result<Dynamic, Failure> {
    let (host, _guard) = host.guarded();
    let script = move || {
        let engine = engine(host.clone(), &program);
        let mut scope = Scope::new();
        scope.push_constant("args", args);
        let result = engine.eval_ast_with_scope::<Dynamic>(&mut scope, &program.ast);
        match (result, host.over()) {
            (Err(error), over) if over.is_none() || !error.is_catchable() => Err(failure(&error, &program, &engine)),
            (_, Some(fault)) => Err(Failure::of(fault.clone())),
            (result, None) => result.map_err(|error| failure(&error, &program, &engine)),
        }
    };
    on_script_thread(script).await.unwrap_or_else(|broken| Err(Failure::of(ours(&broken))))
}

fn ours(broken: &Broken) -> Fault {
    Fault::internal(format!("the script's thread has no result: {broken}"))
}
