//! `gantry runs`: what ran here, how it ended, what it changed.

use super::args::Runs;
use super::compose;
use super::exit::Exit;
use super::output::{Format, Manner};
use super::project::Project;
use super::run_record::Record;
use super::words_of_time::instant;
use super::{print, script, show};
use crate::effects::fault::Fault;
use crate::effects::journal::entry::{Answer, Entry};
use crate::effects::journal::waiting::{Waiting, waiting};
use crate::effects::summary;
use crate::effects::written::written;
use serde_json::{Value, json};

/// Does what was asked.
pub fn told(asked: &Runs, manner: Manner) -> Exit {
    let done = script::here().and_then(|project| match asked {
        Runs::List => {
            list(&project, manner);
            Ok(())
        }
        Runs::Show(run) => newest_or(&project, run.clone()).map_or(Ok(()), |run| shown(&project, &run, manner)),
        Runs::Prune(keep) => pruned(&project, *keep),
        Runs::Forget(run) => forgotten(&project, run),
    });
    match done {
        Ok(()) => Exit::Done,
        Err(fault) => {
            show::fault(&fault, manner);
            Exit::of(Some(&fault), false)
        }
    }
}

fn list(project: &Project, manner: Manner) {
    let runs = compose::runs(&project.root);
    let records = runs.iter().map(|run| (run, Record::read(project, run), compose::is_held(&project.root, run)));
    let rows: Vec<_> = records
        .map(|(run, record, held)| match record {
            Ok(record) => {
                let changed = changes(&record).len();
                json!({ "run": run, "standing": record.standing(held), "script": record.head.script,
                        "began": instant(record.head.at), "changed": changed })
            }
            Err(fault) => json!({ "run": run, "standing": "unreadable", "why": fault.message }),
        })
        .collect();
    if manner.format == Format::Json {
        return print::result(&json!(rows).to_string());
    }
    if rows.is_empty() {
        none(project);
    }
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for row in &rows {
        let changed = row.get("changed").and_then(Value::as_u64).unwrap_or(0);
        print::result(&format!(
            "{}  {:10}  {changed} changed  {}{}",
            text(row, "run"),
            text(row, "standing"),
            text(row, "script"),
            text(row, "why")
        ));
    }
}

/// The named run, or the newest; told where there is none.
fn newest_or(project: &Project, run: Option<String>) -> Option<String> {
    let run = run.or_else(|| compose::runs(&project.root).pop());
    if run.is_none() {
        none(project);
    }
    run
}

fn none(project: &Project) {
    print::aside(&format!("nothing has run below {} that wrote something or waited", project.root.display()));
}

/// What a run changed, in words.
fn changes(record: &Record) -> Vec<String> {
    use crate::effects::journal::state::Step;
    let steps = record.state.steps.values();
    let written = steps.filter_map(|step| match step {
        Step::Done(call, answer, _) => written(call, &answer.as_ref().clone().into()),
        Step::Started(..) | Step::InDoubt(..) => None,
    });
    written.map(|(what, _)| what).collect()
}

fn shown(project: &Project, run: &str, manner: Manner) -> Result<(), Fault> {
    let record = Record::read(project, run)?;
    let held = compose::is_held(&project.root, run);
    if manner.format == Format::Json {
        let entries = serde_json::to_value(&record.entries).unwrap_or(Value::Null);
        let object = json!({
            "run": run,
            "standing": record.standing(held),
            "changed": changes(&record),
            "in_doubt": record.state.in_doubt().iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>(),
            "entries": entries,
        });
        print::result(&object.to_string());
        return Ok(());
    }
    print::result(&format!("run       {run}"));
    print::result(&format!("standing  {}", record.standing(held)));
    print::result(&format!("script    {}", record.head.script));
    print::result(&format!("arguments {}", record.head.arguments));
    print::result(&format!("gantry    {}", record.head.version));
    for (name, identity) in &record.state.sessions {
        let account = identity.account.as_deref().unwrap_or("unknown");
        print::result(&format!("session   {name}: account {account}, {}", identity.region));
    }
    for one in waiting(&record.state) {
        print::result(&match one {
            Waiting::Approval(question) => {
                format!("waits     for an approval: {question} (`gantry resume {run} --approve`)")
            }
            Waiting::Until(at) => format!("waits     until {} (`gantry resume --due`)", instant(at)),
        });
    }
    for line in story(&record) {
        print::result(&line);
    }
    for (key, call) in record.state.in_doubt() {
        print::result(&format!("in doubt  call {key}: {}", summary::asked(call)));
    }
    Ok(())
}

