//! Diagnoses, for people and for programs.

use super::output::{Format, Manner, words};
use super::print;
use crate::effects::fault::Fault;
use crate::script::diagnose::Failure;
use crate::script::report::{Report, render};
use serde_json::{Value, json};

/// Tells how a script failed.
pub fn failure(failure: &Failure, manner: Manner) {
    match manner.format {
        Format::Json => print::aside(&json!({ "event": "error", "error": of_failure(failure) }).to_string()),
        Format::Text => report(&failure.report, manner),
    }
}

/// Tells a mistake in a script.
pub fn report(report: &Report, manner: Manner) {
    match manner.format {
        Format::Json => print::aside(&json!({ "event": "error", "error": object(report) }).to_string()),
        Format::Text => print::aside(render(&clean(report), manner.color, manner.terminal).trim_end()),
    }
}

/// The report without characters that would steer the terminal: messages come from scripts and servers.
fn clean(report: &Report) -> Report {
    let mut report = report.clone();
    report.message = words::clean(&report.message);
    report.hint = report.hint.as_deref().map(words::clean);
    report.facts = report.facts.iter().map(|fact| words::clean(fact)).collect();
    report.frames = report.frames.iter().map(clean).collect();
    report
}

/// Tells a mistake that no script has made.
pub fn fault(fault: &Fault, manner: Manner) {
    if manner.format == Format::Json {
        print::aside(&json!({ "event": "error", "error": of_fault(fault) }).to_string());
        return;
    }
    print::aside(&format!("error: {}", words::clean(&fault.message)));
    for line in &fault.details {
        print::aside(&format!("  - {}", words::clean(line)));
    }
    if let Some(hint) = &fault.hint {
        print::aside(&format!("  hint: {}", words::clean(hint)));
    }
}

/// A failure as data: its fault's code stands beside where in the script it came up.
pub fn of_failure(failure: &Failure) -> Value {
    let code = failure.fault.as_ref().map_or(SCRIPT, |fault| fault.code.as_str());
    let retryable = failure.fault.as_ref().is_some_and(|fault| fault.retryable);
    error(&failure.report, code, retryable)
}

/// The code of a mistake that is the script's own.
const SCRIPT: &str = "Script";

fn object(report: &Report) -> Value {
    error(report, SCRIPT, false)
}

fn of_fault(fault: &Fault) -> Value {
    let report = Report::new(&fault.message).hint(fault.hint.clone());
    error(&Report { facts: fault.details.clone(), ..report }, &fault.code, fault.retryable)
}

/// Every error has the same members, whoever made it.
fn error(report: &Report, code: &str, retryable: bool) -> Value {
    let frames = report.frames.iter().map(|frame| json!({ "message": frame.message, "at": frame.location() }));
    json!({
        "code": code,
        "message": report.message,
        "at": report.location(),
        "facts": report.facts,
        "hint": report.hint,
        "retryable": retryable,
        "frames": frames.collect::<Vec<_>>(),
    })
}
