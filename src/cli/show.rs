//! Diagnoses, for people and for programs.

use super::output::{Format, Manner, words};
use super::print;
use crate::effects::fault::Fault;
use crate::script::report::{Report, render};
use serde_json::{Value, json};

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
        print::aside(&json!({ "event": "error", "error": fault }).to_string());
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

/// A report as data.
pub fn object(report: &Report) -> Value {
    json!({
        "message": report.message,
        "at": report.location(),
        "facts": report.facts,
        "hint": report.hint,
        "frames": report.frames.iter().map(|frame| json!({ "message": frame.message, "at": frame.location() })).collect::<Vec<_>>(),
    })
}
