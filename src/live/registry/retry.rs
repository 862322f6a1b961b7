//! How often, and after how long, a request is made again.

use crate::effects::fault::Fault;
use http::HeaderMap;
use http::header::RETRY_AFTER;
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

/// `Retry-After` in seconds. Its other form, a date, would need a clock, and registries do not send it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
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
    fn retry_after_is_read_in_seconds() {
        let read = |value: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]));
        assert_eq!(read("3"), Some(Duration::from_secs(3)));
        assert_eq!(read("Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
