//! Begins a run: in the real world, or in a rehearsal's.

use super::args::Script;
use super::compose::{self, Outside};
use super::exit::Exit;
use super::output::Manner;
use super::perform::{Job, Kind, perform};
use super::ready::{In, Ready, Stop, ready};
use super::script::{self, Found, Wrong};
use super::{asker, machine, show};
use crate::effects::fault::Fault;
use crate::effects::journal::Journal;
use crate::script::library::Entry;
use rhai::Map;
use serde_json::Value;
use std::path::Path;

/// `gantry run SCRIPT` and `gantry NAME`.
pub fn really(asked: Script, found: Result<Found, Fault>, manner: Manner) -> Exit {
    let ready = found.map_err(Stop::from).and_then(|found| ready(found, asked, In::Reality, manner));
    begin(ready, Kind::New, manner)
}

/// `gantry rehearse SCRIPT`.
pub fn rehearsed(asked: Script, manner: Manner) -> Exit {
    let found = script::either(&asked.name, "rehearse").map_err(Stop::from);
    begin(found.and_then(|found| ready(found, asked, In::Rehearsal, manner)), Kind::New, manner)
}

/// `gantry eval EXPRESSION`.
pub fn evaluated(expression: String, manner: Manner) -> Exit {
    let ready = script::here().map_err(Stop::from).and_then(|project| {
        let entry = Entry::Text { name: "eval".to_owned(), text: expression };
        let found = Found { project, entry, file: None, usage: "gantry eval".to_owned() };
        let loaded = script::load(found).map_err(|wrong: Wrong| Stop::Wrong(wrong))?;
        Ok(Ready { loaded, args: Map::new(), manner, world: None, world_after: None, deadline: None })
    });
    begin(ready, Kind::Value, manner)
}

/// Runs what is ready.
pub fn begin(ready: Result<Ready, Stop>, kind: Kind, manner: Manner) -> Exit {
    let Ready { loaded, args, manner, world, world_after, deadline } = match ready {
        Ok(ready) => ready,
        Err(stop) => return stop.show(manner),
    };
    in_runtime(Clockwork::of(world.is_some(), Clockwork::Wall), manner, async {
        let project = &loaded.found.project;
        let (outside, run, journal) = match world {
            Some(world) => {
                let (outside, journal) = world.begin(project);
                let run = run_name(&outside, &loaded.program.entry);
                (outside, run, journal)
            }
            None => journaled(compose::real(project, asker::person(None)), project, &loaded.program.entry),
        };
        let rehearsed = outside.rehearsed.clone();
        let job = Job { run, program: loaded.program, args, kind, deadline };
        let exit = perform(job, outside, journal, manner).await;
        match world_after.zip(rehearsed) {
            Some((place, rehearsed)) => kept(&rehearsed.in_the_end().await, &place, exit, manner),
            None => exit,
        }
    })
}

/// Keeps what a rehearsed world is in the end.
fn kept(world: &Value, place: &Path, exit: Exit, manner: Manner) -> Exit {
    let text = format!("{world:#}\n");
    let Err(error) = machine::keep(place, &text) else { return exit };
    show::fault(&Fault::usage(format!("the world cannot be kept in {}: {error}", place.display())), manner);
    if exit == Exit::Done { Exit::Wrong } else { exit }
}

/// The real world with a journal in the project.
fn journaled(outside: Outside, project: &super::project::Project, script: &str) -> (Outside, String, Journal) {
    let (run, journal) = compose::journal(project, &run_name(&outside, script));
    (outside, run, journal)
}

fn run_name(outside: &Outside, script: &str) -> String {
    let stem = script.rsplit('/').next().unwrap_or(script);
    let stem = stem.strip_suffix(".rhai").unwrap_or(stem);
    let at = jiff::Timestamp::from_millisecond(outside.world.clock()).unwrap_or_default();
    format!("{}-{stem}", at.strftime("%Y%m%dT%H%M%S%.3fZ"))
}

/// How work is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clockwork {
    /// With the wall's clock, on two threads.
    Wall,
    /// With the wall's clock, on one thread: branches of a script are begun in their order.
    InOrder,
    /// With a clock that stands still while anything computes, and runs ahead while all wait.
    Simulated,
}

impl Clockwork {
    /// A rehearsal's, or `otherwise`.
    pub fn of(rehearsal: bool, otherwise: Self) -> Self {
        if rehearsal { Self::Simulated } else { otherwise }
    }
}

/// Runs `work` to its end.
pub fn in_runtime(clockwork: Clockwork, manner: Manner, work: impl Future<Output = Exit>) -> Exit {
    let runtime = match clockwork {
        Clockwork::Simulated => tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build(),
        Clockwork::InOrder => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        Clockwork::Wall => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    };
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(work);
            // a connection that still dawdles is nobody's concern any more
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            show::fault(&Fault::internal(format!("no runtime could be started: {error}")), manner);
            Exit::Refused
        }
    }
}
