//! What a command line asks for.

use crate::cli::output::Format;
use crate::domain::deadline::Deadline;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// `gantry run SCRIPT`.
    Run(Script),
    /// `gantry run --plan FILE`, and what follows.
    CarryOut(PathBuf, Script),
    /// `gantry plan SCRIPT`.
    Plan(Planning),
    /// `gantry rehearse SCRIPT`.
    Rehearse(Script),
    /// `gantry resume [RUN]`.
    Resume(Resume),
    /// `gantry runs`.
    Runs(Runs),
    /// `gantry eval EXPRESSION`.
    Eval(String),
    /// `gantry sandbox`.
    Sandbox(Served),
    /// `gantry check SCRIPT…`.
    Check(Vec<PathBuf>),
    /// `gantry list`.
    List,
    /// `gantry help NAME`, of a script or a command.
    Help(String),
    /// `gantry NAME`.
    Command(Script),
}

/// A script to be planned.
#[derive(Debug, PartialEq, Eq)]
pub struct Planning {
    /// The script.
    pub script: Script,
    /// Where the plan is kept.
    pub out: Option<PathBuf>,
    /// Whether changes are an exit code of their own.
    pub detailed: bool,
}

/// A run that is to be gone on with.
#[derive(Debug, PartialEq, Eq)]
pub struct Resume {
    /// Its name; the last one that can be gone on with, where none is named.
    pub run: Option<String>,
    /// Whether a changed script is taken as far as its calls agree.
    pub adopt: bool,
    /// Whether the question it waits for is answered with yes.
    pub approve: bool,
    /// Whether all runs are meant that wait for a time that has come.
    pub due: bool,
    /// `--deadline`.
    pub deadline: Option<Deadline>,
}

/// What of the runs is wanted.
#[derive(Debug, PartialEq, Eq)]
pub enum Runs {
    /// A line each.
    List,
    /// The story of one, of the newest where none is named.
    Show(Option<String>),
    /// All finished ones but so many removed.
    Prune(usize),
    /// One removed, finished or not.
    Forget(String),
}

/// A script and what follows it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// A path, or the name of a command.
    pub name: String,
    /// What follows.
    pub rest: Vec<OsString>,
    /// `--world`, in front of the script.
    pub world: Option<PathBuf>,
    /// `--world-after`, in front of the script.
    pub world_after: Option<PathBuf>,
    /// `--deadline`, in front of the script.
    pub deadline: Option<Deadline>,
}

/// A world to be served.
#[derive(Debug, PartialEq, Eq)]
pub struct Served {
    /// `--world`.
    pub world: PathBuf,
    /// `--port`; 0 for any that is free.
    pub port: u16,
    /// `--speed`.
    pub speed: NonZeroU32,
}

/// The command line, understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Asking {
    /// What was asked for.
    pub asked: Asked,
    /// `--output`.
    pub format: Format,
    /// `--verbose`.
    pub verbose: bool,
}
