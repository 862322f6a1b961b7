//! One run, from its first call to its last word.

use super::compose::Outside;
use super::exit::Exit;
use super::output::{self, Ending, Manner, Story};
use super::stopping::{Onward, Stopping};
use super::{interrupt, show};
use crate::domain::deadline::Deadline;
use crate::effects::drivers::{Driver, PlannedDriver, ResumeDriver, RunDriver, recalled};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use crate::effects::journal::Journal;
use crate::effects::journal::entry::{Entry, Head, Outcome};
use crate::effects::journal::state::State;
use crate::effects::plan::Plan;
use crate::effects::redact::Redactor;
use crate::effects::written::Written;
use crate::release::interruption::{self, Followed};
use crate::script::diagnose::Failure;
use crate::script::host::Host;
use crate::script::json::to_json;
use crate::script::library::Program;
use crate::script::report::Report;
use crate::script::run;
use rhai::{Dynamic, Map};
use serde_json::Value;
use std::sync::Arc;

/// gantry's own version, as journals have it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is to be done.
pub struct Job {
    /// The run's name.
    pub run: String,
    /// The script.
    pub program: Program,
    /// Its arguments.
    pub args: Map,
    /// What kind of run it is.
    pub kind: Kind,
    /// How long it may take.
    pub deadline: Option<Deadline>,
}

/// What decides over the calls of a run.
pub enum Kind {
    /// Nothing has been done yet.
    New,
    /// Nothing has been done yet, and only the value is wanted (`eval`).
    Value,
    /// So much has been done already.
    Resumed(Box<State>),
    /// It was planned.
    Planned(Box<Plan>),
}

/// Runs a script in a world, tells what happens, and gives the exit code.
pub async fn perform(job: Job, outside: Outside, journal: Journal, manner: Manner) -> Exit {
    let redactor = outside.redactor;
    let (world, journal) = (outside.world, Arc::new(journal.without_the_secrets_of(redactor.clone())));
    let story = {
        let world = world.clone();
        Arc::new(Story::new(Box::new(move || world.clock())))
    };
    let stopping = Stopping::default();
    let driver = RunDriver {
        run: job.run.clone(),
        world: world.clone(),
        journal: journal.clone(),
        stop: stopping.token(),
        redactor: redactor.clone(),
    };
    let events = Events::to(output::listener(manner, story.clone())).without_the_secrets_of(redactor.clone());
    interrupt::watch(stopping.token(), events.clone());
    if let Some(after) = outside.rehearsed.and_then(|rehearsed| rehearsed.interrupt) {
        stopping.as_by_a_signal(after, events.clone());
    }
    let Job { run, program, args, kind, deadline } = job;
    if let Some(deadline) = deadline {
        stopping.at(deadline, world.clone(), events.clone());
    }
    let head = Entry::Head(head(&run, &program, &args, world.clock()));
    let value_only = matches!(kind, Kind::Value);
    let owed = match &kind {
        Kind::Resumed(past) => past.owed(),
        Kind::New | Kind::Value | Kind::Planned(_) => Vec::new(),
    };
    let driver = match driver_of(kind, driver, &head, &events).await {
        Ok(driver) => driver,
        Err(fault) => {
            let fault = redactor.fault(fault);
            show::fault(&fault, manner);
            return Exit::of(Some(&fault), false);
        }
    };
    let gateway = Gateway::new(driver, events, redactor.clone());
    gateway.owes(owed);

    let result = run::run(Host::new(gateway.clone(), stopping.token()), program, args).await;
    stopping.over();
    let result = result.and_then(|value| as_json(&value)).map(|value| redactor.value(&value));
    let result = result.map_err(|failure| discreet(failure, &redactor));

    let interrupted = result
        .as_ref()
        .err()
        .and_then(|failure| failure.fault.as_ref())
        .is_some_and(|fault| fault.kind == FaultKind::Interrupted);
    let followed = if interrupted { interruption::follow(&gateway).await } else { Followed::default() };
    let onward = match (followed.over, journal.is_kept()) {
        (true, _) => Onward::Nowhere,
        (false, true) => Onward::Resumed,
        (false, false) => Onward::BegunAgain,
    };
    let result = result.map_err(|failure| stopping.explained(failure, onward));
    let left: Vec<_> = followed.failed.into_iter().chain(gateway.clean_up(None).await).collect();
    let written = gateway.written().into_iter().map(|one| Written { what: redactor.text(&one.what), ..one });
    let written: Vec<_> = written.collect();
    let fault = result.as_ref().err().and_then(|failure| failure.fault.as_ref());
    let exit = match &result {
        Ok(_) if left.is_empty() => Exit::Done,
        Ok(_) => Exit::Failed,
        Err(_) => Exit::of(fault, !written.is_empty()),
    };
    let end = Entry::End {
        outcome: if followed.over { Outcome::Failed } else { outcome(exit, fault) },
        exit: exit as u8,
        at: world.clock(),
        deadline: stopping.deadline().filter(|_| interrupted),
    };
    let unwritable = fault.is_some_and(|fault| fault.kind == FaultKind::Journal);
    if let (Err(fault), false) = (journal.put(&end, journal.is_kept()), unwritable) {
        show::fault(&fault, manner);
    }
    if let Err(failure) = &result {
        show::failure(failure, manner);
    }
    for fault in &left {
        show::fault(fault, manner);
    }
    let ending = Ending {
        exit,
        resumable: !followed.over && (fault.is_some_and(may_go_on) || !left.is_empty()),
        past_deadline: interrupted && stopping.deadline().is_some(),
        waiting: fault.is_some_and(|fault| fault.kind == FaultKind::Waiting),
        error: result.as_ref().err().map(show::of_failure),
        value: result.unwrap_or(Value::Null),
        written: &written,
        run: &run,
        journal: journal.place(),
    };
    story.end(manner, &ending, value_only);
    exit
}

