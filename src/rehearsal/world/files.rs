//! The only file of this room that reads the disk: the world file, task definitions, and the
//! folders that become image layers.
#![expect(clippy::disallowed_methods, reason = "world files and what they name are read here")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path below the folder, with `/`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a path in a folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file: its content, and whether its owner may execute it.
    File { content: Vec<u8>, executable: bool },
    /// A symbolic link and where it points, unresolved.
    Link { target: PathBuf },
}

/// The text of a file.
pub fn text(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// Everything below a folder, sorted by path.
pub fn tree(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    walk(folder, "", &mut entries)?;
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

fn walk(folder: &Path, prefix: &str, entries: &mut Vec<Entry>) -> io::Result<()> {
    for found in fs::read_dir(folder)? {
        let found = found?;
        let name = found.file_name();
        let name =
            name.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a file name is not UTF-8"))?;
        let path = format!("{prefix}{name}");
        let kind = found.file_type()?;
        if kind.is_dir() {
            entries.push(Entry { path: path.clone(), kind: Kind::Directory });
            walk(&found.path(), &format!("{path}/"), entries)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(found.path())?;
            entries.push(Entry { path, kind: Kind::Link { target } });
        } else {
            let executable = is_executable(&found.metadata()?);
            let content = fs::read(found.path())?;
            entries.push(Entry { path, kind: Kind::File { content, executable } });
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}
