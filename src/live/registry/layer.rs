//! What a new layer has in it, laid out before a file is opened.

use crate::domain::file_tree::{FileKind, FileTree};
use crate::domain::image_facts::LayerEdit;
use crate::domain::image_reference::Digest;
use crate::effects::fault::Fault;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Before the name of what is taken out (the OCI image specification's whiteouts).
const WHITEOUT: &str = ".wh.";
/// In a folder of which nothing of the layers below is to be seen.
const OPAQUE: &str = ".wh..wh..opq";

/// The entries of a layer, in the order they are packed.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) entries: Arc<[Entry]>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Relative to the image's root.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// What it is.
    pub what: What,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A regular file of the project.
    File {
        /// Of its tree.
        root: String,
        /// Within its tree.
        entry: String,
        /// Bytes it must have.
        size: u64,
        /// What they must be.
        digest: Digest,
    },
    /// A folder.
    Folder,
    /// A symbolic link to that.
    Link(String),
    /// An empty file that takes something out.
    Whiteout,
}

/// By path components, so that a folder comes before what is in it.
type Entries = BTreeMap<Vec<String>, Entry>;

impl Layout {
    /// Lays out files and deletions. Folders above a destination are not among the entries: every unpacker makes them
    /// where they are missing, and an entry would overwrite mode and owner where they are there.
    ///
    /// # Errors
    /// Usage where a path is not absolute and plain, or where two entries contradict each other.
    pub fn of(edit: &LayerEdit) -> Result<Self, Fault> {
        let mut entries = Entries::new();
        for (destination, tree) in &edit.files {
            put(&mut entries, destination, tree)?;
        }
        for path in entries.keys() {
            within_folders(path, &entries)?;
        }
        take_out(&mut entries, &edit.delete)?;
        Ok(Self { entries: entries.into_values().collect() })
    }

    /// Whether there is nothing to pack.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn put(entries: &mut Entries, destination: &str, tree: &FileTree) -> Result<(), Fault> {
    let single = tree.entries.len() == 1 && tree.entries.iter().all(|only| only.path.is_empty());
    let base = if destination == "/" && !single { Vec::new() } else { absolute(destination)? };
    for file in &tree.entries {
        let mut path = base.clone();
        if !single {
            path.extend(components(&file.path).ok_or_else(|| {
                Fault::usage(format!("`{}` of `{}` is not a plain relative path", file.path, tree.root))
            })?);
        }
        let what = match &file.kind {
            FileKind::Folder => What::Folder,
            FileKind::Link(target) => What::Link(target.clone()),
            FileKind::File(digest) => What::File {
                root: tree.root.clone(),
                entry: file.path.clone(),
                size: file.size,
                digest: Digest::parse(digest).map_err(|why| Fault::internal(format!("of `{}`: {why}", file.path)))?,
            },
        };
        add(entries, path, file.mode & 0o7777, what)?;
    }
    if tree.entries.is_empty() && !base.is_empty() {
        add(entries, base, 0o755, What::Folder)?;
    }
    Ok(())
}

fn add(entries: &mut Entries, path: Vec<String>, mode: u32, what: What) -> Result<(), Fault> {
    let written = path.join("/");
    if let Some(name) = path.iter().find(|name| name.starts_with(WHITEOUT)) {
        return Err(Fault::usage(format!("`/{written}` cannot be put into an image: `{name}` would delete a file"))
            .hint("name what is to be deleted under `delete`"));
    }
    match entries.get(&path) {
        // Two trees may share a folder.
        Some(there) if there.what == What::Folder && what == What::Folder => {}
        Some(_) => return Err(Fault::usage(format!("`/{written}` is put into the image twice"))),
        None => drop(entries.insert(path, Entry { path: written, mode, what })),
    }
    Ok(())
}

/// Whatever lies above a path must be a folder.
fn within_folders(path: &[String], entries: &Entries) -> Result<(), Fault> {
    for length in 1..path.len() {
        let above = path.get(..length).unwrap_or_default();
        if entries.get(above).is_some_and(|entry| entry.what != What::Folder) {
            let (above, path) = (above.join("/"), path.join("/"));
            return Err(Fault::usage(format!("`/{path}` cannot lie in `/{above}`, which is put there as a file")));
        }
    }
    Ok(())
}

fn take_out(entries: &mut Entries, delete: &[String]) -> Result<(), Fault> {
    let deleted = delete.iter().map(|path| absolute(path)).collect::<Result<BTreeSet<_>, _>>()?;
    let puts = entries.clone();
    for path in &deleted {
        if path.iter().any(|name| name.starts_with(WHITEOUT)) {
            return Err(Fault::usage(format!("`/{}` is the name of a deletion, not of a file", path.join("/"))));
        }
        within_folders(path, &puts)?;
        if puts.get(path).is_some_and(|entry| entry.what != What::Folder) {
            return Err(Fault::usage(format!("`/{}` is both put into the image and deleted", path.join("/")))
                .hint("a file that is put replaces the one there was: leave it out of `delete`"));
        }
        let covered = (1..path.len()).any(|length| path.get(..length).is_some_and(|above| deleted.contains(above)));
        if !covered {
            mark(entries, path, &puts);
        }
    }
    Ok(())
}

/// A folder that is put again is emptied of what is below; anything else is taken out by its name.
fn mark(entries: &mut Entries, path: &[String], puts: &Entries) {
    let replaced = puts.keys().any(|put| put.starts_with(path));
    let mut key = path.to_vec();
    let marker = if replaced {
        let folder = Entry { path: key.join("/"), mode: 0o755, what: What::Folder };
        entries.entry(key.clone()).or_insert(folder);
        // Before everything in it, whatever it is called.
        key.push(String::new());
        format!("{}/{OPAQUE}", path.join("/"))
    } else {
        let name = key.pop().unwrap_or_default();
        let name = format!("{WHITEOUT}{name}");
        key.push(name);
        key.join("/")
    };
    entries.insert(key, Entry { path: marker, mode: 0o644, what: What::Whiteout });
}

fn absolute(path: &str) -> Result<Vec<String>, Fault> {
    path.strip_prefix('/').and_then(components).ok_or_else(|| {
        Fault::usage(format!("`{path}` is not a path in an image"))
            .hint("write it from the root, with neither `.` nor `..` nor a slash at its end: `/app/config`")
    })
}

fn components(path: &str) -> Option<Vec<String>> {
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    path.split('/').map(|name| plain(name).then(|| name.to_owned())).collect()
}
