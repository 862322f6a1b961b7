//! A gantry that is on its way: heard while it runs, and sent signals.

use super::Ended;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What the first signal brings about.
pub const STOPPING: &str =
    "   0.0s  stopping: no new call begins; a write under way gets 10 s to answer (again to end at once)\n";

/// A gantry that is on its way.
pub struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    heard: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("gantry starts");
        let stderr = BufReader::new(child.stderr.take().expect("its stderr"));
        Self { child, stderr, heard: String::new() }
    }

    /// Listens until a line has `what` in it.
    pub fn after(mut self, what: &str) -> Self {
        let mut line = String::new();
        while !line.contains(what) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("UTF-8") > 0, "`{what}` never came in\n{}", self.heard);
            self.heard += &line;
        }
        self
    }

    /// Its process's id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(self, name: &str) -> Self {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &process]).status().expect("kill");
        assert!(sent.success(), "kill -{name} {process}");
        self
    }

    /// Waits for the end; it has to come sooner than any wait of these scripts.
    pub fn ends(mut self) -> Ended {
        let began = Instant::now();
        self.stderr.read_to_string(&mut self.heard).expect("UTF-8");
        let mut stdout = Vec::new();
        self.child.stdout.take().expect("its stdout").read_to_end(&mut stdout).expect("its stdout");
        let status = self.child.wait().expect("its status");
        assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
        Ended::of(Output { status, stdout, stderr: self.heard.into_bytes() }).timeless()
    }
}
