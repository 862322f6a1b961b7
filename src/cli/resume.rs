//! `gantry resume [RUN]`: goes on with a run that was interrupted.

use super::args::Resume;
use super::compose;
use super::exit::Exit;
use super::output::Manner;
use super::perform::{Job, Kind, perform};
use super::project::Project;
use super::run_record::{Record, missing};
use super::script::{self, Wrong};
use super::start::{Clockwork, in_runtime};
use super::words_of_time::instant;
use super::{asker, interrupt, machine, print, show};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::Journal;
use crate::effects::journal::entry::{Head, Outcome};
use crate::effects::journal::waiting::is_due;
use crate::script::json::to_map;
use crate::script::library::{Entry, Program};
use crate::script::stdlib;
use rhai::Map;
use std::collections::BTreeMap;

/// What is needed to go on.
struct Ready {
    record: Record,
    journal: Journal,
    program: Program,
    args: Map,
}

/// Goes on with the run that is named, or with the last one that can be gone on with.
pub fn resumed(asked: &Resume, manner: Manner) -> Exit {
    let project = match script::here() {
        Ok(project) => project,
        Err(fault) => {
            show::fault(&fault, manner);
            return Exit::Wrong;
        }
    };
    if !asked.due {
        return one(&project, asked, asked.run.clone().or_else(|| last_open(&project)), manner);
    }
    let due = due(&project);
    if due.is_empty() {
        print::aside("no run waits for a time that has come");
    }
    let mut first = Exit::Done;
    let mut due = due.into_iter();
    for run in due.by_ref() {
        let exit = one(&project, asked, Some(run), manner);
        first = if first == Exit::Done { exit } else { first };
        if interrupt::told() {
            break;
        }
    }
    let left: Vec<_> = due.collect();
    if !left.is_empty() {
        print::aside(&format!("not gone on with, because this was told to stop: {}", left.join(", ")));
    }
    first
}

/// Goes on with one run.
fn one(project: &Project, asked: &Resume, run: Option<String>, manner: Manner) -> Exit {
    let Some(run) = run else {
        let older: Vec<_> = compose::runs(&project.root).into_iter().filter(|run| is_open(project, run)).collect();
        print::aside("no run waits to be gone on with");
        if !older.is_empty() {
            print::aside(&format!("older runs that did not end are gone on with by name: {}", older.join(", ")));
        }
        return Exit::Done;
    };
    match ready(project, asked, run) {
        Ok(ready) => {
            let (head, began) = (&ready.record.head, instant(ready.record.head.at));
            print::aside(&format!("going on with run {}, begun {began}: {} {}", head.run, head.script, head.arguments));
            go_on(project, asked, ready, manner)
        }
        Err(Stop::Finished(run, outcome)) => {
            let (told, exit) = match outcome {
                Outcome::Done => ("is done", Exit::Done),
                Outcome::Failed | Outcome::Stopped => ("has failed, and that is judged", Exit::Failed),
            };
            print::aside(&format!("run {run} {told}: nothing to go on with"));
            exit
        }
        Err(Stop::Wrong(wrong)) => {
            wrong.show(manner);
            match wrong {
                Wrong::Fault(fault) => Exit::of(Some(&fault), false),
                Wrong::Reports(_) => Exit::Wrong,
            }
        }
    }
}

enum Stop {
    Wrong(Wrong),
    Finished(String, Outcome),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Wrong(Wrong::Fault(fault))
    }
}

fn ready(project: &Project, asked: &Resume, run: String) -> Result<Ready, Stop> {
    let (text, journal) = compose::reopen(project, &run).map_err(|error| missing(project, &run, &error))?;
    let record = Record::of(&run, &text)?;
    if let (Some(outcome), false) = (record.state.end, record.is_open()) {
        return Err(Stop::Finished(run, outcome));
    }
    let program = load(project, &record.head)?;
    if !asked.adopt {
        compare(&format!("of run {run}"), &record.head.sources, &program.sources)?;
    }
    let args = to_map(&record.head.arguments)
        .map_err(|why| Fault::new(FaultKind::Journal, "JournalUnreadable", format!("the arguments of {run}: {why}")))?;
    Ok(Ready { record, journal, program, args })
}

/// The runs that wait for a time that has come, and for nobody's approval.
fn due(project: &Project) -> Vec<String> {
    let now = compose::clock();
    let runs = compose::runs(&project.root).into_iter();
    runs.filter(|run| !compose::is_held(&project.root, run))
        .filter(|run| Record::read(project, run).is_ok_and(|record| is_due(&record.state, now)))
        .collect()
}

/// The newest run, where it is neither finished nor going on. An older one is never meant without its name: what has run
/// after it may have put something newer in its place.
fn last_open(project: &Project) -> Option<String> {
    let newest = compose::runs(&project.root).pop()?;
    is_open(project, &newest).then_some(newest)
}

fn is_open(project: &Project, run: &str) -> bool {
    !compose::is_held(&project.root, run) && Record::read(project, run).is_ok_and(|record| record.is_open())
}

fn load(project: &Project, head: &Head) -> Result<Program, Stop> {
    let embedded = stdlib::STDLIB.iter().any(|(name, _)| *name == head.script);
    let file = project.root.join(&head.script);
    let entry = match (embedded, head.script.as_str(), head.sources.get(&head.script)) {
        (true, script, _) => Entry::Embedded(script.to_owned()),
        (false, "eval", Some(text)) => Entry::Text { name: "eval".to_owned(), text: text.clone() },
        _ => Entry::File(file),
    };
    let loaded = script::library(project)?.load(&entry);
    loaded.map_err(|report| Stop::Wrong(Wrong::Reports(vec![*report])))
}

/// Compares the script `of` something with the one there is now.
///
/// # Errors
/// `ScriptChanged`, with the difference: another script could do something else with what is done already.
pub fn compare(of: &str, then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Result<(), Fault> {
    let files: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let empty = String::new();
    let mut details = Vec::new();
    for file in files {
        let (old, new) = (then.get(file).unwrap_or(&empty), now.get(file).unwrap_or(&empty));
        if old != new {
            let difference = similar::TextDiff::from_lines(old, new);
            let lines = difference
                .unified_diff()
                .context_radius(1)
                .header(&format!("{file} (begun)"), &format!("{file} (now)"))
                .to_string();
            details.extend(lines.lines().map(ToOwned::to_owned));
        }
    }
    if details.is_empty() {
        return Ok(());
    }
    let message = format!("the script {of} has changed since");
    Err(Fault::new(FaultKind::Diverged, "ScriptChanged", message)
        .details(details)
        .hint("put the script back, or go on with the changed one as far as its calls agree: `gantry resume --adopt`"))
}

fn go_on(project: &Project, asked: &Resume, ready: Ready, manner: Manner) -> Exit {
    let Ready { record, journal, program, args } = ready;
    in_runtime(Clockwork::Wall, manner, async {
        let outside = compose::real(project, asker::person(asked.approve.then(machine::user)));
        let kind = Kind::Resumed(Box::new(record.state));
        perform(Job { run: record.run, program, args, kind, deadline: asked.deadline }, outside, journal, manner).await
    })
}
