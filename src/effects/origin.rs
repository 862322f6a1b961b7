//! Where in a script a call was made.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file, relative to the project's root; `std/…` for embedded modules.
    pub file: String,
    /// From 1; 0 where unknown.
    pub line: usize,
    /// In characters, from 1; 0 where unknown.
    pub column: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}
