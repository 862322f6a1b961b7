//! What is shown of a mistake: a message, the line with a caret, the calls that led there, and what to do.

use super::position::span;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use rhai::Position;
use std::fmt;

/// A mistake or a warning, with its place in a script.
#[derive(Debug, Clone)]
pub struct Report {
    /// What is wrong.
    pub message: String,
    /// More of it, a line each: a stopped task, an event.
    pub facts: Vec<String>,
    /// Where.
    pub place: Option<Place>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The calls that led there, innermost first.
    pub frames: Vec<Report>,
    /// An error, a warning, or a remark to one.
    pub severity: Severity,
}

/// A line of more bytes is generated, or no script at all: it would bury what is said about it.
const LONGEST_SHOWN: usize = 1_000;

/// A word of a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The line and the column in characters, from 1; 0 where they are not known.
    pub line: usize,
    /// See `line`.
    pub column: usize,
    source: NamedSource<String>,
    label: Option<LabeledSpan>,
}

impl Report {
    /// A report without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            facts: Vec::new(),
            place: None,
            hint: None,
            frames: Vec::new(),
            severity: Severity::Error,
        }
    }

    /// The same at a place of `file`, whose whole text is `text`; `label` stands beside the caret.
    #[must_use]
    pub fn at(mut self, file: &str, text: &str, position: Position, label: &str) -> Self {
        let label = (!label.is_empty()).then(|| label.to_owned());
        let line = position.line().unwrap_or(0);
        let shown = text.lines().skip(line.saturating_sub(2)).take(3).all(|line| line.len() <= LONGEST_SHOWN);
        let bytes = if shown { span(text, position) } else { None };
        if !shown {
            let column = position.position().unwrap_or(0);
            self.facts.push(format!("at {file}:{line}:{column}, where lines are too long to be shown"));
        }
        self.place = Some(Place {
            file: file.to_owned(),
            line: position.line().unwrap_or(0),
            column: position.position().unwrap_or(0),
            source: NamedSource::new(file, text.to_owned()),
            label: bytes.map(|bytes| LabeledSpan::new(label, bytes.start, bytes.len())),
        });
        self
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same, as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same, as a remark to another report.
    #[must_use]
    pub fn remark(mut self) -> Self {
        self.severity = Severity::Advice;
        self
    }

    /// `file:line:column`, as far as it is known.
    pub fn location(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        Some(format!("{}:{}:{}", place.file, place.line, place.column))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        self.facts.iter().try_for_each(|fact| write!(out, "\n- {fact}"))
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.place.as_ref().map(|place| &place.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.place.iter().filter_map(|place| place.label.clone())))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as _)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.frames.iter().map(|frame| frame as &dyn Diagnostic)))
    }
}

/// The report as text, for standard error: with colours or without, drawn with lines or with plain ASCII.
pub fn render(report: &Report, color: bool, unicode: bool) -> String {
    let theme = match (color, unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::ascii(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120).without_cause_chain();
    // Long words (digests, ARNs) must stay whole, so that they can be copied.
    let handler = handler.with_break_words(false).without_syntax_highlighting();
    // A pipe has no width: whoever searches it wants whole lines.
    let handler = handler.with_wrap_lines(unicode);
    let mut text = String::new();
    match handler.render_report(&mut text, report) {
        Ok(()) => text,
        // Only a formatter that fails can bring this about, and a String does not.
        Err(fmt::Error) => report.to_string(),
    }
}
