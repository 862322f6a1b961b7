//! Durations as people write them: `15m`, `90s`, `1h30m`, `500ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Unit and its milliseconds, the longest first, which is also the order they are written in.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A duration with a text form that is exact to the millisecond and parses to the same value again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(Duration);

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("duration {input:?}: {reason}; write whole numbers with d, h, m, s or ms, such as 15m, 90s, 1h30m or 500ms")]
pub struct DurationError {
    /// The text as given.
    pub input: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Span {
    /// Parses whole numbers with their units, the longest unit first and each at most once.
    pub fn parse(input: &str) -> Result<Self, DurationError> {
        let wrong = |reason: String| DurationError { input: input.to_owned(), reason };
        if input.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        let mut units = UNITS.iter();
        let mut total: u64 = 0;
        let mut rest = input;
        while !rest.is_empty() {
            let (digits, after) = split_at_first(rest, |c| !c.is_ascii_digit());
            let (unit, after) = split_at_first(after, |c| !c.is_ascii_lowercase());
            if digits.is_empty() {
                return Err(wrong(format!("there should be a number at {rest:?}")));
            }
            if unit.is_empty() {
                return Err(wrong(format!("{digits} has no unit")));
            }
            if UNITS.iter().all(|(name, _)| *name != unit) {
                return Err(wrong(format!("{unit:?} is no unit")));
            }
            let Some((_, milliseconds)) = units.find(|(name, _)| *name == unit) else {
                return Err(wrong(format!("{unit:?} stands after a unit that is not longer")));
            };
            let added = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(*milliseconds));
            total =
                added.and_then(|added| total.checked_add(added)).ok_or_else(|| wrong("it is too long".to_owned()))?;
            rest = after;
        }
        Ok(Self(Duration::from_millis(total)))
    }

    /// The duration as the standard library has it.
    pub fn get(self) -> Duration {
        self.0
    }
}

/// A duration for people, not to be parsed: `350ms`, `41.2s`, `2m14s`.
pub fn brief(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0..1_000 => format!("{milliseconds}ms"),
        1_000..60_000 => format!("{}.{}s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => Span(Duration::from_secs(duration.as_secs())).to_string(),
    }
}

fn split_at_first(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at_checked(text.find(stop).unwrap_or(text.len())).unwrap_or((text, ""))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, milliseconds) in UNITS {
            let number = rest / u128::from(milliseconds);
            rest %= u128::from(milliseconds);
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = DurationError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        Self::parse(input)
    }
}

impl TryFrom<String> for Span {
    type Error = DurationError;

    fn try_from(input: String) -> Result<Self, Self::Error> {
        Self::parse(&input)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl From<Duration> for Span {
    /// What is shorter than a millisecond is dropped.
    fn from(duration: Duration) -> Self {
        Self(Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Span, brief};

    #[test]
    fn durations_are_read_and_written_in_their_shortest_form() {
        for (text, milliseconds, written) in [
            ("15m", 900_000, "15m"),
            ("90s", 90_000, "1m30s"),
            ("1h30m", 5_400_000, "1h30m"),
            ("500ms", 500, "500ms"),
            ("0s", 0, "0s"),
            ("2d1ms", 172_800_001, "2d1ms"),
            ("0h5m", 300_000, "5m"),
        ] {
            let span = Span::parse(text).expect(text);
            assert_eq!(span.get(), Duration::from_millis(milliseconds), "{text}");
            assert_eq!(span.to_string(), written, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_why_and_what_is() {
        for (text, reason) in [
            ("", "it is empty"),
            ("15", "15 has no unit"),
            ("15 m", "15 has no unit"),
            ("m", "there should be a number at \"m\""),
            ("-5m", "there should be a number at \"-5m\""),
            ("1.5h", "1 has no unit"),
            ("5min", "\"min\" is no unit"),
            ("5M", "5 has no unit"),
            ("30m1h", "\"h\" stands after a unit that is not longer"),
            ("1m1m", "\"m\" stands after a unit that is not longer"),
            ("99999999999999999999s", "it is too long"),
            ("18446744073709551615ms1", "1 has no unit"),
            ("213503982334d18446744073709551615ms", "it is too long"),
        ] {
            let error = Span::parse(text).expect_err(text);
            assert_eq!(error.reason, reason, "{text}");
            assert!(error.to_string().ends_with("such as 15m, 90s, 1h30m or 500ms"), "{error}");
        }
    }

    #[test]
    fn people_get_what_they_can_take_in() {
        for (milliseconds, text) in
            [(0, "0ms"), (350, "350ms"), (41_290, "41.2s"), (134_900, "2m14s"), (3_600_000, "1h")]
        {
            assert_eq!(brief(Duration::from_millis(milliseconds)), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(milliseconds in any::<u64>()) {
            let span = Span::from(Duration::from_millis(milliseconds));
            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }

        #[test]
        fn parsing_never_panics(text in prop_oneof![any::<String>(), "[0-9hmsd.]{0,12}"]) {
            let _ = Span::parse(&text);
        }
    }
}
