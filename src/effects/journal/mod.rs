//! The record of a run, from which it can be gone on with: `start` before a write, `done` after it.

pub mod entry;
pub mod state;
pub mod text;
pub mod waiting;

use super::fault::{Fault, FaultKind};
use super::redact::Redactor;
use entry::Entry;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the lines go: a file outside, memory in a rehearsal.
pub trait JournalFile: Send {
    /// Adds text at the end; it need not be on disk yet.
    fn append(&mut self, text: &str) -> io::Result<()>;
    /// Returns when all that was appended is on disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Its place, to be told to people; none where nothing is kept.
    fn place(&self) -> Option<String>;
}

/// The journal of the run that is going on.
pub struct Journal {
    file: Mutex<Box<dyn JournalFile>>,
    /// Knows the secrets that must not be in it.
    redactor: Redactor,
    kept: AtomicBool,
}

impl Journal {
    /// A journal that goes to `file`.
    pub fn to(file: Box<dyn JournalFile>) -> Self {
        Self { file: Mutex::new(file), redactor: Redactor::default(), kept: AtomicBool::new(false) }
    }

    /// The same, without the secrets that `redactor` knows.
    #[must_use]
    pub fn without_the_secrets_of(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    fn line(&self, entry: &Entry) -> Result<String, Fault> {
        let told = |error| Fault::internal(format!("a journal entry: {error}"));
        if !self.redactor.has_fetched() {
            return text::line(entry).map_err(told);
        }
        let mut entry = entry.clone();
        match &mut entry {
            Entry::Start { call, .. } => **call = self.redactor.seal(call.as_ref())?,
            Entry::Done { result, .. } => **result = self.redactor.seal(result.as_ref())?,
            // a plan was sealed when it was made
            Entry::Plan(_)
            | Entry::Head(_)
            | Entry::Session { .. }
            | Entry::PutBack { .. }
            | Entry::Resume { .. }
            | Entry::End { .. } => {}
        }
        text::line(&entry).map_err(told)
    }

    /// Adds an entry, and with `sync` returns only when it and all before it are on disk.
    ///
    /// # Errors
    /// Of the kind `Journal`: the disk is full, the folder cannot be written. A write must not be attempted then.
    pub fn put(&self, entry: &Entry, sync: bool) -> Result<(), Fault> {
        let line = self.line(entry)?;
        if sync {
            self.kept.store(true, Ordering::Relaxed);
        }
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.append(&line).and_then(|()| if sync { file.sync() } else { Ok(()) }).map_err(|error| {
            Fault::new(FaultKind::Journal, "JournalUnwritable", format!("the run's journal cannot be written: {error}"))
                .hint("a run without its journal could not be gone on with, so nothing was begun: free the disk, or make the folder writable")
        })
    }

    /// Whether any of it had to be on disk: then its end has to be, too.
    pub fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// Where it is, if it is kept.
    pub fn place(&self) -> Option<String> {
        self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).place()
    }
}

/// A journal in memory, for rehearsals and tests.
#[derive(Default)]
pub struct Memory(String);

impl JournalFile for Memory {
    fn append(&mut self, text: &str) -> io::Result<()> {
        self.0.push_str(text);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn place(&self) -> Option<String> {
        None
    }
}
