//! Starts a run: in the real world, or in a rehearsal's.

use super::args::Script;
use super::compose::{self, RehearsedWorld};
use super::exit::Exit;
use super::output::Manner;
use super::perform::{Job, perform};
use super::script::{self, Found, Loaded, Wrong};
use super::{asker, flags, machine, print, show};
use crate::effects::fault::Fault;
use crate::script::arguments::parse_values;
use crate::script::library::Entry;
use rhai::Map;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// A script with its values, and how it is told.
struct Ready {
    loaded: Loaded,
    args: Map,
    manner: Manner,
}

/// `gantry run SCRIPT` and `gantry NAME`.
pub fn really(asked: Script, found: Result<Found, Fault>, manner: Manner) -> Exit {
    let ready = found.map_err(Wrong::from).and_then(script::load);
    let ready = match ready {
        Ok(loaded) => ready_for(loaded, asked.rest, manner, |_, _| Ok(BTreeMap::new())),
        Err(wrong) => Err(Stop::Wrong(wrong)),
    };
    let Ready { loaded, args, manner } = match ready {
        Ok(ready) => ready,
        Err(stop) => return stop.show(manner),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    with_runtime(runtime, manner, |runtime| {
        runtime.block_on(async {
            let outside = compose::real(&loaded.found.project, asker::person(None));
            let name = run_name(outside.world.clock(), &loaded.program.entry);
            let (run, journal) = compose::journal(&loaded.found.project, &name);
            perform(Job { run, program: loaded.program, args, past: None, value_only: false }, outside, journal, manner)
                .await
        })
    })
}

/// `gantry rehearse SCRIPT`.
pub fn rehearsed(asked: Script, manner: Manner) -> Exit {
    let found = script::either(&asked.name, "rehearse").map_err(Wrong::from);
    let mut world = None;
    let ready = match found.and_then(script::load) {
        Ok(loaded) => ready_for(loaded, asked.rest, manner, |loaded, named| {
            let path = named.or(asked.world).map_or_else(|| beside(loaded), Ok)?;
            let read = RehearsedWorld::load(&path)?;
            let arguments = read.arguments();
            world = Some(read);
            Ok(arguments)
        }),
        Err(wrong) => Err(Stop::Wrong(wrong)),
    };
    let (Ready { loaded, args, manner }, world) = match (ready, world) {
        (Ok(ready), Some(world)) => (ready, world),
        (Err(stop), _) => return stop.show(manner),
        (Ok(_), None) => return Stop::Wrong(Wrong::Fault(Fault::internal("no world was read"))).show(manner),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    with_runtime(runtime, manner, |runtime| {
        runtime.block_on(async {
            let (outside, journal) = world.begin(&loaded.found.project);
            let run = run_name(outside.world.clock(), &loaded.program.entry);
            perform(Job { run, program: loaded.program, args, past: None, value_only: false }, outside, journal, manner)
                .await
        })
    })
}

/// `gantry eval EXPRESSION`.
pub fn evaluated(expression: String, manner: Manner) -> Exit {
    let loaded = script::here().map_err(Wrong::from).and_then(|project| {
        let entry = Entry::Text { name: "eval".to_owned(), text: expression };
        script::load(Found { project, entry, file: None, usage: "gantry eval".to_owned() })
    });
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(wrong) => return Stop::Wrong(wrong).show(manner),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    with_runtime(runtime, manner, |runtime| {
        runtime.block_on(async {
            let outside = compose::real(&loaded.found.project, asker::person(None));
            let name = run_name(outside.world.clock(), "eval");
            let (run, journal) = compose::journal(&loaded.found.project, &name);
            let job = Job { run, program: loaded.program, args: Map::new(), past: None, value_only: true };
            perform(job, outside, journal, manner).await
        })
    })
}

/// Why nothing was begun.
enum Stop {
    Wrong(Wrong),
    /// What clap says: also `--help`.
    Flags(clap::Error),
    Faults(Vec<Fault>),
}

impl Stop {
    fn show(&self, manner: Manner) -> Exit {
        match self {
            Self::Wrong(wrong) => wrong.show(manner),
            Self::Flags(error) => return flags_ended(error),
            Self::Faults(faults) => faults.iter().for_each(|fault| show::fault(fault, manner)),
        }
        Exit::Wrong
    }
}

/// Tells what clap says; help is a result, a mistake is not.
pub fn flags_ended(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    if error.use_stderr() {
        print::aside(text.trim_end());
        Exit::Wrong
    } else {
        print::result(text.trim_end());
        Exit::Done
    }
}

fn ready_for(
    loaded: Loaded,
    rest: Vec<OsString>,
    manner: Manner,
    defaults: impl FnOnce(&Loaded, Option<PathBuf>) -> Result<BTreeMap<String, Vec<String>>, Fault>,
) -> Result<Ready, Stop> {
    let given = flags::read(&loaded.found.usage, &loaded.arguments, rest).map_err(Stop::Flags)?;
    let manner = Manner::fitting(given.format.unwrap_or(manner.format), manner.verbose || given.verbose);
    let mut values = defaults(&loaded, given.world).map_err(|fault| Stop::Wrong(fault.into()))?;
    values.extend(given.values);
    let args = parse_values(&loaded.arguments.list, &values).map_err(Stop::Faults)?;
    Ok(Ready { loaded, args, manner })
}

/// The world file beside a script.
fn beside(loaded: &Loaded) -> Result<PathBuf, Fault> {
    let file = loaded.found.file.as_ref();
    let world = file.map(|file| file.with_extension("world.toml"));
    match world {
        Some(world) if machine::is_file(&world) => Ok(world),
        Some(world) => Err(Fault::usage(format!("there is no world file {}", world.display())).hint(
            "describe the accounts, images and services to rehearse against there, or name another with --world",
        )),
        None => Err(Fault::usage("a built-in command has no world file of its own").hint("name one with --world")),
    }
}

fn run_name(clock: i64, script: &str) -> String {
    let stem = script.rsplit('/').next().unwrap_or(script);
    let stem = stem.strip_suffix(".rhai").unwrap_or(stem);
    let at = jiff::Timestamp::from_millisecond(clock).unwrap_or_default();
    format!("{}-{stem}", at.strftime("%Y%m%dT%H%M%SZ"))
}

pub fn with_runtime(
    runtime: std::io::Result<tokio::runtime::Runtime>,
    manner: Manner,
    work: impl FnOnce(&tokio::runtime::Runtime) -> Exit,
) -> Exit {
    match runtime {
        Ok(runtime) => {
            let exit = work(&runtime);
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
