//! A script on its way to be run: found, loaded, its arguments known.

use super::args::RESERVED;
use super::project::Project;
use super::sources::Files;
use super::{machine, show};
use crate::domain::nearest::nearest;
use crate::effects::fault::Fault;
use crate::script::arguments::{self, Arguments};
use crate::script::library::{Entry, Library, Program};
use crate::script::report::Report;
use crate::script::stdlib::{self, STDLIB};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the team's commands are, below the project's root.
const SCRIPTS: &str = "scripts";

/// A script or a command that is there.
pub struct Found {
    /// Its project.
    pub project: Project,
    /// What is to be loaded.
    pub entry: Entry,
    /// Its file, unless it is built in.
    pub file: Option<PathBuf>,
    /// What a user types to run it.
    pub usage: String,
}

/// A script that can be run.
pub struct Loaded {
    /// Where it was found.
    pub found: Found,
    /// With all it imports.
    pub program: Program,
    /// What it can be told.
    pub arguments: Arguments,
}

/// Why a script cannot be run. Exit 2.
pub enum Wrong {
    /// Something around it.
    Fault(Fault),
    /// Something in it.
    Reports(Vec<Report>),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Wrong {
    /// Tells it.
    pub fn show(&self, manner: super::output::Manner) {
        match self {
            Self::Fault(fault) => show::fault(fault, manner),
            Self::Reports(reports) => reports.iter().for_each(|report| show::report(report, manner)),
        }
    }
}

/// A script by its path.
pub fn at(path: &Path, verb: &str) -> Result<Found, Fault> {
    not_a_flag(&path.to_string_lossy())?;
    if !machine::is_file(path) {
        return Err(Fault::usage(format!("there is no script {}", path.display()))
            .hint("a script is named by its path; commands are run without a verb: `gantry list` shows them"));
    }
    let place = machine::canonical(path).map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
    let project = Project::around(place.parent().unwrap_or(&place))?;
    let usage = format!("gantry {verb} {}", path.display());
    Ok(Found { entry: Entry::File(place.clone()), file: Some(place), project, usage })
}

/// A command by its name: the team's scripts/NAME.rhai first, then the built-in one.
pub fn command(name: &str) -> Result<Found, Fault> {
    not_a_flag(name)?;
    let project = here()?;
    let usage = format!("gantry {name}");
    let file = project.root.join(SCRIPTS).join(format!("{name}.rhai"));
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    if plain && machine::is_file(&file) {
        return Ok(Found { entry: Entry::File(file.clone()), file: Some(file), project, usage });
    }
    match stdlib::command(name) {
        Some(embedded) => Ok(Found { entry: Entry::Embedded(embedded.to_owned()), file: None, project, usage }),
        None => Err(unknown(name, &project)),
    }
}

/// Refuses what stands where a script is named and looks like a flag.
fn not_a_flag(name: &str) -> Result<(), Fault> {
    if name.starts_with('-') {
        return Err(Fault::usage(format!("gantry has no flag `{name}` here"))
            .hint("the script's own flags stand behind the script; `gantry --help` shows gantry's"));
    }
    Ok(())
}

/// A script by its path, or a command by its name.
pub fn either(name: &str, verb: &str) -> Result<Found, Fault> {
    let path = Path::new(name);
    if machine::is_file(path) || path.extension().is_some_and(|extension| extension == "rhai") {
        return at(path, verb);
    }
    let found = command(name)?;
    let usage = if verb.is_empty() { found.usage } else { format!("gantry {verb} {name}") };
    Ok(Found { usage, ..found })
}

/// The project around the folder gantry was started in.
pub fn here() -> Result<Project, Fault> {
    let here = machine::here().map_err(|error| Fault::usage(format!("the current folder cannot be read: {error}")))?;
    Project::around(&here)
}

/// The names of the team's commands.
pub fn team_commands(project: &Project) -> Vec<String> {
    let names = machine::names(&project.root.join(SCRIPTS));
    names.iter().filter_map(|name| name.strip_suffix(".rhai")).map(ToOwned::to_owned).collect()
}

fn unknown(name: &str, project: &Project) -> Fault {
    let built_in = stdlib::commands()
        .chain(["run", "rehearse", "resume", "runs", "eval", "check", "list", "help"])
        .map(ToOwned::to_owned);
    let known: Vec<String> = team_commands(project).into_iter().chain(built_in).collect();
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `gantry {near}`? `gantry list` shows all commands"),
        None => "`gantry list` shows all commands; a script is run with `gantry run SCRIPT`".to_owned(),
    };
    Fault::usage(format!("there is no command `{name}`")).hint(hint)
}

/// The library of a project.
pub fn library(project: &Project) -> Result<Library, Fault> {
    Library::new(&project.root, STDLIB, Arc::new(Files))
        .map_err(|error| Fault::usage(format!("{}: {error}", project.root.display())))
}

/// Loads a script with all it imports, and reads its `ARGS`.
pub fn load(found: Found) -> Result<Loaded, Wrong> {
    let program = library(&found.project)?.load(&found.entry).map_err(|report| Wrong::Reports(vec![*report]))?;
    let arguments = arguments::read(&program, RESERVED).map_err(Wrong::Reports)?;
    Ok(Loaded { found, program, arguments })
}
