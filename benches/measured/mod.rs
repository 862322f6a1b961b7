//! What a process costs: time on the wall, time of a processor, memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4 as _;

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From its start to its end.
    pub wall: Duration,
    /// User and system time of it and of all that it waited for.
    pub cpu: Duration,
    /// The greatest resident set of one of these processes, in bytes.
    pub memory: u64,
    /// When it had ended.
    pub ended: Instant,
}

/// Runs it to its end, with nothing to read and nobody to listen.
///
/// # Errors
/// It does not start, or ends with another status than 0: what it said.
pub fn run(command: &mut Command) -> Result<Cost, String> {
    let said = std::env::temp_dir().join(format!("gantry-bench-{}.log", std::process::id()));
    let file = std::fs::File::create(&said).map_err(|error| error.to_string())?;
    let copy = file.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(file).stderr(copy);
    // a child begins with the greatest resident set that its parent ever had: forget that
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let used = child.wait4().map_err(|error| error.to_string())?;
    let ended = Instant::now();
    let told = std::fs::read_to_string(&said).unwrap_or_default();
    let _ = std::fs::remove_file(&said);
    if !used.status.success() {
        return Err(format!("{} ended with {}: {told}", command.get_program().display(), used.status));
    }
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Cost { wall: ended - began, cpu, memory: used.rusage.maxrss, ended })
}

/// The one in the middle; 0 of nothing.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    match (all.len(), all.len() / 2) {
        (0, _) => 0.0,
        (odd, middle) if odd % 2 == 1 => all[middle],
        (_, middle) => f64::midpoint(all[middle - 1], all[middle]),
    }
}
