//! What is wrong with a reference, and at which character.

use std::fmt::Write as _;

/// The kind of a mistake, for code that must tell them apart; [`ReferenceError::reason`] tells people more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing was given.
    Empty,
    /// A character, or an order of characters, that the grammar does not have.
    Format,
    /// The repository has upper-case letters.
    Uppercase,
    /// The path has more than 255 bytes, or the tag more than 128.
    TooLong,
    /// The digest's algorithm is not one we know.
    UnknownAlgorithm,
    /// The digest has too few or too many digits for its algorithm.
    DigestLength,
    /// A familiar name where the full one is required.
    NotCanonical,
}

/// A text that is not the reference, tag or digest it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{noun} {input:?}: {reason}")]
pub struct ReferenceError {
    /// What the text should have been: `image reference`, `digest`, `tag`.
    pub noun: &'static str,
    /// The text as given.
    pub input: String,
    /// The offending character, counted in characters from 0; the text's length where something is missing at its end.
    pub at: usize,
    /// The kind of the mistake.
    pub kind: Malformed,
    /// What is wrong, without the text itself.
    pub reason: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl ReferenceError {
    pub(super) fn new(noun: &'static str, input: &str, flaw: Flaw) -> Self {
        let at = input.char_indices().take_while(|(byte, _)| *byte < flaw.at).count();
        Self { noun, input: input.to_owned(), at, kind: flaw.kind, reason: flaw.reason, hint: flaw.hint }
    }

    /// Two lines: the text, and a `^` under the offending character.
    ///
    /// Control characters are shown as one `\u{fffd}` each, so that the text stays on its line and the caret in place.
    pub fn caret(&self) -> String {
        let mut out: String = self.input.chars().map(visible).collect();
        let columns: usize = self.input.chars().take(self.at).map(width).sum();
        // Writing to a String cannot fail.
        let _ = write!(out, "\n{:columns$}^", "");
        out
    }
}

/// A mistake inside one piece of a reference, its place in bytes from the piece's start.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) kind: Malformed,
    pub(super) reason: String,
    pub(super) hint: Option<String>,
}

impl Flaw {
    pub(super) fn format(at: usize, reason: impl Into<String>) -> Self {
        Self::of(Malformed::Format, at, reason)
    }

    pub(super) fn of(kind: Malformed, at: usize, reason: impl Into<String>) -> Self {
        Self { at, kind, reason: reason.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same mistake, in a text that has `bytes` more before the piece.
    pub(super) fn shifted(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }
}

fn visible(c: char) -> char {
    if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }
}

/// Columns of a terminal that a character takes, near enough for a caret: the East Asian and emoji blocks take two.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}
