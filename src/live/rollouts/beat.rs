//! How long to wait until the next look.

use std::time::Duration;

/// While something happens, and at the start.
const FAST: Duration = Duration::from_secs(2);
/// Where only the end of the deployment is still missing.
const NEAR: Duration = Duration::from_millis(1200);
/// After a first look that showed no task of ours running: it takes a task some seconds to be placed, pulled and started.
const STARTING: Duration = Duration::from_millis(4500);
/// Where nothing has happened for a while.
const STEADY: Duration = Duration::from_secs(5);
/// At the most.
const SLOWEST: Duration = Duration::from_secs(15);
/// So many times 1.3 are more than from [`STEADY`] to [`SLOWEST`].
const MOST_STEPS: f64 = 5.0;
/// How long the fast beat lasts, at the start and after every change.
const LIVELY: Duration = Duration::from_secs(20);
/// A bake time is slept through, but for one look a minute: somebody may stop the deployment meanwhile.
const BAKING: Duration = Duration::from_mins(1);

/// What the beat depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Since the watch began.
    pub since_start: Duration,
    /// Since something looked different.
    pub since_change: Duration,
    /// Whether all tasks run, and only the deployment's end is waited for.
    pub near_the_end: bool,
    /// Whether this was the first look, and none of our tasks ran yet.
    pub starting: bool,
    /// What is left of a bake time, where one is known.
    pub baking: Option<Duration>,
    /// Whether alarms may end that.
    pub alarms: bool,
}

/// How long to wait until the next look: 4.5 s for tasks to start at all, 2 s while something happens (1.2 s near the
/// end), then 5 s, then slower by and by up to 15 s.
pub fn beat(pace: Pace) -> Duration {
    if let Some(left) = pace.baking.filter(|left| !left.is_zero()) {
        return left.min(if pace.alarms { SLOWEST } else { BAKING });
    }
    if pace.starting {
        return STARTING;
    }
    let quiet = pace.since_change.min(pace.since_start);
    if quiet < LIVELY {
        return if pace.near_the_end { NEAR } else { FAST };
    }
    // no more steps than lead to the slowest beat: a quiet hour would be more seconds than a duration holds
    let steps = (quiet.saturating_sub(LIVELY).as_secs_f64() / STEADY.as_secs_f64()).min(MOST_STEPS);
    STEADY.mul_f64(1.3_f64.powf(steps)).min(SLOWEST)
}

/// The beat, up to a fifth shorter or longer, so that many watchers do not ask at the same moments. What is drawn
/// depends on the watcher's name and the number of its look alone: a rehearsal has the same pauses every time.
pub fn jittered(beat: Duration, name: &str, look: u64) -> Duration {
    // FNV-1a
    let hash = name
        .bytes()
        .chain(look.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let thousandths = u32::try_from((hash >> 20) % 401).unwrap_or(200) + 800;
    beat * thousandths / 1000
}

#[cfg(test)]
mod tests {
    use super::{Pace, beat, jittered};
    use std::time::Duration;

    #[test]
    fn the_beat_is_fast_where_something_happens_and_slow_where_nothing_does() {
        let table = [
            (0, 0, 2.0),
            (19, 19, 2.0),
            (20, 20, 5.0),
            (25, 25, 6.5),
            (120, 120, 15.0),
            (3600, 0, 2.0),
            (900, 900, 15.0),
            (1_000_000, 1_000_000, 15.0),
        ];
        for (start, change, expected) in table {
            let (since_start, since_change) = (Duration::from_secs(start), Duration::from_secs(change));
            let beat = beat(Pace { since_start, since_change, ..Pace::default() });
            assert!((beat.as_secs_f64() - expected).abs() < 0.01, "{start} {change}: {beat:?}");
        }
        assert_eq!(beat(Pace { near_the_end: true, ..Pace::default() }), Duration::from_millis(1200));
        assert_eq!(beat(Pace { starting: true, ..Pace::default() }), Duration::from_millis(4500));
    }

    #[test]
    fn a_bake_time_is_slept_through() {
        for (left, alarms, expected) in [(600, false, 60), (30, false, 30), (600, true, 15), (0, false, 2)] {
            let baking = Some(Duration::from_secs(left));
            assert_eq!(beat(Pace { baking, alarms, ..Pace::default() }), Duration::from_secs(expected));
        }
    }

    #[test]
    fn jitter_is_a_fifth_at_the_most_and_the_same_every_time() {
        let second = Duration::from_secs(1);
        let drawn: Vec<Duration> = (0..1000).map(|look| jittered(second, "ecs-svc/2", look)).collect();
        assert!(drawn.iter().all(|one| (0.8..=1.2).contains(&one.as_secs_f64())));
        let mean = drawn.iter().sum::<Duration>() / 1000;
        assert!((0.98..1.02).contains(&mean.as_secs_f64()), "{mean:?}");
        assert_eq!(drawn, (0..1000).map(|look| jittered(second, "ecs-svc/2", look)).collect::<Vec<_>>());
    }
}
