//! What a run did, kept for its end: the steps that took time or wrote, with their durations.

use super::{Format, Manner, words};
use crate::cli::exit::Exit;
use crate::cli::print;
use crate::effects::event::{Event, Listener};
use crate::effects::written::Written;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Tells milliseconds since 1970 on the run's clock.
type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// Hears everything and remembers what counts.
pub struct Story {
    clock: Clock,
    began: i64,
    planning: bool,
    calls: Mutex<Vec<Finished>>,
    replay: Mutex<Replay>,
}

/// What of a resumed run came out of its journal.
#[derive(Default)]
struct Replay {
    /// The key of the call that is being answered from it, or was the last one.
    now: Option<String>,
    keys: BTreeSet<String>,
}

struct Finished {
    call: String,
    write: bool,
    millis: u64,
    failed: bool,
}

/// How the run ended.
pub struct Ending<'a> {
    /// The exit code.
    pub exit: Exit,
    /// The script's value; null where it has none.
    pub value: Value,
    /// Whether it ended because it waits for a person.
    pub waiting: bool,
    /// Whether its deadline ended it.
    pub past_deadline: bool,
    /// What it wrote.
    pub written: &'a [Written],
    /// The run's name.
    pub run: &'a str,
    /// Whether it can be gone on with.
    pub resumable: bool,
    /// Where its journal is, if one is kept.
    pub journal: Option<String>,
    /// The error in a line, for `--output json`.
    pub error: Option<Value>,
}

/// Shorter reads are not worth a line of the summary.
const WORTH_TELLING_MILLIS: u64 = 1000;

impl Story {
    /// A story that begins now.
    pub fn new(clock: Clock) -> Self {
        let began = clock();
        Self { clock, began, planning: false, calls: Mutex::default(), replay: Mutex::default() }
    }

    /// The same for a plan: nothing in it happens.
    #[must_use]
    pub fn of_a_plan(self) -> Self {
        Self { planning: true, ..self }
    }

    /// Milliseconds since the run began.
    pub fn elapsed(&self) -> u64 {
        u64::try_from((self.clock)() - self.began).unwrap_or(0)
    }

    /// What stands before a line that is told now: that it is only planned, or that it happened in an earlier sitting.
    pub fn before(&self) -> &'static str {
        if self.planning {
            return "(planned) ";
        }
        let replaying = self.replay.lock().unwrap_or_else(PoisonError::into_inner).now.is_some();
        if replaying { "(before) " } else { "" }
    }

    /// Tells the end: the value on stdout, the summary beside it. With `value_only` there is no summary of a run that
    /// wrote nothing, and a value that is null is printed too.
    pub fn end(&self, manner: Manner, ending: &Ending<'_>, value_only: bool) {
        match manner.format {
            Format::Json if value_only && ending.exit == Exit::Done => print::result(&ending.value.to_string()),
            Format::Json => print::result(&self.object(ending).to_string()),
            Format::Text => {
                if !value_only || !ending.written.is_empty() {
                    self.summary(ending);
                }
                if ending.exit == Exit::Done && (value_only || !ending.value.is_null()) {
                    print::result(&pretty(&ending.value));
                }
            }
        }
    }

    fn object(&self, ending: &Ending<'_>) -> Value {
        let outcome = match ending.exit {
            Exit::Done => "done",
            Exit::Failed => "failed",
            Exit::Wrong => "wrong",
            Exit::Refused => "refused",
            Exit::Interrupted if ending.waiting => "waiting",
            Exit::Interrupted if ending.past_deadline => "past_deadline",
            Exit::Interrupted => "interrupted",
            Exit::Changes => "changes",
        };
        json!({
            "outcome": outcome,
            "exit": ending.exit as u8,
            "value": ending.value,
            "written": ending.written,
            "millis": self.elapsed(),
            "run": ending.run,
            "journal": ending.journal,
            "error": ending.error,
        })
    }

    fn summary(&self, ending: &Ending<'_>) {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = ending.written.len();
        print::aside("");
        let end = match ending.exit {
            Exit::Done => "done",
            Exit::Interrupted if ending.waiting => "stopped to wait",
            Exit::Interrupted if ending.past_deadline => "stopped by its deadline",
            Exit::Interrupted => "interrupted",
            Exit::Failed | Exit::Wrong | Exit::Refused | Exit::Changes => "failed",
        };
        let (took, count) = (words::duration(self.elapsed()), calls.len());
        let count = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
        print::aside(&format!("{end} in {took}: {count}, {writes} of them changed something"));
        for call in calls.iter().filter(|call| call.write || call.millis >= WORTH_TELLING_MILLIS) {
            let mark = if call.failed { "failed" } else { "" };
            print::aside(format!("{:>9}  {} {mark}", words::duration(call.millis), call.call).trim_end());
        }
        if ending.exit != Exit::Done && writes > 0 {
            print::aside("written before it ended:");
            for one in ending.written {
                let doubt = if one.in_doubt { " (in doubt: no answer came)" } else { "" };
                print::aside(&format!("  - {}{doubt}", one.what));
            }
        }
        if let Some(journal) = ending.journal.as_ref().filter(|_| writes > 0 || ending.waiting) {
            print::aside(&format!("journal: {journal}"));
        }
        if ending.resumable && ending.journal.is_some() {
            print::aside(&format!("`gantry resume {}` goes on with it", ending.run));
        }
    }
}

/// A value as JSON, one line where it is no structure.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

impl Listener for Story {
    fn hear(&self, event: &Event) {
        let mut replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Began { .. } => replay.now = None,
            Event::Replayed { key } => {
                replay.now = Some(key.clone());
                replay.keys.insert(key.clone());
            }
            Event::Ended { key, call, write, millis, fault } if replay.now.as_ref() != Some(key) => {
                let finished = Finished { call: call.clone(), write: *write, millis: *millis, failed: fault.is_some() };
                self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(finished);
            }
            _ => {}
        }
    }
}
