//! Programs of the machine: the one place that starts any.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

/// So many of its last lines are kept.
const KEPT: usize = 20;
/// The most of a line that is told, in bytes.
const LINE: usize = 4096;

/// A program and what it is given. It has the environment of this process.
pub struct Program {
    /// Found by `PATH`.
    pub name: &'static str,
    /// One by one: no shell reads them.
    pub args: Vec<String>,
    /// Beside the environment that it inherits.
    pub environment: Vec<(&'static str, OsString)>,
}

/// How a program is talked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It reads nothing, and its lines are told to people: shortened, empty ones left out, and of what a bar of progress drew
    /// over itself the last.
    Told,
    /// What it reads has no end while it runs, and its lines are taken as they are.
    Session,
}

/// How a program ended.
pub struct Ended {
    /// Whether it says that all went well.
    pub success: bool,
    /// How, in words: `exit status: 1`.
    pub status: String,
    /// The last lines it printed.
    pub tail: Vec<String>,
}

impl Program {
    /// Runs it to its end, and tells each line that it prints. It is killed when nobody awaits its end any more.
    ///
    /// # Errors
    /// `NotFound` where there is no such program; what the system says otherwise.
    pub async fn run(&self, manner: Manner, mut each: impl FnMut(&str) + Send) -> io::Result<Ended> {
        let mut command = self.command();
        command.stdin(if manner == Manner::Session { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let _open = child.stdin.take();
        let (mut out, mut err) = (Lines::of(child.stdout.take()), Lines::of(child.stderr.take()));
        let mut tail = Vec::new();
        loop {
            let line = tokio::select! {
                line = out.next(), if !out.over => line?,
                line = err.next(), if !err.over => line?,
                else => break,
            };
            let Some(line) = line else { continue };
            if manner == Manner::Session {
                each(&line);
            }
            let line = as_told(&line);
            if line.trim().is_empty() {
                continue;
            }
            if manner == Manner::Told {
                each(&line);
            }
            if tail.len() == KEPT {
                tail.remove(0);
            }
            tail.push(line);
        }
        let status = child.wait().await?;
        Ok(Ended { success: status.success(), status: status.to_string(), tail })
    }

    /// Runs it to its end with the terminal of this process: whether it says that all went well, and how it ended.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub async fn at_the_terminal(&self) -> io::Result<(bool, String)> {
        let _as_before = Terminal::kept();
        let status = self.command().status().await?;
        Ok((status.success(), status.to_string()))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        command.args(&self.args).envs(self.environment.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
        command
    }
}

/// How the terminal is set, put back when this is dropped: a program that is killed leaves it without an echo.
struct Terminal(String);

impl Terminal {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    fn stty(settings: &str) -> io::Result<std::process::Output> {
        let mut command = std::process::Command::new("stty");
        command.arg(settings).stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::null()).output()
    }

    /// None where nobody can tell.
    fn kept() -> Option<Self> {
        let told = Self::stty("-g").ok().filter(|told| told.status.success())?;
        Some(Self(String::from_utf8_lossy(&told.stdout).trim().to_owned()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Self::stty(&self.0);
    }
}

/// What a program answered to what it was given.
pub struct Answered {
    /// Whether it says that all went well.
    pub success: bool,
    /// How it ended, in words.
    pub status: String,
    /// What it printed on stdout.
    pub printed: String,
    /// What it printed on stderr.
    pub complained: String,
}

/// Gives `input` to a program and waits for its answer, which nobody is shown.
///
/// # Errors
/// `NotFound` where there is no such program, `TimedOut` where it takes longer than `limit`, and is killed; what the
/// system says otherwise.
#[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
pub async fn answer(name: &str, args: &[&str], input: &str, limit: Duration) -> io::Result<Answered> {
    let mut command = Command::new(name);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let work = async {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            match stdin.write_all(input.as_bytes()).await {
                // it need not read what it is given
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
                _ => drop(stdin),
            }
        }
        child.wait_with_output().await
    };
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", limit.as_secs()));
    let output = tokio::time::timeout(limit, work).await.map_err(late)??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Answered {
        success: output.status.success(),
        status: output.status.to_string(),
        printed: text(&output.stdout),
        complained: text(&output.stderr),
    })
}

/// The lines of one of its outputs.
struct Lines<R> {
    reader: Option<BufReader<R>>,
    over: bool,
    /// Kept here, so that nothing is lost when the other output is the first to have a line.
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn of(output: Option<R>) -> Self {
        Self { over: output.is_none(), reader: output.map(BufReader::new), line: Vec::new() }
    }

    /// The next line; none at the end.
    async fn next(&mut self) -> io::Result<Option<String>> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        if reader.read_until(b'\n', &mut self.line).await? == 0 && self.line.is_empty() {
            self.over = true;
            return Ok(None);
        }
        let line = std::mem::take(&mut self.line);
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

/// A line for people: of what a bar of progress drew over itself, the last is what stood there.
fn as_told(line: &str) -> String {
    let line = line.trim_end();
    let short = line.get(..line.floor_char_boundary(LINE)).unwrap_or(line);
    short.rsplit('\r').next().unwrap_or_default().to_owned()
}
