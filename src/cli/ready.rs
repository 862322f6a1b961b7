//! What has to be known before a run begins: the script, its arguments, the world it is in.

use super::args::Script;
use super::compose::RehearsedWorld;
use super::exit::Exit;
use super::output::Manner;
use super::script::{self, Found, Loaded, Wrong};
use super::{flags, machine, print, show};
use crate::domain::deadline::Deadline;
use crate::effects::fault::Fault;
use crate::script::arguments::parse_values;
use rhai::Map;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A script that can begin.
pub struct Ready {
    /// The script.
    pub loaded: Loaded,
    /// Its arguments.
    pub args: Map,
    /// How it is told.
    pub manner: Manner,
    /// The world of a rehearsal; none in the real one.
    pub world: Option<RehearsedWorld>,
    /// Where it is kept what that world is in the end.
    pub world_after: Option<PathBuf>,
    /// How long it may take.
    pub deadline: Option<Deadline>,
}

/// Which world is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum In {
    /// The real one.
    Reality,
    /// A rehearsal's, from `--world` or the file beside the script.
    Rehearsal,
    /// A rehearsal's where `--world` names one, else the real one.
    Either,
}

/// Why nothing was begun.
pub enum Stop {
    /// The script, or something around it.
    Wrong(Wrong),
    /// What clap says: also `--help`.
    Flags(clap::Error),
    /// The arguments.
    Faults(Vec<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Wrong(Wrong::Fault(fault))
    }
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl Stop {
    /// Tells it, and gives the exit code.
    pub fn show(&self, manner: Manner) -> Exit {
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

/// Loads a script and reads what followed its name.
///
/// # Errors
/// Every mistake in the script, its arguments and the world file.
pub fn ready(found: Found, asked: Script, place: In, manner: Manner) -> Result<Ready, Stop> {
    ready_with(script::load(found)?, asked, place, manner, BTreeMap::new())
}

/// The same for a script that is loaded, whose arguments have values already; flags go before those.
///
/// # Errors
/// As [`ready`].
pub fn ready_with(
    loaded: Loaded,
    asked: Script,
    place: In,
    manner: Manner,
    mut values: BTreeMap<String, Vec<String>>,
) -> Result<Ready, Stop> {
    let given = flags::read(&loaded.found.usage, &loaded.arguments, asked.rest).map_err(Stop::Flags)?;
    let manner = Manner::fitting(given.format.unwrap_or(manner.format), manner.verbose || given.verbose);
    let named = given.world.or(asked.world);
    let shared = named.is_some();
    let world_after = given.world_after.or(asked.world_after);
    if world_after.is_some() && place != In::Rehearsal {
        return Err(Fault::usage("--world-after is for a rehearsal").hint("`gantry rehearse` takes it").into());
    }
    let deadline = given.deadline.or(asked.deadline);
    if deadline.is_some() && place == In::Either {
        return Err(Fault::usage("--deadline is for a run: a plan changes nothing")
            .hint("`gantry run --plan FILE --deadline TIME` takes it")
            .into());
    }
    let deadline = deadline.or(loaded.found.project.settings.deadline);
    let world = match (place, named) {
        (In::Reality, Some(_)) => {
            return Err(Fault::usage("--world is for a rehearsal").hint("`gantry rehearse` takes it").into());
        }
        (In::Reality | In::Either, None) => None,
        (In::Rehearsal, None) => Some(RehearsedWorld::load(&beside(&loaded)?)?),
        (In::Rehearsal | In::Either, Some(path)) => Some(RehearsedWorld::load(&path)?),
    };
    // a world that is named may be another script's as well, whose arguments stand in it
    let declared = |name: &String| loaded.arguments.list.iter().any(|argument| argument.name == *name);
    let its = world.iter().flat_map(RehearsedWorld::arguments);
    values.extend(its.filter(|(name, _)| !shared || declared(name)));
    values.extend(given.values);
    let args = parse_values(&loaded.arguments.list, &values).map_err(Stop::Faults)?;
    Ok(Ready { loaded, args, manner, world, world_after, deadline })
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
