//! Scripts and modules as files.

use super::machine;
use crate::script::library::Sources;
use std::io;
use std::path::{Path, PathBuf};

/// Reads the machine's files for the library, which decides what may be read.
pub struct Files;

impl Sources for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        machine::read(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        machine::canonical(path)
    }
}
