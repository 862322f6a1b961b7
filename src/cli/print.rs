//! The only code that prints. A reader who has gone away is no error: the release goes on.
#![expect(clippy::disallowed_methods, reason = "printing is this file's")]

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a part of the result could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether a part of the result could not be written, although somebody wanted it.
pub fn lost() -> bool {
    LOST.load(Ordering::SeqCst)
}

/// Prints a line of the result.
pub fn result(line: &str) {
    if let Err(error) = writeln!(io::stdout().lock(), "{line}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        aside(&format!("error: the result cannot be written: {error}"));
        LOST.store(true, Ordering::SeqCst);
    }
}

/// Prints a line of progress, log or diagnosis.
pub fn aside(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether there is a person who can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether another program can have it: what it prints is to be seen, too.
pub fn can_hand_over() -> bool {
    can_ask() && io::stdout().is_terminal()
}

/// Asks at the terminal, and gives the line that is typed; none where the terminal is closed. Blocks.
pub fn ask(question: &str) -> Option<String> {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    drop(stderr);
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

/// Whether progress can be live.
pub fn asides_on_a_terminal() -> bool {
    io::stderr().is_terminal()
}
