//! A time that somebody wants to wait for, as people write it: `02:00 Asia/Tokyo`, `2026-11-21T02:00:00+09:00`.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A time as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum WantedTime {
    /// An instant with its offset from UTC.
    Instant(Timestamp),
    /// What a clock on the wall shows.
    Clock {
        /// The day; the next one that has it, where it is not said.
        date: Option<Date>,
        /// The time of day.
        time: Time,
        /// The name of the zone whose clocks are meant.
        zone: String,
    },
}

/// A text that is no time to wait for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTime {
    /// Nobody knows whose clock is meant.
    #[error("`{0}` does not say in which time zone")]
    NoZone(String),
    /// A zone beside a text that has one, or an offset.
    #[error("`{0}` has a time zone already, and another was given")]
    TwoZones(String),
    /// Anything else.
    #[error("`{0}` is no time to wait for")]
    Malformed(String),
}

impl WantedTime {
    /// Parses `02:00`, `02:00:30`, `2026-11-21 02:00`, each followed by a zone's name unless `zone` names it, or an
    /// instant of RFC 3339.
    ///
    /// # Errors
    /// As [`NoTime`] has them. Whether there is such a zone is not looked at.
    pub fn parse(text: &str, zone: Option<&str>) -> Result<Self, NoTime> {
        let malformed = || NoTime::Malformed(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let (date, time, named) = match words.as_slice() {
            [one] if one.contains('T') && one.starts_with(|c: char| c.is_ascii_digit()) => {
                if let Ok(instant) = one.parse::<Timestamp>() {
                    let instant = Self::Instant(instant);
                    return if zone.is_some() { Err(NoTime::TwoZones(text.to_owned())) } else { Ok(instant) };
                }
                let (date, time) = one.split_once('T').ok_or_else(malformed)?;
                (Some(date), time, None)
            }
            [time] => (None, *time, None),
            [date, time] if date.contains('-') && !date.contains(':') => (Some(*date), *time, None),
            [time, zone] => (None, *time, Some(*zone)),
            [date, time, zone] => (Some(*date), *time, Some(*zone)),
            _ => return Err(malformed()),
        };
        let date = date.map(str::parse).transpose().map_err(|_| malformed())?;
        let time = clock_time(time).ok_or_else(malformed)?;
        match (named, zone) {
            (Some(_), Some(_)) => Err(NoTime::TwoZones(text.to_owned())),
            (None, None) => Err(NoTime::NoZone(text.to_owned())),
            (Some(zone), None) | (None, Some(zone)) => Ok(Self::Clock { date, time, zone: zone.to_owned() }),
        }
    }
}

/// The instant at which clocks in `zone` show `time`: on `date`, or else the next time after `now` (now counts).
///
/// Where clocks are set forward and skip the time, the instant is as long after the change as the time is after the
/// skipped hour's beginning (02:30 is 03:30 by the new clock); where they are set back and show it twice, the first.
///
/// # Errors
/// In a sentence: beyond the years that can be computed with.
pub fn instant(date: Option<Date>, time: Time, zone: &TimeZone, now: Timestamp) -> Result<Zoned, String> {
    let on = |date: Date| zone.to_ambiguous_zoned(date.to_datetime(time)).compatible();
    let next = || {
        let today = now.to_zoned(zone.clone()).date();
        match on(today) {
            Ok(found) if found.timestamp() >= now => Ok(found),
            _ => today.tomorrow().and_then(on),
        }
    };
    let found = date.map_or_else(next, on);
    found.map_err(|error| error.to_string())
}

/// `2026-11-21 02:00 Asia/Tokyo`.
pub fn told(at: &Zoned, zone: &str) -> String {
    let format = if at.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    format!("{} {zone}", at.strftime(format))
}

/// `HH:MM` or `HH:MM:SS`.
fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| {
        let two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| part.parse::<i8>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(date: Option<&str>, time: (i8, i8, i8), zone: &str) -> WantedTime {
        let date = date.map(|date| date.parse().unwrap());
        WantedTime::Clock { date, time: Time::new(time.0, time.1, time.2, 0).unwrap(), zone: zone.to_owned() }
    }

    #[test]
    fn the_forms_there_are() {
        let at = |text: &str| WantedTime::Instant(text.parse().unwrap());
        let table = [
            ("02:00 Asia/Tokyo", None, clock(None, (2, 0, 0), "Asia/Tokyo")),
            ("02:00", Some("Asia/Tokyo"), clock(None, (2, 0, 0), "Asia/Tokyo")),
            (" 23:59:58  UTC ", None, clock(None, (23, 59, 58), "UTC")),
            ("2026-11-21 02:00 Asia/Tokyo", None, clock(Some("2026-11-21"), (2, 0, 0), "Asia/Tokyo")),
            ("2026-11-21 02:00", Some("UTC"), clock(Some("2026-11-21"), (2, 0, 0), "UTC")),
            ("2026-11-21T02:00", Some("UTC"), clock(Some("2026-11-21"), (2, 0, 0), "UTC")),
            ("2026-11-21T02:00:00+09:00", None, at("2026-11-20T17:00:00Z")),
            ("2026-11-21T02:00:00Z", None, at("2026-11-21T02:00:00Z")),
        ];
        for (text, zone, expected) in table {
            assert_eq!(WantedTime::parse(text, zone), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        let no_zone = ["02:00", "2026-11-21 02:00", "2026-11-21T02:00"];
        for text in no_zone {
            assert_eq!(WantedTime::parse(text, None), Err(NoTime::NoZone(text.to_owned())));
        }
        for text in ["02:00 UTC", "2026-11-21T02:00:00+09:00", "2026-11-21 02:00 UTC"] {
            assert_eq!(WantedTime::parse(text, Some("UTC")), Err(NoTime::TwoZones(text.to_owned())));
        }
        let malformed = [
            "",
            "UTC",
            "2:00",
            "24:00",
            "02:60",
            "02:00:00:00",
            "0200",
            "2026-02-30 02:00",
            "-1:00",
            "tomorrow",
            "a b c d",
        ];
        for text in malformed {
            assert_eq!(WantedTime::parse(text, Some("UTC")), Err(NoTime::Malformed(text.to_owned())));
        }
    }

    #[test]
    fn the_next_time_and_the_days_when_clocks_are_set() {
        // date, time, zone, now, then
        let table = [
            (None, "02:00:00", "Asia/Tokyo", "2026-11-20T13:48:00Z", "2026-11-20T17:00:00Z"),
            (None, "02:00:00", "Asia/Tokyo", "2026-11-20T17:00:00Z", "2026-11-20T17:00:00Z"),
            (None, "02:00:00", "Asia/Tokyo", "2026-11-20T17:00:00.001Z", "2026-11-21T17:00:00Z"),
            // a time that has passed is not put off
            (Some("2020-01-01"), "00:00:00", "UTC", "2026-11-20T17:00:00Z", "2020-01-01T00:00:00Z"),
            // Berlin skips 02:00 to 03:00 on 2026-03-29, and the day has its 02:30 at 03:30
            (None, "02:30:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (None, "02:30:00", "Europe/Berlin", "2026-03-29T01:30:01Z", "2026-03-30T00:30:00Z"),
            // it shows 02:00 to 03:00 twice on 2026-10-25: the first counts
            (None, "02:30:00", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            (None, "02:30:00", "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-26T01:30:00Z"),
        ];
        for (date, time, zone, now, then) in table {
            let (date, time): (Option<Date>, Time) = (date.map(|date| date.parse().unwrap()), time.parse().unwrap());
            let zone = TimeZone::get(zone).unwrap();
            let found = instant(date, time, &zone, now.parse().unwrap()).unwrap();
            assert_eq!(found.timestamp().to_string(), then, "{time} from {now}");
        }
    }

    #[test]
    fn it_is_told_by_its_own_clock() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let at = |text: &str| told(&text.parse::<Timestamp>().unwrap().to_zoned(zone.clone()), "Asia/Tokyo");
        assert_eq!(at("2026-11-20T17:00:00Z"), "2026-11-21 02:00 Asia/Tokyo");
        assert_eq!(at("2026-11-20T17:00:05Z"), "2026-11-21 02:00:05 Asia/Tokyo");
    }
}
