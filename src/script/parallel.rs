//! `parallel(items, |item| …)`: a branch an item, each on its own thread, with its own copy of what the closure has
//! captured and its own numbering of calls, so that it replays whatever the others do.

use super::host::{Host, Outcome};
use super::snapshot::Snapshot;
use super::thread::{Broken, fork};
use super::thrown::raise;
use crate::effects::fault::Fault;
use rhai::{Array, Dynamic, EvalAltResult, FnPtr, NativeCallContext};

/// Each branch has a thread of the operating system.
pub const BRANCHES: usize = 256;

/// Runs `function` for every item, and gives the results in the order of the items.
///
/// # Errors
/// Of the branch with the lowest index, after all have ended; errors that end the run go before those that a script
/// can catch. More items than [`BRANCHES`]: before any has begun.
pub fn parallel(ctx: &NativeCallContext, items: Array, function: &FnPtr) -> Outcome<Array> {
    if items.len() > BRANCHES {
        let message = format!("parallel: {} items are too many: at most {BRANCHES} run at the same time", items.len());
        return Err(raise(ctx, Fault::usage(message).hint("give it the items in parts")));
    }
    let host = Host::of(ctx)?;
    let hosts = host.fork(items.len());
    let branches = hosts.iter().cloned().zip(items).enumerate().map(|(index, (host, mut item))| {
        let mut snapshot = Snapshot::default();
        snapshot.make_private(&mut item);
        let function = snapshot.function(function);
        move || call(ctx, &host, &function, item, index)
    });
    let results = fork(branches.collect()).map_err(|broken| raise(ctx, lost(ctx, &broken)))?;
    if let Some(fault) = hosts.iter().find_map(Host::over) {
        host.end(fault);
    }
    let results = results.into_iter().map(|result| result.unwrap_or_else(|broken| Err(raise(ctx, lost(ctx, &broken)))));

    let (mut values, mut first) = (Array::new(), None::<(usize, Box<EvalAltResult>)>);
    for (index, result) in results.enumerate() {
        match result {
            Ok(value) => values.push(value),
            Err(error) if first.as_ref().is_none_or(|(_, first)| goes_before(&error, first)) => {
                first = Some((index, error));
            }
            Err(_) => {}
        }
    }
    match first {
        None => Ok(values),
        Some((_, error)) if !error.is_catchable() => Err(error),
        Some((index, error)) => {
            let (name, file) = (format!("{BRANCH}{index}"), ctx.call_source().unwrap_or_default().to_owned());
            Err(Box::new(EvalAltResult::ErrorInFunctionCall(name, file, error, ctx.call_position())))
        }
    }
}

/// What stands before a branch's index in the name of its call, for the diagnosis.
pub const BRANCH: &str = "parallel$";

/// The rest of the branch's calls find `host` in the place of the one that forked.
fn call(ctx: &NativeCallContext, host: &Host, function: &FnPtr, item: Dynamic, index: usize) -> Outcome<Dynamic> {
    let mut state = ctx.global_runtime_state().clone();
    state.tag = Dynamic::from(host.clone());
    let (engine, name, file, place) = (ctx.engine(), ctx.fn_name(), ctx.call_source(), ctx.call_position());
    let ctx = NativeCallContext::new_with_all_fields(engine, name, file, &state, place);
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let result = match function.call_raw(&ctx, None, [item.clone()]) {
        Err(error) if takes_more(&error, function) => function.call_raw(&ctx, None, [item, index.into()]),
        result => result,
    };
    match (&result, host.over()) {
        (Err(error), _) if !error.is_catchable() => result,
        (_, Some(fault)) => Err(raise(&ctx, fault.clone())),
        _ => result,
    }
}

/// Whether there is no such function of one argument: nothing was called then.
fn takes_more(error: &EvalAltResult, function: &FnPtr) -> bool {
    matches!(error, EvalAltResult::ErrorFunctionNotFound(signature, _) if signature.starts_with(function.fn_name()))
}

fn goes_before(error: &EvalAltResult, first: &EvalAltResult) -> bool {
    !error.is_catchable() && first.is_catchable()
}

fn lost(ctx: &NativeCallContext, broken: &Broken) -> Fault {
    let interrupted = *broken == Broken::Abandoned && Host::of(ctx).is_ok_and(|host| host.is_cancelled());
    if interrupted {
        return Fault::interrupted();
    }
    Fault::internal(format!("a branch of `parallel` has no result: {broken}"))
}
