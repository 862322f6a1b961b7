//! A rollout that stands at a lifecycle hook, and the function of the script that answers.

use super::rollout::previous;
use crate::domain::task_definition::short_name;
use crate::effects::fault::Fault;
use crate::release::deploy::Rollout;
use crate::release::pause::{self, Answer};
use crate::release::wait::Wait;
use crate::script::bindings::time::Timestamp;
use crate::script::bindings::{Handle, Property, optional, text};
use crate::script::host::{Host, Outcome};
use crate::script::thrown::{Thrown, raise};
use rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};

/// A pause, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    rollout: Rollout,
    at: pause::Pause,
}

impl Handle for Pause {
    const NAME: &'static str = "Pause";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "service", help: "`CLUSTER/SERVICE`", get: |one| one.rollout.service.to_string().into() },
        Property {
            name: "stage",
            help: "the stage of the deployment that stands: `POST_TEST_TRAFFIC_SHIFT`",
            get: |one| optional(one.at.hook.stage.as_deref()),
        },
        Property { name: "hook", help: "the hook's id", get: |one| text(&one.at.hook.id) },
        Property {
            name: "deployment",
            help: "the deployment's id",
            get: |one| optional(one.rollout.deployment.as_deref()),
        },
        Property {
            name: "task_definition",
            help: "the definition it brings: `web:8`",
            get: |one| text(short_name(&one.rollout.task_definition)),
        },
        Property {
            name: "previous",
            help: "the one before: `web:7`; `()` where the service was created",
            get: |one| previous(&one.rollout.previous),
        },
        Property {
            name: "traffic",
            help: "the new revision's share of the production traffic in percent; `()` where it is not told",
            get: |one| percent(one.at.seen.traffic),
        },
        Property {
            name: "test_traffic",
            help: "its share of the test traffic in percent; `()` where it is not told",
            get: |one| percent(one.at.seen.test_traffic),
        },
        Property {
            name: "running",
            help: "how many tasks of the new revision run",
            get: |one| count(one.at.seen.new.running),
        },
        Property { name: "desired", help: "how many of them should", get: |one| count(one.at.seen.new.desired) },
        Property {
            name: "old_running",
            help: "how many tasks of earlier revisions run",
            get: |one| count(one.at.seen.old.running),
        },
        Property {
            name: "expires_at",
            help: "when ECS waits no longer, a `Timestamp`; `()` where it is not told",
            get: |one| instant(one.at.hook.expires_at),
        },
        Property {
            name: "timeout_action",
            help: "what ECS does then: `CONTINUE` or `ROLLBACK`",
            get: |one| optional(one.at.hook.timeout_action.as_deref()),
        },
    ];

    fn text(&self) -> String {
        format!("{} stands at {}", self.rollout.service, self.at.hook)
    }
}

fn percent(number: Option<f64>) -> Dynamic {
    number.map_or(Dynamic::UNIT, Dynamic::from_float)
}

/// Of seconds since 1970.
fn instant(seconds: Option<f64>) -> Dynamic {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for 200 million years")]
    let millis = seconds.map(|seconds| (seconds * 1000.0) as i64);
    let at = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    at.map_or(Dynamic::UNIT, |at| Dynamic::from(Timestamp(at)))
}

fn count(number: u64) -> Dynamic {
    Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Takes `on_pause` out of options, which no document can hold.
///
/// # Errors
/// It is no function.
pub fn on_pause(ctx: &NativeCallContext, how: &mut Map) -> Outcome<Option<FnPtr>> {
    let Some(given) = how.remove("on_pause") else { return Ok(None) };
    let kind = given.type_name();
    let function = given.try_cast::<FnPtr>().ok_or_else(|| {
        let fault = Fault::usage(format!("{}: `on_pause` is no function, but {kind}", ctx.fn_name()));
        raise(ctx, fault.hint("write `on_pause: |pause| { approve(`${pause}: go on?`); true }`"))
    })?;
    Ok(Some(function))
}

/// Waits for `rollout`, and asks `function` at every pause.
///
/// # Errors
/// Of the wait and of the answers; of the function what ends the run.
pub fn wait(ctx: &NativeCallContext, rollout: &Rollout, wait: Wait, function: &FnPtr) -> Outcome<()> {
    let (host, mut wait) = (Host::of(ctx)?, wait);
    loop {
        let (mut waiting, of) = (wait, rollout.clone());
        let (back, paused) = host.run(ctx, move |gateway| async move {
            let paused = waiting.until_a_pause(&gateway, &of).await?;
            Ok((waiting, paused))
        })?;
        let Some(at) = paused else { return Ok(()) };
        let answer = ask(ctx, &host, function, Pause { rollout: rollout.clone(), at: at.clone() })?;
        let (mut waiting, of) = (back, rollout.clone());
        wait = host.run(ctx, move |gateway| async move {
            waiting.answer(&gateway, &of, &at, answer).await?;
            Ok(waiting)
        })?;
    }
}

/// What the function says. What it throws is no answer, unless it ends the run.
fn ask(ctx: &NativeCallContext, host: &Host, function: &FnPtr, pause: Pause) -> Outcome<Answer> {
    let said: Outcome<Dynamic> = function.call_within_context(ctx, (pause,));
    // also where a function like `map` has let the script catch it
    if let Some(fault) = host.over() {
        return Err(raise(ctx, fault.clone()));
    }
    match said {
        Ok(said) => Ok(understood(&said)),
        Err(error) if !error.is_catchable() => Err(error),
        Err(error) => Ok(failed(&error)),
    }
}

fn understood(said: &Dynamic) -> Answer {
    let word = said.read_lock::<rhai::ImmutableString>().map(|word| word.to_string());
    match (said.as_bool(), word.as_deref()) {
        (Ok(true), _) | (_, Some("continue")) => Answer::Continue,
        (Ok(false), _) | (_, Some("rollback")) => Answer::Rollback,
        _ => Answer::None {
            why: format!("it gave `{said}` back"),
            hint: Some("end it with `true` to go on, or `false` to go back".to_owned()),
        },
    }
}

fn failed(error: &EvalAltResult) -> Answer {
    match error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) => match value.read_lock::<Thrown>() {
            Some(thrown) => Answer::None { why: thrown.fault.message.clone(), hint: thrown.fault.hint.clone() },
            None => Answer::None { why: value.to_string(), hint: None },
        },
        // its place is in it
        other => Answer::None { why: other.to_string(), hint: None },
    }
}
