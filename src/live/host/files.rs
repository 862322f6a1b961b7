//! The project's files, and none outside it.
#![expect(clippy::disallowed_methods, reason = "the room of the project's files")]

use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::effects::fault::{Fault, FaultKind};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

/// Reads files below a project's root.
#[derive(Clone, Debug)]
pub struct ProjectFiles {
    root: PathBuf,
}

impl ProjectFiles {
    /// Files below `root`.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// A path of a script as a path of the machine: relative, inside the project also after its links are followed.
    fn locate(&self, path: &str) -> Result<PathBuf, Fault> {
        let found = self.inside(path)?.canonicalize().map_err(|error| self.unreadable(path, &error))?;
        let root = self.root.canonicalize().map_err(|error| self.unreadable(".", &error))?;
        if found.starts_with(&root) { Ok(found) } else { Err(self.outside(path)) }
    }

    /// Below the root, no link followed yet.
    fn inside(&self, path: &str) -> Result<PathBuf, Fault> {
        let relative = Path::new(path);
        if relative.is_absolute() || relative.components().any(|part| part == Component::ParentDir) {
            return Err(self.outside(path));
        }
        Ok(self.root.join(relative))
    }

    fn outside(&self, path: &str) -> Fault {
        Fault::usage(format!("`{path}` is outside the project"))
            .hint(format!("paths are relative to the project's root, {}, and stay below it", self.root.display()))
    }

    /// Where a file or a folder of the project is on this machine.
    ///
    /// # Errors
    /// `FileMissing`; a path outside the project; what the file system says.
    pub fn find(&self, path: &str) -> Result<PathBuf, Fault> {
        self.locate(path)
    }

    /// Where something of the project is or will be: as far as it is there, it is inside also after links are followed.
    ///
    /// # Errors
    /// A path outside the project, and one to what gantry keeps in it; what the file system says.
    pub fn target(&self, path: &str) -> Result<PathBuf, Fault> {
        let place = self.inside(path)?;
        if Path::new(path).components().any(|part| part.as_os_str() == ".gantry") {
            return Err(Fault::usage(format!("`{path}` is where gantry keeps its runs")).hint("choose another folder"));
        }
        let mut there = place.as_path();
        // a link to nowhere is there as well: what is made through it may be anywhere
        while fs::symlink_metadata(there).is_err() {
            there = there.parent().ok_or_else(|| self.outside(path))?;
        }
        // a link to nowhere leads nowhere inside
        let found = there.canonicalize().map_err(|_| self.outside(path))?;
        let root = self.root.canonicalize().map_err(|error| self.unreadable(".", &error))?;
        if found.starts_with(&root) { Ok(place) } else { Err(self.outside(path)) }
    }

    fn unreadable(&self, path: &str, error: &io::Error) -> Fault {
        let (kind, code) = match error.kind() {
            io::ErrorKind::NotFound => (FaultKind::Missing, "FileMissing"),
            _ => (FaultKind::Refused, "FileUnreadable"),
        };
        Fault::new(kind, code, format!("`{path}` cannot be read: {error}"))
            .hint(format!("the project's root is {}", self.root.display()))
    }

    /// The tree of a folder (`folder`) or of a single file.
    ///
    /// # Errors
    /// A path outside the project, one that is not there or of the other kind, and whatever the file system says.
    pub fn scan(&self, path: &str, folder: bool) -> Result<FileTree, Fault> {
        let place = self.locate(path)?;
        if place.is_dir() != folder {
            let (is, call) = if folder { ("a file", "file") } else { ("a folder", "dir") };
            return Err(Fault::usage(format!("`{path}` is {is}")).hint(format!("name it with {call}(\"{path}\")")));
        }
        let mut entries = Vec::new();
        self.walk(path, &place, "", &mut entries)?;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let digest = digest_of(&entries)?;
        Ok(FileTree { root: path.to_owned(), entries, digest })
    }

    fn walk(&self, root: &str, place: &Path, name: &str, into: &mut Vec<FileEntry>) -> Result<(), Fault> {
        let here = if name.is_empty() { root.to_owned() } else { format!("{root}/{name}") };
        let failed = |error: io::Error| self.unreadable(&here, &error);
        let facts = fs::symlink_metadata(place).map_err(failed)?;
        // As git keeps them: whoever checks the project out, under whatever umask, packs the same layer.
        let executable = facts.permissions().mode() & 0o100 != 0;
        let mode = match (facts.is_dir() || executable, facts.is_symlink()) {
            (_, true) => 0o777,
            (true, false) => 0o755,
            (false, false) => 0o644,
        };
        let entry = |kind, size| FileEntry { path: name.to_owned(), mode, size, kind };
        if facts.is_symlink() {
            let target = fs::read_link(place).map_err(failed)?;
            into.push(entry(FileKind::Link(target.to_string_lossy().into_owned()), 0));
        } else if facts.is_dir() {
            if !name.is_empty() {
                into.push(entry(FileKind::Folder, 0));
            }
            for child in fs::read_dir(place).map_err(failed)? {
                let child = child.map_err(failed)?;
                let file_name = child.file_name();
                let Some(part) = file_name.to_str() else {
                    return Err(Fault::usage(format!("the name of {} is not UTF-8", child.path().display())));
                };
                let below = if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
                self.walk(root, &child.path(), &below, into)?;
            }
        } else if facts.is_file() {
            let (digest, size) = hash(place).map_err(failed)?;
            into.push(entry(FileKind::File(digest), size));
        } else {
            return Err(Fault::usage(format!("`{here}` is neither a file nor a folder nor a link")));
        }
        Ok(())
    }

    /// Where a folder (`folder`) or a file of the project is on this machine.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub fn place(&self, path: &str, folder: bool) -> Result<PathBuf, Fault> {
        let place = self.locate(path)?;
        if place.is_dir() == folder {
            return Ok(place);
        }
        let (is, wanted) = if folder { ("a file", "a folder") } else { ("a folder", "a file") };
        Err(Fault::usage(format!("`{path}` is {is}, and {wanted} is needed")))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// As [`Self::scan`], and when it is not UTF-8.
    pub fn text(&self, path: &str) -> Result<String, Fault> {
        let place = self.locate(path)?;
        let bytes = fs::read(&place).map_err(|error| self.unreadable(path, &error))?;
        String::from_utf8(bytes).map_err(|_| Fault::usage(format!("`{path}` is not UTF-8 text")))
    }

    /// Opens one entry of a scanned tree for packing.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub fn open(&self, root: &str, entry: &str) -> Result<Box<dyn Read + Send>, Fault> {
        let path = if entry.is_empty() { root.to_owned() } else { format!("{root}/{entry}") };
        let file = fs::File::open(self.locate(&path)?).map_err(|error| self.unreadable(&path, &error))?;
        Ok(Box::new(file))
    }
}

/// The text of a file of this machine, for settings of other programs.
///
/// # Errors
/// What the file system says.
pub fn machine_text(place: &Path) -> io::Result<String> {
    fs::read_to_string(place)
}

fn hash(place: &Path) -> io::Result<(String, u64)> {
    let mut file = fs::File::open(place)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0_u64, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((named(&hash.finalize()), size));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
}

fn digest_of(entries: &[FileEntry]) -> Result<String, Fault> {
    let text = serde_json::to_vec(entries).map_err(|error| Fault::internal(format!("a tree: {error}")))?;
    Ok(named(&Sha256::digest(text)))
}

fn named(hash: &[u8]) -> String {
    hash.iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
