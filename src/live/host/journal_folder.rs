//! A run's journal on disk: a folder a run under `.gantry/runs/`, readable by its owner alone.
#![expect(clippy::disallowed_methods, reason = "the room of the journal's files")]

use crate::effects::journal::JournalFile;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Where the runs of a project are.
const RUNS: &str = ".gantry/runs";
/// The journal's name in its folder.
const NAME: &str = "journal.jsonl";
/// Its name until its first lines are on disk: a process that dies before has left no run.
const BEGUN: &str = "journal.begun";

/// A journal whose folder is made when the first line must be on disk: a run that only reads leaves nothing behind.
pub struct JournalFolder {
    folder: PathBuf,
    /// What is to be in it when it is made.
    waiting: String,
    file: Option<File>,
    /// A write failed: what is on disk is not known, and nothing may be added.
    broken: bool,
}

impl JournalFolder {
    /// The journal of the new run `run` in the project at `root`.
    pub fn of(root: &Path, run: &str) -> Self {
        Self { folder: folder(root, run), waiting: String::new(), file: None, broken: false }
    }

    /// The journal of a run that is there, for this process alone: what it says, and what adds to it.
    ///
    /// # Errors
    /// `WouldBlock` while another process has it; what the file system says.
    pub fn reopen(root: &Path, run: &str) -> io::Result<(Vec<u8>, Self)> {
        let folder = folder(root, run);
        let mut file = OpenOptions::new().read(true).append(true).open(folder.join(NAME))?;
        lock(&file)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        // a torn last line was never finished: what comes next begins on a line of its own
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
            text.truncate(whole);
        }
        Ok((text, Self { folder, waiting: String::new(), file: Some(file), broken: false }))
    }

    /// Does something to the journal on disk, and nothing more once that has failed.
    fn whole(&mut self, act: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        let done = act(self)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.folder.join(NAME).display())));
        self.broken = done.is_err();
        done
    }

    /// Makes the folder, and the journal with what waits in it: whole, or not at all.
    fn begin(&self) -> io::Result<File> {
        if let Some(runs) = self.folder.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(runs)?;
        }
        // not recursive: a second process with the same run's name must not share its folder
        DirBuilder::new().mode(0o700).create(&self.folder)?;
        let begun = self.folder.join(BEGUN);
        let mut file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&begun)?;
        lock(&file)?;
        file.write_all(self.waiting.as_bytes())?;
        file.sync_data()?;
        fs::rename(&begun, self.folder.join(NAME))?;
        // the names are on disk too, else a power loss forgets a file whose lines were flushed
        flush(self.folder.ancestors().take(4))?;
        Ok(file)
    }
}

impl JournalFile for JournalFolder {
    fn append(&mut self, text: &str) -> io::Result<()> {
        self.whole(|this| {
            if let Some(file) = &mut this.file {
                // it outlives this process, if not a power loss
                return file.write_all(text.as_bytes());
            }
            this.waiting.push_str(text);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.whole(|this| {
            if let Some(file) = &this.file {
                return file.sync_data();
            }
            this.file = Some(this.begin()?);
            this.waiting.clear();
            Ok(())
        })
    }

    fn place(&self) -> Option<String> {
        self.file.as_ref().map(|_| self.folder.join(NAME).display().to_string())
    }
}

/// The runs of a project, by name: the oldest first, since names begin with their time.
pub fn runs(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(RUNS)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter(|entry| entry.path().join(NAME).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// What a run's journal says, without keeping others from it.
pub fn read(root: &Path, run: &str) -> io::Result<Vec<u8>> {
    fs::read(folder(root, run).join(NAME))
}

/// Whether a process has the run now.
pub fn is_held(root: &Path, run: &str) -> bool {
    File::open(folder(root, run).join(NAME)).is_ok_and(|file| file.try_lock().is_err())
}

/// Removes a run.
pub fn remove(root: &Path, run: &str) -> io::Result<()> {
    fs::remove_dir_all(folder(root, run))
}

/// Whether a run of this name has a folder already.
pub fn exists(root: &Path, run: &str) -> bool {
    // what cannot be looked at cannot be made either, and making it tells why
    fs::exists(folder(root, run)).unwrap_or(false)
}

/// Has these folders on disk: all at the same time, for a disk is asked once then.
fn flush<'a>(folders: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    std::thread::scope(|scope| {
        let begin = |folder| scope.spawn(move || File::open(folder)?.sync_all());
        let under_way: Vec<_> = folders.map(begin).collect();
        let ended = |one: std::thread::ScopedJoinHandle<'_, io::Result<()>>| {
            one.join().unwrap_or_else(|_| Err(io::Error::other("a thread of ours ended early")))
        };
        // every one comes to its end, also when one fails
        under_way.into_iter().map(ended).fold(Ok(()), io::Result::and)
    })
}

fn folder(root: &Path, run: &str) -> PathBuf {
    root.join(RUNS).join(run)
}

/// Two processes must not share a run. The lock ends with the process, however it ends.
fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::new(io::ErrorKind::WouldBlock, "another process is at it"),
        TryLockError::Error(error) => error,
    })
}
