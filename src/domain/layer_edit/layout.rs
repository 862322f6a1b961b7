//! What a new layer has in it, laid out before a file is opened.

use super::{ImpossibleEdit, LayerEdit, Mode, Owner, Put, PutContent};
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::domain::image_reference::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Before the name of what is taken out (the OCI image specification's whiteouts).
const WHITEOUT: &str = ".wh.";
/// In a folder of which nothing of the layers below is to be seen.
const OPAQUE: &str = ".wh..wh..opq";

/// The entries of a layer, in the order they are packed.
#[derive(Clone, Debug)]
pub struct Layout {
    /// A folder comes before what is in it.
    pub entries: Arc<[Entry]>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Relative to the image's root.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Whose it is.
    pub owner: Owner,
    /// What it is.
    pub what: What,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
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
    /// A regular file with this text.
    Text(String),
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
    /// Checks an edit and lays out its files and deletions. Folders above a destination are not among the entries, and
    /// the destination of a folder only where it is replaced or empty: every unpacker makes them where they are missing,
    /// and an entry would overwrite mode and owner where they are there.
    ///
    /// # Errors
    /// A path that is not absolute and plain, two entries that contradict each other, an edit of the config that makes
    /// no sense.
    pub fn of(edit: &LayerEdit) -> Result<Self, ImpossibleEdit> {
        edit.check_config()?;
        let mut entries = Entries::new();
        for (destination, put) in &edit.files {
            place(&mut entries, destination, put)?;
        }
        for path in entries.keys() {
            within_folders(path, &entries)?;
        }
        take_out(&mut entries, edit)?;
        Ok(Self { entries: entries.into_values().collect() })
    }

    /// Whether there is nothing to pack.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn place(entries: &mut Entries, destination: &str, put: &Put) -> Result<(), ImpossibleEdit> {
    let owner = put.owner.unwrap_or_default();
    let file = |path: &[String], mode, what| Entry { path: path.join("/"), mode, owner, what };
    let tree = match &put.content {
        PutContent::Tree(tree) if single(tree).is_none() => tree,
        _ if put.replace => {
            return Err(ImpossibleEdit::new(format!(
                "`{destination}` is a file, and only a folder can replace another"
            ))
            .hint("leave `replace` out: a file always takes the place of the one there"));
        }
        PutContent::Text(text) => {
            let path = absolute(destination)?;
            let mode = put.mode.map_or(0o644, Mode::bits);
            let entry = file(&path, mode, What::Text(text.clone()));
            return add(entries, path, entry);
        }
        PutContent::Tree(tree) => tree,
    };
    if let Some(only) = single(tree) {
        let path = absolute(destination)?;
        let mode = put.mode.filter(|_| !matches!(only.kind, FileKind::Link(_))).map_or(only.mode & 0o7777, Mode::bits);
        let entry = file(&path, mode, what(tree, only)?);
        return add(entries, path, entry);
    }
    let base = if destination == "/" { Vec::new() } else { absolute(destination)? };
    for one in &tree.entries {
        let mut path = base.clone();
        path.extend(components(&one.path).ok_or_else(|| {
            ImpossibleEdit::new(format!("`{}` of `{}` is not a plain relative path", one.path, tree.root))
        })?);
        let entry = file(&path, mode_of(one, put.mode), what(tree, one)?);
        add(entries, path, entry)?;
    }
    if (tree.entries.is_empty() || put.replace) && !base.is_empty() {
        let entry = file(&base, put.mode.map_or(0o755, Mode::opened), What::Folder);
        add(entries, base, entry)?;
    }
    Ok(())
}

/// The only entry of a tree that is a single file.
fn single(tree: &FileTree) -> Option<&FileEntry> {
    match tree.entries.as_slice() {
        [only] if only.path.is_empty() => Some(only),
        _ => None,
    }
}

/// The mode of an entry of a folder: what is entered or executed stays so.
fn mode_of(one: &FileEntry, wanted: Option<Mode>) -> u32 {
    let own = one.mode & 0o7777;
    match (&one.kind, wanted) {
        (FileKind::Link(_), _) | (_, None) => own,
        (FileKind::Folder, Some(mode)) => mode.opened(),
        (FileKind::File(_), Some(mode)) => {
            if own & 0o100 == 0 {
                mode.bits()
            } else {
                mode.opened()
            }
        }
    }
}

fn what(tree: &FileTree, one: &FileEntry) -> Result<What, ImpossibleEdit> {
    Ok(match &one.kind {
        FileKind::Folder => What::Folder,
        FileKind::Link(target) => What::Link(target.clone()),
        FileKind::File(digest) => What::File {
            root: tree.root.clone(),
            entry: one.path.clone(),
            size: one.size,
            digest: Digest::parse(digest)
                .map_err(|why| ImpossibleEdit::new(format!("`{}` of `{}`: {why}", one.path, tree.root)))?,
        },
    })
}

fn add(entries: &mut Entries, path: Vec<String>, entry: Entry) -> Result<(), ImpossibleEdit> {
    let written = &entry.path;
    if let Some(name) = path.iter().find(|name| name.starts_with(WHITEOUT)) {
        let why = format!("`/{written}` cannot be put into an image: `{name}` would delete a file");
        return Err(ImpossibleEdit::new(why).hint("name what is to be deleted under `delete`"));
    }
    match entries.get(&path) {
        // Two trees may share a folder.
        Some(there) if there.what == What::Folder && entry.what == What::Folder => {}
        Some(_) => return Err(ImpossibleEdit::new(format!("`/{written}` is put into the image twice"))),
        None => drop(entries.insert(path, entry)),
    }
    Ok(())
}

/// Whatever lies above a path must be a folder.
fn within_folders(path: &[String], entries: &Entries) -> Result<(), ImpossibleEdit> {
    for length in 1..path.len() {
        let above = path.get(..length).unwrap_or_default();
        if entries.get(above).is_some_and(|entry| entry.what != What::Folder) {
            let (above, path) = (above.join("/"), path.join("/"));
            return Err(ImpossibleEdit::new(format!(
                "`/{path}` cannot lie in `/{above}`, which is put there as a file"
            )));
        }
    }
    Ok(())
}

fn take_out(entries: &mut Entries, edit: &LayerEdit) -> Result<(), ImpossibleEdit> {
    let replaced = edit.files.iter().filter(|(_, put)| put.replace).map(|(path, _)| path);
    let deleted = edit.delete.iter().chain(replaced).map(|path| absolute(path)).collect::<Result<BTreeSet<_>, _>>()?;
    let puts = entries.clone();
    for path in &deleted {
        if path.iter().any(|name| name.starts_with(WHITEOUT)) {
            return Err(ImpossibleEdit::new(format!("`/{}` is the name of a deletion, not of a file", path.join("/"))));
        }
        within_folders(path, &puts)?;
        if puts.get(path).is_some_and(|entry| entry.what != What::Folder) {
            return Err(ImpossibleEdit::new(format!("`/{}` is both put into the image and deleted", path.join("/")))
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
        let folder = Entry { path: key.join("/"), mode: 0o755, owner: Owner::default(), what: What::Folder };
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
    entries.insert(key, Entry { path: marker, mode: 0o644, owner: Owner::default(), what: What::Whiteout });
}

fn absolute(path: &str) -> Result<Vec<String>, ImpossibleEdit> {
    path.strip_prefix('/').and_then(components).ok_or_else(|| {
        ImpossibleEdit::new(format!("`{path}` is not a path in an image"))
            .hint("write it from the root, with neither `.` nor `..` nor a slash at its end: `/app/config`")
    })
}

fn components(path: &str) -> Option<Vec<String>> {
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    path.split('/').map(|name| plain(name).then(|| name.to_owned())).collect()
}
