//! Scripts and the modules they import: found, read and compiled before anything runs.

pub mod address;
mod load;
pub mod program;
pub mod resolver;

pub use address::Address;
pub use program::Program;

use super::report::Report;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Modules and scripts in the binary: name (`std/rollout`) and text.
pub type Embedded = &'static [(&'static str, &'static str)];

/// How files are read; the adapter of the file system implements it.
pub trait Sources: Send + Sync {
    /// The file's text.
    fn read(&self, path: &Path) -> io::Result<String>;
    /// The absolute path without links and `..`; an error where there is no such file.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;
}

/// What is to be run or checked.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A script of the project.
    File(PathBuf),
    /// A script of the binary, by its name.
    Embedded(String),
    /// A text, by the name that errors shall give it (`eval`). Its imports are those of a script at the project's root.
    Text {
        /// The name.
        name: String,
        /// The text.
        text: String,
    },
}

/// The places where scripts and modules are.
#[derive(Clone)]
pub struct Library {
    /// The project's root, canonical.
    root: PathBuf,
    embedded: Embedded,
    sources: Arc<dyn Sources>,
}

impl Library {
    /// The library of the project at `root`.
    ///
    /// # Errors
    /// The root is not there.
    pub fn new(root: &Path, embedded: Embedded, sources: Arc<dyn Sources>) -> io::Result<Self> {
        Ok(Self { root: sources.canonical(root)?, embedded, sources })
    }

    /// The project's root, canonical.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads and compiles `entry` and everything it imports, directly or not. Nothing runs.
    ///
    /// # Errors
    /// The first mistake, at its line: a file that is not there or lies outside the project, a syntax error, an import
    /// that is computed, not there, outside the project, or part of a cycle.
    pub fn load(&self, entry: &Entry) -> Result<Program, Box<Report>> {
        load::load(self, entry)
    }
}
