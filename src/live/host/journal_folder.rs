//! A run's journal on disk: a folder a run under `.gantry/runs/`, readable by its owner alone.
#![expect(clippy::disallowed_methods, reason = "the room of the journal's files")]

use crate::effects::journal::JournalFile;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The journal's name in its folder.
const NAME: &str = "journal.jsonl";

/// A journal whose folder is made when the first line must be on disk: a run that only reads leaves nothing behind.
pub struct JournalFolder {
    folder: PathBuf,
    waiting: String,
    file: Option<File>,
}

impl JournalFolder {
    /// The journal of `run` in the project at `root`.
    pub fn of(root: &Path, run: &str) -> Self {
        Self { folder: root.join(".gantry/runs").join(run), waiting: String::new(), file: None }
    }

    fn create(&self) -> io::Result<File> {
        if let Some(runs) = self.folder.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(runs)?;
        }
        // not recursive: a second process with the same run's name must not share its folder
        DirBuilder::new().mode(0o700).create(&self.folder)?;
        let file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(self.folder.join(NAME))?;
        // the names are on disk too, else a power loss forgets a file whose lines were flushed
        for folder in self.folder.ancestors().take(4) {
            File::open(folder)?.sync_all()?;
        }
        Ok(file)
    }
}

impl JournalFile for JournalFolder {
    fn append(&mut self, text: &str) -> io::Result<()> {
        self.waiting.push_str(text);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.create()?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(self.waiting.as_bytes())?;
            self.waiting.clear();
            file.sync_data()?;
        }
        Ok(())
    }

    fn place(&self) -> Option<String> {
        Some(self.folder.join(NAME).display().to_string())
    }
}

/// Whether a run of this name has a folder already.
pub fn exists(root: &Path, run: &str) -> bool {
    fs::exists(root.join(".gantry/runs").join(run)).unwrap_or(true)
}
