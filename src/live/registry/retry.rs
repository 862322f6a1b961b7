//! How often, and after how long, a request is made again.

use crate::effects::fault::Fault;
use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimeParser;
use std::time::Duration;

/// Attempts after the first.
const MORE: u32 = 4;
/// Before the second attempt; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest that a registry may ask us to wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Why one attempt did not succeed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may pass by itself; `after` is what the registry asks us to wait.
    Passing {
        /// What to give up with.
        fault: Fault,
        /// From `Retry-After`.
        after: Option<Duration>,
    },
    /// The registry wanted another authorization, and there is one now.
    Unauthorized {
        /// What to give up with.
        fault: Fault,
        /// Whether an authorization was refused; otherwise we have only learned that one is wanted.
        refused: bool,
    },
    /// It will not get better.
    Lasting(Fault),
}

impl Trouble {
    /// The same, not to be waited out any more.
    pub fn lasting(self) -> Self {
        match self {
            Self::Passing { fault, .. } | Self::Unauthorized { fault, .. } | Self::Lasting(fault) => {
                Self::Lasting(fault)
            }
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Lasting(fault)
    }
}

/// What is left of our patience with one request or one blob.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
    learned: bool,
    renewed: bool,
}

impl Patience {
    /// Waits as long as it takes before the next attempt, or gives the fault up.
    pub async fn after(&mut self, trouble: Trouble) -> Result<(), Fault> {
        let pause = self.pause(trouble)?;
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    fn pause(&mut self, trouble: Trouble) -> Result<Duration, Fault> {
        match trouble {
            Trouble::Lasting(fault) => Err(fault),
            Trouble::Unauthorized { fault, refused } => {
                let spent = if refused { &mut self.renewed } else { &mut self.learned };
                if std::mem::replace(spent, true) { Err(fault) } else { Ok(Duration::ZERO) }
            }
            Trouble::Passing { mut fault, .. } if self.failures >= MORE => {
                fault.details.push(format!("{} attempts were made", self.failures + 1));
                Err(fault)
            }
            Trouble::Passing { after, .. } => {
                let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures);
                self.failures += 1;
                Ok(after.map_or(doubled, |asked| asked.min(LONGEST_PAUSE)))
            }
        }
    }
}

/// `Retry-After`, in seconds or as a date. A date is understood by the `Date` that the same answer gives: the clocks of
/// both sides need not agree.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let after = text(RETRY_AFTER)?;
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let (until, now) = (instant(after)?, instant(text(DATE)?)?);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::fault::FaultKind;

    fn fault() -> Fault {
        Fault::new(FaultKind::Refused, "Http503", "busy")
    }

    fn passing(after: Option<u64>) -> Trouble {
        Trouble::Passing { fault: fault(), after: after.map(Duration::from_secs) }
    }

    #[test]
    fn pauses_double_and_the_fifth_failure_is_given_up() {
        let mut patience = Patience::default();
        let pauses: Vec<u128> = (0..4).map(|_| patience.pause(passing(None)).unwrap().as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600]);
        let given_up = patience.pause(passing(None)).unwrap_err();
        assert_eq!(given_up.details, ["5 attempts were made"]);
    }

    #[test]
    fn what_the_registry_asks_for_comes_first_within_reason() {
        let mut patience = Patience::default();
        assert_eq!(patience.pause(passing(Some(7))).unwrap(), Duration::from_secs(7));
        assert_eq!(patience.pause(passing(Some(86_400))).unwrap(), LONGEST_PAUSE);
    }

    #[test]
    fn one_challenge_and_one_refused_login_are_forgiven() {
        let mut patience = Patience::default();
        for refused in [false, true] {
            let trouble = || Trouble::Unauthorized { fault: fault(), refused };
            assert_eq!(patience.pause(trouble()).unwrap(), Duration::ZERO);
            assert_eq!(patience.pause(trouble()).unwrap_err(), fault());
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds_or_as_a_date_beside_the_answers_own() {
        let read = |after: &str, date: Option<&str>| {
            let date = date.map(|date| (DATE, date.parse().unwrap()));
            retry_after(&[(RETRY_AFTER, after.parse().unwrap())].into_iter().chain(date).collect())
        };
        let now = Some("Fri, 31 Dec 1999 23:59:29 GMT");
        assert_eq!(read("3", None), Some(Duration::from_secs(3)));
        assert_eq!(read("Fri, 31 Dec 1999 23:59:59 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(read("Fri, 31 Dec 1999 23:59:00 GMT", now), Some(Duration::ZERO), "past already");
        assert_eq!(read("Fri, 31 Dec 1999 23:59:59 GMT", None), None, "which time it is there, nobody says");
        assert_eq!(read("-1", now), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
