//! What the stories stand on: a project in a folder of its own, gantry as a stranger starts it, and real servers.
#![allow(dead_code, reason = "each story uses its own part")]
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

pub mod image;
pub mod images;
pub mod layout;
pub mod moto;
pub mod project;
pub mod rehearsed;
pub mod running;
pub mod sandbox;
pub mod servers;
pub mod silent;
pub mod sittings;
pub mod stage;
pub mod thrice;
pub mod two_services;
pub mod way;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A gantry that was started and has ended.
#[derive(Debug)]
pub struct Ended {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// gantry with a cleared environment, in `folder`.
pub fn gantry(folder: &Path) -> Started {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::null());
    Started(command)
}

/// gantry, about to be started.
pub struct Started(Command);

impl Started {
    pub fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.0.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end.
    pub fn ends(mut self) -> Ended {
        Ended::of(self.0.output().expect("gantry starts"))
    }

    /// Runs it to its end with its standard error closed.
    pub fn ends_unheard(self) -> Ended {
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 2>&-"]).arg(self.0.get_program()).args(self.0.get_args());
        shell.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        if let Some(folder) = self.0.get_current_dir() {
            shell.current_dir(folder);
        }
        Ended::of(shell.output().expect("sh starts"))
    }

    /// The command itself, for stories that interrupt it.
    pub fn command(self) -> Command {
        self.0
    }
}

impl Ended {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("gantry prints UTF-8");
        Self { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
    }

    /// The same with every duration below ten seconds told as `0.0s`: the machine's speed is no part of the story.
    #[must_use]
    pub fn timeless(mut self) -> Self {
        self.stderr = timeless(&self.stderr);
        self
    }

    /// Asserts exit code, stdout and stderr, all of each.
    #[track_caller]
    pub fn is(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (code, stdout, stderr), "\n{self}");
        self
    }

    /// Asserts exit code, stdout and that stderr is one of these, where a signal may meet the script at several places.
    #[track_caller]
    pub fn is_one_of(&self, code: i32, stdout: &str, stories: &[String]) -> &Self {
        let told = stories.iter().find(|story| **story == self.stderr).unwrap_or(&stories[0]);
        self.is(code, stdout, told)
    }

    /// Asserts the exit code, and that nobody panicked.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "\n{self}");
        assert!(!self.stderr.contains("panicked"), "\n{self}");
        self
    }

    /// What it printed as JSON. Asserts that it ended well.
    #[track_caller]
    pub fn value(&self) -> serde_json::Value {
        self.exits(0);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Asserts that stderr holds each of these, in this order.
    #[track_caller]
    pub fn says<const N: usize>(&self, parts: [&str; N]) -> &Self {
        let mut rest = self.stderr.as_str();
        for part in parts {
            let at = rest.find(part);
            rest = &rest[at.unwrap_or_else(|| panic!("`{part}` is missing, or not in this order, in\n{self}"))..];
        }
        self
    }

    /// Asserts that stdout is empty.
    #[track_caller]
    pub fn prints_nothing(&self) -> &Self {
        assert_eq!(self.stdout, "", "\n{self}");
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "exit {}\n-- stdout\n{}\n-- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// `text` with each `3.1s` as `0.0s`; a rehearsed text never needs it.
pub fn timeless(text: &str) -> String {
    let parts = text.split_inclusive('s').map(|part| {
        let digits: Vec<char> = part.chars().rev().take(5).collect();
        match digits.as_slice() {
            ['s', tenths, '.', seconds, before @ ..]
                if tenths.is_ascii_digit() && seconds.is_ascii_digit() && !before.iter().any(char::is_ascii_digit) =>
            {
                format!("{}0.0s", part.strip_suffix(['s']).map_or("", |rest| &rest[..rest.len() - 3]))
            }
            _ => part.to_owned(),
        }
    });
    parts.collect()
}

/// The project's own checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
