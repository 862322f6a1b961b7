//! How long a run may take in all: a span that is not empty.

use super::duration::{DurationError, Span};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest that one sitting of a run may take, from its beginning: `45m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Deadline(Span);

impl Deadline {
    /// The time there is.
    pub fn get(self) -> Duration {
        self.0.get()
    }
}

impl FromStr for Deadline {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = Span::parse(text)?;
        if span.get().is_zero() {
            return Err(DurationError { input: text.to_owned(), reason: "no time at all".to_owned() });
        }
        Ok(Self(span))
    }
}

impl TryFrom<String> for Deadline {
    type Error = DurationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Deadline> for String {
    fn from(deadline: Deadline) -> Self {
        deadline.to_string()
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::Deadline;
    use std::time::Duration;

    #[test]
    fn a_deadline_is_a_duration_that_is_not_empty() {
        let read = |text: &str| text.parse::<Deadline>().map_err(|error| error.to_string());
        assert_eq!(read("1h30m").map(Deadline::get), Ok(Duration::from_mins(90)));
        assert_eq!(read("45m").map(|deadline| deadline.to_string()), Ok("45m".to_owned()));
        for (text, why) in [("0s", "no time at all"), ("0m", "no time at all"), ("45", "no unit"), ("", "empty")] {
            assert!(read(text).is_err_and(|told| told.contains(why)), "{text}");
        }
    }
}
