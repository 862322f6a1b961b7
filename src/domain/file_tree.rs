//! Files of the project as a value: paths, modes and digests, without their content.

use serde::{Deserialize, Serialize};

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the tree's root, with `/` between components, never `..`; empty when the tree is a single file.
    pub path: String,
    /// Unix permission bits as git keeps them: `0o644`, or `0o755` for folders and what its owner may execute.
    pub mode: u32,
    /// Bytes; 0 for folders and links.
    pub size: u64,
    /// What it is.
    pub kind: FileKind,
}

/// What an entry is, and what makes it this one and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file, with the `sha256:…` of its content.
    File(String),
    /// A folder.
    Folder,
    /// A symbolic link and where it points, as written.
    Link(String),
}

/// A folder or a single file of the project, as it was when the script named it. The content is read again when it is
/// packed, and must match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTree {
    /// Relative to the project's root, as the script wrote it.
    pub root: String,
    /// Sorted by path.
    pub entries: Vec<FileEntry>,
    /// `sha256:…` over the entries: equal trees have equal digests, wherever they lie.
    pub digest: String,
}
