//! The only code that prints. A reader who has gone away is no error: the release goes on.
#![expect(clippy::disallowed_methods, reason = "printing is this file's")]

use std::io::{self, IsTerminal as _, Write as _};

/// Prints a line of the result.
pub fn result(line: &str) {
    if let Err(error) = writeln!(io::stdout().lock(), "{line}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        aside(&format!("error: the result cannot be written: {error}"));
        super::machine::end(super::exit::Exit::Failed as u8);
    }
}

/// Prints a line of progress, log or diagnosis.
pub fn aside(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether progress can be live.
pub fn asides_on_a_terminal() -> bool {
    io::stderr().is_terminal()
}