/// The run, call by call.
fn story(record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    let mut started = std::collections::BTreeMap::new();
    for entry in &record.entries {
        match entry {
            Entry::Head(head) => lines.push(format!("{}  begun", instant(head.at))),
            Entry::Resume { at, .. } => lines.push(format!("{}  gone on with", instant(*at))),
            Entry::Plan(plan) => lines.push(format!("{}  planned", instant(plan.head.at))),
            Entry::Session { .. } => {}
            Entry::Start { key, call, origin, at, .. } => {
                started.insert(key, (call, origin, *at));
            }
            Entry::Done { key, result, at } => {
                let Some((call, origin, began)) = started.get(key) else { continue };
                let (took, what) = (at - began, outcome(call, result));
                let line = format!("{}  {key:>4}  {what}  ({took} ms, {}:{})", instant(*at), origin.file, origin.line);
                lines.push(line);
            }
            Entry::PutBack { key, at } => {
                let Some((call, ..)) = started.get(key) else { continue };
                let undone = call.undone_by().map(|undo| summary::asked(&undo)).unwrap_or_default();
                lines.push(format!("{}  {key:>4}  put back: {undone}", instant(*at)));
            }
            Entry::End { outcome, exit, at, deadline } => {
                let word = serde_json::to_value(outcome).ok();
                let word = word.as_ref().and_then(Value::as_str).unwrap_or_default();
                let why = deadline.map(|deadline| format!(": its deadline of {deadline} had passed"));
                lines.push(format!("{}  {word} (exit {exit}){}", instant(*at), why.unwrap_or_default()));
            }
        }
    }
    lines
}

fn outcome(call: &crate::effects::call::Call, answer: &Answer) -> String {
    match answer {
        Answer::Reply(_) => {
            written(call, &answer.clone().into()).map_or_else(|| summary::asked(call), |(what, _)| what)
        }
        Answer::Fault(fault) => format!("{}: {} ({})", summary::asked(call), fault.message, fault.code),
    }
}

/// Removes one run, unless a process is at it.
fn forgotten(project: &Project, run: &str) -> Result<(), Fault> {
    if !compose::runs(&project.root).iter().any(|known| known == run) {
        return Err(Fault::usage(format!("there is no run `{run}`")).hint("`gantry runs` lists them"));
    }
    if compose::is_held(&project.root, run) {
        return Err(Fault::usage(format!("run {run} is going on")));
    }
    compose::remove_run(&project.root, run)
        .map_err(|error| Fault::usage(format!("run {run} cannot be removed: {error}")))?;
    print::result(&format!("removed {run}"));
    Ok(())
}

/// Removes finished runs but for the newest `keep`. What can still be gone on with stays.
fn pruned(project: &Project, keep: usize) -> Result<(), Fault> {
    let finished: Vec<_> = compose::runs(&project.root)
        .into_iter()
        .filter(|run| !compose::is_held(&project.root, run))
        .filter(|run| Record::read(project, run).is_ok_and(|record| !record.is_open()))
        .collect();
    let old = finished.len().saturating_sub(keep);
    for run in finished.iter().take(old) {
        compose::remove_run(&project.root, run)
            .map_err(|error| Fault::usage(format!("run {run} cannot be removed: {error}")))?;
        print::result(&format!("removed {run}"));
    }
    Ok(())
}
