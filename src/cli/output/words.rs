//! Events in words, the same for plain lines and for a terminal.

use crate::domain::rollout::Snapshot;
use crate::domain::size;
use crate::effects::event::{Level, Stage, Transfer};

/// A text without characters that would steer a terminal; lines and tabs stay.
pub fn clean(text: &str) -> String {
    let shown =
        |c: char| if c.is_control() && c != '\n' && c != '\t' { c.escape_default().to_string() } else { c.into() };
    text.chars().map(shown).collect()
}

/// A duration as people say it: `0.4s`, `12s`, `3m 05s`.
pub fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{}.{}s", seconds, millis % 1000 / 100),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A blob that is settled, or none while it moves.
pub fn transfer(transfer: &Transfer) -> Option<String> {
    let what = match transfer.stage {
        Stage::Present => "was there",
        Stage::Sent => "sent",
        Stage::Again => "is sent again",
        Stage::Moving(_) => return None,
    };
    Some(format!("  {} {:>9}  {what}", transfer.digest.short(), size::human(transfer.size)))
}

/// Where a rollout stands.
pub fn rollout(service: &str, snapshot: &Snapshot) -> String {
    format!("{service}: {snapshot}")
}

/// A line of a log.
pub fn log(level: Level, message: &str) -> String {
    match level {
        Level::Debug => format!("debug: {message}"),
        Level::Info => message.to_owned(),
        Level::Warn => format!("warning: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_said_as_people_say_them() {
        let table = [
            (0, "0.0s"),
            (449, "0.4s"),
            (9_999, "9.9s"),
            (10_000, "10s"),
            (59_999, "59s"),
            (60_000, "1m 00s"),
            (185_000, "3m 05s"),
            (3_599_999, "59m 59s"),
            (7_260_000, "2h 01m"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(millis), text);
        }
    }
}
