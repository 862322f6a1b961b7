//! One line a change, for pipes, files and CI.

use super::story::Story;
use super::{Manner, words};
use crate::cli::print;
use crate::effects::event::{Event, Level, Listener};
use std::sync::{Arc, Mutex, PoisonError};

/// Prints lines with the time since the run began.
pub struct Plain {
    manner: Manner,
    story: Arc<Story>,
    /// The last line about a rollout, and the last of its events that was printed.
    last: Mutex<(String, String)>,
}

impl Plain {
    /// Lines for `story`.
    pub fn new(manner: Manner, story: Arc<Story>) -> Self {
        Self { manner, story, last: Mutex::default() }
    }

    fn line(&self, text: &str) {
        print::aside(&format!("{:>7}  {}", words::duration(self.story.elapsed()), words::clean(text)));
    }

    fn rollout(&self, line: &str, latest: Option<&str>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest.filter(|latest| *latest != last.1) {
            self.line(&format!("  {latest}"));
            latest.clone_into(&mut last.1);
        }
        if line != last.0 {
            self.line(line);
            line.clone_into(&mut last.0);
        }
    }
}

impl Listener for Plain {
    fn hear(&self, event: &Event) {
        match event {
            Event::Step { message } => self.line(&format!("{}{message}", self.story.before())),
            Event::Log { level, message } if *level != Level::Debug || self.manner.verbose => {
                self.line(&format!("{}{}", self.story.before(), words::log(*level, message)));
            }
            Event::Log { .. } => {}
            Event::Transfer(transfer) => {
                if let Some(line) = words::transfer(transfer) {
                    self.line(&line);
                }
            }
            Event::Rollout { service, snapshot } => {
                self.rollout(&words::rollout(service, snapshot), snapshot.event.as_deref());
            }
            Event::Ended { key, call, millis, fault, .. } if self.manner.verbose => {
                let end = fault.as_ref().map_or_else(String::new, |code| format!(": {code}"));
                self.line(&format!("  call {key}: {call}{end} ({})", words::duration(*millis)));
            }
            Event::Began { .. } | Event::Replayed { .. } | Event::Ended { .. } => {}
        }
    }
}
