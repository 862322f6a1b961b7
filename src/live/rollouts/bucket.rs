//! How fast ECS may be asked: a bucket of tokens for each category of calls, per account and Region.

use std::time::Duration;

/// The categories in which ECS counts what a watcher asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// `DescribeServices`: AWS allows bursts of 100, and 20 a second.
    Services,
    /// `DescribeServiceDeployments` and `ListServiceDeployments`: bursts of 50, and 20 a second.
    Deployments,
    /// `DescribeTasks` and `ListTasks` together: bursts of 100, and 20 a second.
    Tasks,
}

/// Watching takes half of what AWS allows, and leaves the other half to whoever else works in the account.
const SHARE: u32 = 2;

/// A bucket of tokens, as a pure function of time: tokens may be taken before they are there, by waiting for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Between two tokens.
    every: Duration,
    /// How many there are at the most.
    burst: u32,
    /// When the bucket is full, or was.
    full_at: Duration,
}

impl Bucket {
    /// A full bucket for a category.
    pub fn of(category: Category) -> Self {
        let (burst, a_second) = match category {
            Category::Services | Category::Tasks => (100, 20),
            Category::Deployments => (50, 20),
        };
        Self { every: Duration::from_secs(1) * SHARE / a_second, burst: burst / SHARE, full_at: Duration::ZERO }
    }

    /// Takes a token at `now`, counted from any fixed instant; how long to wait until it is there.
    pub fn take(&mut self, now: Duration) -> Duration {
        let full_at = self.full_at.max(now) + self.every;
        self.full_at = full_at;
        full_at.saturating_sub(self.every * self.burst).saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Category};
    use std::time::Duration;

    #[test]
    fn no_second_ever_has_more_calls_than_aws_allows() {
        for (category, burst, a_second) in
            [(Category::Services, 100, 20), (Category::Deployments, 50, 20), (Category::Tasks, 100, 20)]
        {
            let mut bucket = Bucket::of(category);
            let now = Duration::from_secs(7);
            let times: Vec<Duration> = (0..1000).map(|_| now + bucket.take(now)).collect();
            assert_eq!(times[0], now, "a full bucket does not wait");
            for (count, at) in (1_u32..).zip(&times) {
                let allowed = f64::from(burst) + f64::from(a_second) * at.saturating_sub(now).as_secs_f64();
                assert!(f64::from(count) <= allowed, "{category:?}: {count} calls after {at:?}");
            }
            // and it fills up again
            assert_eq!(bucket.take(Duration::from_secs(1000)), Duration::ZERO);
        }
    }
}
