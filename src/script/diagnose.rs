//! From Rhai's errors to reports: the message, the line, the calls that led there, and what to do.

mod frames;
mod hints;

use super::library::Program;
use super::names::Names;
use super::position::span;
use super::report::Report;
use super::thrown::Thrown;
use crate::effects::fault::{Fault, FaultKind};
use frames::{Trace, trace};
use rhai::{Dynamic, Engine, EvalAltResult, ParseError, Position};

/// Why a script did not end well.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is shown.
    pub report: Box<Report>,
    /// The fault that ended the script, whose kind picks the exit code; `None` for the script's own mistakes and what
    /// it threw itself.
    pub fault: Option<Fault>,
}

impl Failure {
    /// A failure without a place: the fault alone.
    pub fn of(fault: Fault) -> Self {
        let mut report = Report::new(fault.message.clone()).hint(fault.hint.clone());
        report.facts.clone_from(&fault.details);
        Self { report: Box::new(report), fault: Some(fault) }
    }
}

/// The report of a text that is not Rhai.
pub fn syntax(file: &str, text: &str, error: &ParseError, engine: &Engine) -> Report {
    let (message, hint) = hints::syntax(error.err_type(), || Names::of(engine));
    Report::new(message).at(file, text, error.position(), "").hint(hint)
}

/// What became of a run that ended with `error`.
pub fn failure(error: &EvalAltResult, program: &Program, engine: &Engine) -> Failure {
    let Trace { root, file, position, calls } = trace(error, &program.entry);
    let thrown = thrown(root);
    // An uncatchable error loses its position on its way out; the fault knows where it was met.
    let (file, position) = match &thrown {
        Some(thrown) if thrown.at.line > 0 && matches!(root, EvalAltResult::ErrorTerminated(..)) => {
            (thrown.at.file.clone(), place(thrown))
        }
        _ => (file, position),
    };
    let (message, hint) = match &thrown {
        Some(thrown) => (thrown.fault.message.clone(), thrown.fault.hint.clone()),
        None => hints::run(root, before(program.text(&file), position), || Names::of(engine).with(program)),
    };
    let mut report = Report::new(message).at(&file, program.text(&file), position, "").hint(hint);
    if let Some(thrown) = &thrown {
        report.facts.clone_from(&thrown.fault.details);
        report.frames.extend(first_thrown(thrown, &file, position, program));
    }
    report.frames.extend(calls.into_iter().rev().map(|call| {
        let message = format!("called from {}:{}", call.file, call.position.line().unwrap_or(0));
        Report::new(message).at(&call.file, program.text(&call.file), call.position, &call.label).remark()
    }));
    Failure { report: Box::new(report), fault: thrown.map(|thrown| thrown.fault) }
}

/// A fault that was caught and thrown again is told with both places.
fn first_thrown(thrown: &Thrown, file: &str, position: Position, program: &Program) -> Option<Report> {
    let first = place(thrown);
    let same = thrown.at.line == 0 || (thrown.at.file == file && first == position);
    (!same).then(|| {
        let text = program.text(&thrown.at.file);
        Report::new("it was first thrown by this call").at(&thrown.at.file, text, first, "this call").remark()
    })
}

fn place(thrown: &Thrown) -> Position {
    let [line, column] = [thrown.at.line, thrown.at.column].map(|n| u16::try_from(n).unwrap_or(0));
    if line == 0 { Position::NONE } else { Position::new(line, column) }
}

/// What stands before a place, on its line.
fn before(text: &str, position: Position) -> &str {
    let start = span(text, position).map_or(0, |bytes| bytes.start);
    let before = text.get(..start).unwrap_or("");
    before.rsplit('\n').next().unwrap_or("")
}

/// The typed fault in an error, if one of ours it is.
fn thrown(root: &EvalAltResult) -> Option<Thrown> {
    match root {
        EvalAltResult::ErrorRuntime(value, _) => value.clone().try_cast::<Thrown>(),
        EvalAltResult::ErrorTerminated(token, _) => {
            Some(token.clone().try_cast::<Thrown>().unwrap_or_else(|| unknown_end(token)))
        }
        _ => None,
    }
}

fn unknown_end(token: &Dynamic) -> Thrown {
    let fault = Fault::new(FaultKind::Interrupted, "Interrupted", format!("the script was ended: {token}"));
    Thrown { fault, at: crate::effects::origin::Origin { file: String::new(), line: 0, column: 0 } }
}
