//! What the values of an argument are, and the check of a given text.

use super::Argument;
use crate::domain::duration::Span;
use crate::domain::image_reference::Reference;
use crate::domain::nearest::nearest;
use crate::effects::fault::Fault;
use crate::script::bindings::image::malformed;
use rhai::Dynamic;
use serde::{Deserialize, Serialize};

/// The kind of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// There or not: true or false.
    Flag,
    /// One of `choices`.
    Choice,
    /// An image reference.
    Image,
    /// A duration: `15m`.
    Duration,
    /// A moment: `2026-07-25T03:00:00+09:00`.
    Time,
    /// A path, relative to the project's root.
    Path,
    /// Any number of texts.
    List,
    /// Any number of `KEY=VALUE`.
    Map,
}

impl Kind {
    /// All of them, in the order of the reference.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Integer,
        Self::Flag,
        Self::Choice,
        Self::Image,
        Self::Duration,
        Self::Time,
        Self::Path,
        Self::List,
        Self::Map,
    ];

    /// Its name in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Flag => "flag",
            Self::Choice => "choice",
            Self::Image => "image",
            Self::Duration => "duration",
            Self::Time => "time",
            Self::Path => "path",
            Self::List => "list",
            Self::Map => "map",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it may be given more than once.
    pub fn repeats(self) -> bool {
        matches!(self, Self::List | Self::Map)
    }
}

/// One given text as the script gets it; for a list or a map, one element's text, checked only.
///
/// # Errors
/// A usage fault that names the flag and says what is wanted.
pub fn check(argument: &Argument, text: &str) -> Result<Dynamic, Fault> {
    let flag = &argument.flag;
    let wrong = |why: String| Fault::usage(format!("--{flag}: {why}"));
    match argument.kind {
        Kind::Integer => {
            text.parse::<i64>().map(Dynamic::from).map_err(|_| wrong(format!("`{text}` is not a whole number")))
        }
        Kind::Flag => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(wrong(format!("`{text}` is neither true nor false"))),
        },
        Kind::Choice if argument.choices.iter().any(|choice| choice == text) => Ok(text.to_owned().into()),
        Kind::Choice => {
            let choices = argument.choices.iter().map(String::as_str);
            let close = nearest(text, choices).map(|close| format!("did you mean `{close}`? "));
            let hint = format!("{}choose one of: {}", close.unwrap_or_default(), argument.choices.join(", "));
            Err(wrong(format!("there is no choice `{text}`")).hint(hint))
        }
        Kind::Image => match Reference::anywhere(text) {
            Ok(_) => Ok(text.to_owned().into()),
            Err(error) => {
                let fault = malformed(&error);
                Err(Fault { message: format!("--{flag}: {}", fault.message), ..fault })
            }
        },
        Kind::Duration => match Span::parse(text) {
            Ok(_) => Ok(text.to_owned().into()),
            Err(error) => Err(wrong(error.to_string())),
        },
        Kind::Time => match text.parse::<jiff::Timestamp>() {
            Ok(_) => Ok(text.to_owned().into()),
            Err(_) => Err(wrong(format!("`{text}` is not a moment")).hint("write it like 2026-07-25T03:00:00+09:00")),
        },
        Kind::Path if text.is_empty() => Err(wrong("the path is empty".to_owned())),
        Kind::Text | Kind::Path | Kind::List => Ok(text.to_owned().into()),
        Kind::Map => match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(value.to_owned().into()),
            _ => Err(wrong(format!("`{text}` is not KEY=VALUE"))),
        },
    }
}