/// The failure without the secrets that are known: a script may throw what it likes.
pub fn discreet(failure: Failure, redactor: &Redactor) -> Failure {
    let fault = failure.fault.map(|fault| redactor.fault(fault));
    Failure { report: Box::new(discreetly(*failure.report, redactor)), fault }
}

fn discreetly(mut report: Report, redactor: &Redactor) -> Report {
    report.message = redactor.text(&report.message);
    report.hint = report.hint.map(|hint| redactor.text(&hint));
    report.facts = report.facts.iter().map(|fact| redactor.text(fact)).collect();
    report.frames = report.frames.into_iter().map(|frame| discreetly(frame, redactor)).collect();
    report
}

/// Whether going on without changing anything is worth a try.
fn may_go_on(fault: &Fault) -> bool {
    use FaultKind::{Denied, Interrupted, Journal, Missing, Network, Refused};
    !fault.happened && matches!(fault.kind, Interrupted | Network | Denied | Refused | Missing | Journal)
}

/// A rollout that was judged is over, and so is a write that happened otherwise than it was asked for; everything else
/// can be gone on with.
fn outcome(exit: Exit, fault: Option<&Fault>) -> Outcome {
    match (exit, fault) {
        (Exit::Done, _) => Outcome::Done,
        (_, Some(fault)) if fault.kind == FaultKind::Rollout || fault.happened => Outcome::Failed,
        _ => Outcome::Stopped,
    }
}

async fn driver_of(kind: Kind, driver: RunDriver, head: &Entry, events: &Events) -> Result<Box<dyn Driver>, Fault> {
    Ok(match kind {
        Kind::Resumed(past) => {
            let past = recalled(&driver, *past, events).await?;
            Box::new(ResumeDriver::new(driver, past, VERSION)?)
        }
        Kind::New | Kind::Value => {
            driver.journal.put(head, false)?;
            Box::new(driver)
        }
        Kind::Planned(plan) => {
            driver.journal.put(head, false)?;
            driver.journal.put(&Entry::Plan(plan.clone()), false)?;
            Box::new(PlannedDriver::new(driver, *plan, events).await?)
        }
    })
}

/// What a run is started with.
pub fn head(run: &str, program: &Program, args: &Map, at: i64) -> Head {
    Head {
        run: run.to_owned(),
        version: VERSION.to_owned(),
        script: program.entry.clone(),
        sources: program.sources.as_ref().clone(),
        arguments: to_json(&Dynamic::from_map(args.clone())).unwrap_or(Value::Null),
        at,
    }
}

/// The script's value as JSON. A value that has no JSON is a mistake of the script.
fn as_json(value: &Dynamic) -> Result<Value, Failure> {
    to_json(value).map_err(|why| {
        let fault = Fault::usage(format!("the script's value cannot be printed: {why}"));
        Failure::of(fault.hint("end the script with a value that is JSON, or with `()`"))
    })
}
