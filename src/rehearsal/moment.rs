//! A point of simulated time, in milliseconds: arithmetic that cannot overflow, and the two ways
//! AWS writes a time.

use std::time::Duration;

use serde_json::{Number, Value};

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// The moment of a timestamp, cut to milliseconds.
    pub fn of(timestamp: jiff::Timestamp) -> Moment {
        Moment(timestamp.as_millisecond())
    }

    /// This much later; the end of time when it is too much.
    #[must_use]
    pub fn after(self, duration: Duration) -> Moment {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_add(milliseconds))
    }

    /// This much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Moment {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_sub(milliseconds))
    }

    /// Milliseconds since the epoch, as `CloudWatch` Logs writes a time.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// The timestamp of this moment.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    /// Seconds since the epoch with a fraction, as AWS JSON 1.1 writes a timestamp.
    pub fn epoch_seconds(self) -> Value {
        // f64 is exact to the millisecond for any year this program will see.
        #[allow(clippy::cast_precision_loss)]
        let seconds = self.0 as f64 / 1000.0;
        Number::from_f64(seconds).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_epoch_seconds_to_the_millisecond() {
        let start: jiff::Timestamp = "2026-11-20T02:00:00+09:00".parse().expect("a timestamp");
        let moment = Moment::of(start).after(Duration::from_millis(20));
        assert_eq!(moment.epoch_seconds().to_string(), "1795107600.02");
        assert_eq!(moment.before(Duration::from_millis(20)).timestamp(), start);
    }

    #[test]
    fn the_end_of_time_is_not_a_panic() {
        let end = Moment(i64::MAX).after(Duration::from_secs(1));
        assert_eq!(end.timestamp(), jiff::Timestamp::MAX);
    }
}
