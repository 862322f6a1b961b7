//! Files of local images, all inside of the project: written beside their places, and moved there when they are whole
//! and on disk.
#![expect(clippy::disallowed_methods, reason = "the room of local images")]

use super::store::Opened;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::host::files::ProjectFiles;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// What a file begins with that is not whole yet.
const TEMPORARY: &str = ".gantry-part-";

/// What could not be done, and to what.
fn failed<'a>(what: &'a str, path: &'a str) -> impl Fn(io::Error) -> Fault + 'a {
    move |error| {
        let kind = if error.kind() == io::ErrorKind::NotFound { FaultKind::Missing } else { FaultKind::Refused };
        Fault::new(kind, "FileFault", format!("`{path}` cannot be {what}: {error}"))
            .hint("check who may read and write there, and that there is room left")
    }
}

fn located(files: &ProjectFiles, path: &str) -> Result<Option<PathBuf>, Fault> {
    match files.find(path) {
        Err(fault) if fault.code == "FileMissing" => Ok(None),
        found => found.map(Some),
    }
}

/// A small file; none where it is missing.
pub(super) fn read(files: &ProjectFiles, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Fault> {
    let Some(opened) = open(files, path)? else { return Ok(None) };
    if opened.size > limit {
        let message = format!("`{path}` has {} bytes, and no more than {limit} are read of it", opened.size);
        return Err(Fault::new(FaultKind::Verification, "FileTooLong", message));
    }
    let mut bytes = Vec::new();
    opened.reader.take(limit).read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok(Some(bytes))
}

/// A file; none where it is missing.
pub(super) fn open(files: &ProjectFiles, path: &str) -> Result<Option<Opened>, Fault> {
    Ok(open_file(files, path)?.map(|(file, size)| Opened { size, reader: Box::new(file) }))
}

/// The same with its size.
pub(super) fn open_file(files: &ProjectFiles, path: &str) -> Result<Option<(File, u64)>, Fault> {
    let Some(place) = located(files, path)? else { return Ok(None) };
    let file = File::open(&place).map_err(failed("read", path))?;
    let facts = file.metadata().map_err(failed("read", path))?;
    if !facts.is_file() {
        return Err(Fault::new(FaultKind::Refused, "NotAFile", format!("`{path}` is not a file")));
    }
    Ok(Some((file, facts.len())))
}

/// The names in a folder; none where it is missing.
pub(super) fn names(files: &ProjectFiles, path: &str) -> Result<Option<Vec<String>>, Fault> {
    let Some(place) = located(files, path)? else { return Ok(None) };
    let entries = fs::read_dir(place).map_err(failed("read", path))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect::<io::Result<_>>().map(Some).map_err(failed("read", path))
}

/// Makes a folder with those above it.
pub(super) fn make_folder(files: &ProjectFiles, path: &str) -> Result<(), Fault> {
    let place = files.target(path)?;
    fs::create_dir_all(place).map_err(failed("made", path))
}

/// Puts a file in its place, or in the place of another, as a whole.
pub(super) fn replace(files: &ProjectFiles, path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let mut file = Temporary::beside(files, path)?;
    file.write_all(bytes).map_err(failed("written", path))?;
    file.keep(files, path)
}

/// Holds a file against everybody else who does, until what it gives is dropped; none where it is gone by then.
pub(super) fn hold(files: &ProjectFiles, path: &str) -> Result<Option<File>, Fault> {
    let Some((file, _)) = open_file(files, path)? else { return Ok(None) };
    file.lock().map_err(failed("held", path))?;
    let is_there = file.metadata().map_err(failed("held", path))?.nlink() > 0;
    Ok(is_there.then_some(file))
}

/// Removes a file, if it is there.
pub(super) fn remove(files: &ProjectFiles, path: &str) -> Result<(), Fault> {
    let Some(place) = located(files, path)? else { return Ok(()) };
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("removed", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder that is empty; whether it is gone.
pub(super) fn remove_empty(files: &ProjectFiles, path: &str) -> Result<bool, Fault> {
    let Some(place) = located(files, path)? else { return Ok(true) };
    match fs::remove_dir(place) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(failed("removed", path)(error)),
    }
}

/// Whether a name is that of a file which is not whole.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Removes what processes that died have left in a folder.
pub(super) fn sweep(files: &ProjectFiles, path: &str) -> Result<(), Fault> {
    let left = names(files, path)?.unwrap_or_default();
    for name in left.iter().filter(|name| is_temporary(name)) {
        let place = files.find(path)?.join(name);
        // whoever writes one holds it
        let Ok(file) = File::open(&place) else { continue };
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            continue;
        }
        // one that somebody else has removed meanwhile is gone too
        let _ = fs::remove_file(place);
    }
    Ok(())
}

/// A file that is being written: gone when it is dropped before it is kept.
pub(super) struct Temporary {
    file: File,
    place: PathBuf,
    path: String,
    kept: bool,
}

impl Temporary {
    /// A new one in a folder that is there.
    pub fn in_folder(files: &ProjectFiles, folder: &str) -> Result<Self, Fault> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TEMPORARY}{}-{number}", std::process::id());
        let (place, path) = (files.find(folder)?.join(&name), format!("{folder}/{name}"));
        loop {
            let mut options = OpenOptions::new();
            // what a process of the same number has left is nobody's
            let file =
                options.write(true).create(true).truncate(true).open(&place).map_err(failed("written", &path))?;
            file.lock().map_err(failed("held", &path))?;
            // somebody may have swept it away before it was held
            if file.metadata().map_err(failed("written", &path))?.nlink() > 0 {
                return Ok(Self { file, place, path, kept: false });
            }
        }
    }

    /// A new one in the folder of a file.
    pub fn beside(files: &ProjectFiles, path: &str) -> Result<Self, Fault> {
        Self::in_folder(files, folder_of(path))
    }

    /// Moves it to its place, when it is on disk.
    pub fn keep(mut self, files: &ProjectFiles, path: &str) -> Result<(), Fault> {
        let target = files.target(path)?;
        self.file.sync_all().map_err(failed("written", &self.path))?;
        fs::rename(&self.place, &target).map_err(failed("written", path))?;
        self.kept = true;
        sync_folder(&target).map_err(failed("written", path))
    }
}

/// The folder that a path's last part is in.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder })
}

/// That a name is in its folder is on disk only when the folder is.
fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // a later write to this folder removes it otherwise
            let _ = fs::remove_file(&self.place);
        }
    }
}
