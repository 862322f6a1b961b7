//! What cli itself asks of the machine: its arguments, where it stands, and what its user prefers.
#![expect(clippy::disallowed_methods, reason = "this file is where cli asks")]

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The command line.
pub fn arguments() -> Vec<OsString> {
    env::args_os().collect()
}

/// The folder gantry was started in.
pub fn here() -> io::Result<PathBuf> {
    env::current_dir()
}

/// A variable that is set and not empty, as `NO_COLOR` and `CI` are meant.
pub fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Who has started gantry, as the environment says.
pub fn user() -> String {
    let name = ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok().filter(|name| !name.is_empty()));
    name.unwrap_or_else(|| "somebody".to_owned())
}

/// Whether this process was started to outlive its terminal, as nohup does it.
pub fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is the first signal, and so the lowest bit
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Whether the terminal can do nothing but print.
pub fn is_dumb_terminal() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// A file of the project or of the user.
///
/// # Errors
/// Also a file that is not UTF-8, with the place where it is not.
pub fn read(path: &Path) -> io::Result<String> {
    String::from_utf8(fs::read(path)?).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default());
        let line = text.split('\n').count();
        let column = text.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let message = format!("it is not UTF-8 at line {line}, column {column}");
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// Keeps a file for the user, readable by them alone: what a plan read may be confidential.
pub fn keep(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // a file that was there keeps its mode otherwise
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// An absolute path with its links followed.
pub fn canonical(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}

/// Whether there is a file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The names in a folder, sorted; none where it cannot be read.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Ends the process at once.
pub fn end(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
