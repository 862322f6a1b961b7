//! The heart of a rolling deployment: from counts alone, how many tasks to start and to stop now.

/// What there is. Tasks that are meant to stop are not counted anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The service's desired count.
    pub desired: u32,
    /// `minimumHealthyPercent`
    pub minimum: u32,
    /// `maximumPercent`
    pub maximum: u32,
    /// Tasks of the PRIMARY deployment.
    pub fresh: u32,
    /// Those of them whose health checks pass.
    pub fresh_healthy: u32,
    /// Tasks of other deployments.
    pub old: u32,
    /// Those of them whose health checks pass.
    pub old_healthy: u32,
    /// Whether the PRIMARY deployment may start tasks now, or waits after failures.
    pub may_start: bool,
}

/// What to do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Tasks of the PRIMARY deployment to start.
    pub start: u32,
    /// Tasks of other deployments to stop, those that are not healthy first.
    pub stop_old: u32,
    /// Tasks of the PRIMARY deployment to stop: the desired count went down.
    pub stop_fresh: u32,
}

/// Decides. `minimumHealthyPercent` is rounded up and `maximumPercent` down, as AWS has it.
pub fn decide(counts: &Counts) -> Decision {
    let Counts { desired, fresh, fresh_healthy, old, old_healthy, .. } = *counts;
    let lowest = percent(desired, counts.minimum).div_ceil(100);
    let highest = percent(desired, counts.maximum) / 100;

    let missing = desired.saturating_sub(fresh);
    let room = u32::try_from(highest.saturating_sub(u64::from(fresh + old))).unwrap_or(u32::MAX);
    let start = if counts.may_start { missing.min(room) } else { 0 };

    let healthy = u64::from(fresh_healthy + old_healthy);
    let spare = u32::try_from(healthy.saturating_sub(lowest)).unwrap_or(u32::MAX);
    let stoppable = spare.min(old_healthy) + (old - old_healthy);
    // what the healthy new ones have replaced, and what must go before there is room for a new one
    let replaced = old.saturating_sub(desired.saturating_sub(fresh_healthy));
    let in_the_way = if room == 0 { missing.min(old) } else { 0 };

    Decision { start, stop_old: replaced.max(in_the_way).min(stoppable), stop_fresh: fresh.saturating_sub(desired) }
}

fn percent(count: u32, percent: u32) -> u64 {
    u64::from(count) * u64::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (desired, minimum, maximum, (fresh, healthy), (old, healthy)) → (start, `stop_old`, `stop_fresh`)
    type Row = (u32, u32, u32, (u32, u32), (u32, u32), (u32, u32, u32));

    #[test]
    fn a_rolling_deployment_keeps_to_its_limits() {
        let table: [(&str, Row); 14] = [
            ("doubles first", (2, 100, 200, (0, 0), (2, 2), (2, 0, 0))),
            ("waits for health", (2, 100, 200, (2, 0), (2, 2), (0, 0, 0))),
            ("replaces one", (2, 100, 200, (2, 1), (2, 2), (0, 1, 0))),
            ("replaces both", (2, 100, 200, (2, 2), (2, 2), (0, 2, 0))),
            ("is done", (2, 100, 200, (2, 2), (0, 0), (0, 0, 0))),
            ("makes room first", (5, 50, 100, (0, 0), (5, 5), (0, 2, 0))),
            ("fills the room", (5, 50, 100, (0, 0), (3, 3), (2, 0, 0))),
            ("goes on when they are healthy", (5, 50, 100, (2, 2), (3, 3), (0, 2, 0))),
            ("rounds 125% of 5 down", (5, 100, 125, (0, 0), (5, 5), (1, 0, 0))),
            ("cannot move at 100 to 100", (2, 100, 100, (0, 0), (2, 2), (0, 0, 0))),
            ("stops sick old ones first", (2, 100, 100, (0, 0), (2, 1), (0, 1, 0))),
            ("scales in", (2, 100, 200, (5, 5), (0, 0), (0, 0, 3))),
            ("scales to none", (0, 100, 200, (0, 0), (2, 2), (0, 2, 0))),
            ("starts from none", (3, 0, 100, (0, 0), (0, 0), (3, 0, 0))),
        ];
        for (story, (desired, minimum, maximum, fresh, old, expected)) in table {
            let decision = decide(&Counts {
                desired,
                minimum,
                maximum,
                fresh: fresh.0,
                fresh_healthy: fresh.1,
                old: old.0,
                old_healthy: old.1,
                may_start: true,
            });
            let got = (decision.start, decision.stop_old, decision.stop_fresh);
            assert_eq!(got, expected, "{story}");
        }
    }

    #[test]
    fn after_failures_nothing_is_started_and_the_old_ones_stay() {
        let counts = Counts {
            desired: 2,
            minimum: 100,
            maximum: 200,
            fresh: 0,
            fresh_healthy: 0,
            old: 2,
            old_healthy: 2,
            may_start: false,
        };
        assert_eq!(decide(&counts), Decision::default());
    }
}
