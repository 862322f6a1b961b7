//! A mistake in a world file: where it is, and what to do about it.

use std::path::{Path, PathBuf};

/// A world that cannot be rehearsed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}{problem}", file.display(), if key.is_empty() { String::new() } else { format!("{key}: ") })]
pub struct WorldError {
    /// The file with the mistake.
    pub file: PathBuf,
    /// The key it is under, such as `clusters[0].services[1].task_definition`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl WorldError {
    /// A mistake in `file` at `key`.
    pub fn new(file: &Path, key: impl Into<String>, problem: impl Into<String>) -> WorldError {
        WorldError { file: file.to_owned(), key: key.into(), problem: problem.into() }
    }
}
