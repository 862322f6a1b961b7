//! A run that is in the project's `.gantry`, understood.

use super::compose;
use super::project::Project;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::{Entry, Head, Outcome};
use crate::effects::journal::state::State;
use crate::effects::journal::text;

/// What a journal says.
pub struct Record {
    /// The run's name.
    pub run: String,
    /// What it was started with.
    pub head: Head,
    /// Where it stands.
    pub state: State,
    /// Its entries, in their order.
    pub entries: Vec<Entry>,
}

impl Record {
    /// Understands a journal's text.
    ///
    /// # Errors
    /// A journal that somebody has changed.
    pub fn of(run: &str, journal: &[u8]) -> Result<Self, Fault> {
        let broken = |why: String| {
            Fault::new(FaultKind::Journal, "JournalUnreadable", format!("the journal of run {run}: {why}"))
                .hint("it was changed by something else than gantry: put back what was there")
        };
        let entries = text::read(journal).map_err(|error| broken(error.to_string()))?.entries;
        let state = entries
            .iter()
            .cloned()
            .try_fold(State::default(), State::next)
            .map_err(|error| broken(error.to_string()))?;
        let head = state.head.clone().ok_or_else(|| broken("it has no first line".to_owned()))?;
        Ok(Self { run: run.to_owned(), head, state, entries })
    }

    /// Reads a run of the project.
    ///
    /// # Errors
    /// As [`Self::of`], and a run that is not there.
    pub fn read(project: &Project, run: &str) -> Result<Self, Fault> {
        let journal = compose::read_journal(&project.root, run).map_err(|error| missing(project, run, &error))?;
        Self::of(run, &journal)
    }

    /// How it ended, in a word.
    pub fn standing(&self, held: bool) -> &'static str {
        match self.state.end {
            Some(Outcome::Done) => "done",
            Some(Outcome::Failed) => "failed",
            Some(Outcome::Stopped) => "stopped",
            None if held => "running",
            None => "died",
        }
    }

    /// Whether it can be gone on with.
    pub fn is_open(&self) -> bool {
        !matches!(self.state.end, Some(Outcome::Done | Outcome::Failed))
    }
}

/// A run that cannot be opened.
pub fn missing(project: &Project, run: &str, error: &std::io::Error) -> Fault {
    if error.kind() == std::io::ErrorKind::WouldBlock {
        return Fault::usage(format!("run {run} is going on: {error}"))
            .hint("wait for it, or stop that process; a run has one process at a time");
    }
    let runs = compose::runs(&project.root);
    let hint = match runs.last() {
        Some(last) => format!("`gantry runs` lists them; the last one is {last}"),
        None => format!("there are none below {}", project.root.display()),
    };
    Fault::usage(format!("there is no run `{run}`: {error}")).hint(hint)
}
