//! How fast ECS may be asked: a bucket of tokens for each category of calls, per account and Region, so that a run with
//! hundreds of services waits for its turn instead of being throttled, and throttling others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The categories in which ECS counts calls, with what AWS allows an account in a Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// `RegisterTaskDefinition`: AWS allows bursts of 20, and 1 a second.
    Registrations,
    /// `DescribeTaskDefinition`: bursts of 50, and 20 a second.
    Definitions,
    /// `CreateService`, `UpdateService`, `StopServiceDeployment` and `ContinueServiceDeployment`: bursts of 50, and 5 a second.
    Updates,
    /// `DescribeServices`: bursts of 100, and 20 a second.
    Services,
    /// `DescribeServiceDeployments`, `ListServiceDeployments` and `DescribeServiceRevisions`: bursts of 50, and 20 a second.
    Deployments,
    /// `RunTask`, `StopTask` and `ExecuteCommand` together: bursts of 100, and 40 a second.
    Runs,
    /// `DescribeTasks` and `ListTasks` together: bursts of 100, and 20 a second.
    Tasks,
}

impl Category {
    /// How many calls at once, and how many a second, in tenths, from then on: half of what AWS allows for what is read,
    /// which leaves the other half to whoever else works in the account, and four fifths for what is written, which is
    /// what a run is there for.
    fn allowed(self) -> (u32, u32) {
        match self {
            Self::Services | Self::Tasks => (50, 100),
            Self::Deployments | Self::Definitions => (25, 100),
            Self::Updates => (40, 40),
            Self::Runs => (80, 320),
            Self::Registrations => (16, 8),
        }
    }
}

/// What was asked so far, by place (an account in a Region) and category.
pub struct Limits {
    began: Instant,
    buckets: Mutex<BTreeMap<(String, Category), Bucket>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { began: Instant::now(), buckets: Mutex::default() }
    }
}

impl Limits {
    /// Waits until one more call of this category may be made there.
    pub async fn turn(&self, place: &str, category: Category) {
        let wait = {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let bucket = buckets.entry((place.to_owned(), category)).or_insert_with(|| Bucket::of(category));
            bucket.take(self.began.elapsed())
        };
        if wait > Duration::ZERO {
            tokio::time::sleep(wait).await;
        }
    }
}

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
        let (burst, tenths) = category.allowed();
        Self { every: Duration::from_secs(10) / tenths, burst, full_at: Duration::ZERO }
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
    use super::{Bucket, Category, Limits};
    use std::time::Duration;

    #[test]
    fn no_second_ever_has_more_calls_than_aws_allows() {
        for (category, burst, a_second) in [
            (Category::Registrations, 20, 1),
            (Category::Definitions, 50, 20),
            (Category::Updates, 50, 5),
            (Category::Services, 100, 20),
            (Category::Deployments, 50, 20),
            (Category::Tasks, 100, 20),
            (Category::Runs, 100, 40),
        ] {
            let mut bucket = Bucket::of(category);
            let now = Duration::from_secs(7);
            let times: Vec<Duration> = (0..1000).map(|_| now + bucket.take(now)).collect();
            assert_eq!(times[0], now, "a full bucket does not wait");
            for (count, at) in (1_u32..).zip(&times) {
                let allowed = f64::from(burst) + f64::from(a_second) * at.saturating_sub(now).as_secs_f64();
                assert!(f64::from(count) <= allowed, "{category:?}: {count} calls after {at:?}");
            }
            // and it fills up again
            assert_eq!(bucket.take(Duration::from_secs(10_000)), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_place_and_category_waits_for_its_own_turn() {
        let limits = Limits::default();
        let took = async |place, category, calls| {
            let began = tokio::time::Instant::now();
            for _ in 0..calls {
                limits.turn(place, category).await;
            }
            began.elapsed().as_millis()
        };
        assert_eq!(took("prod", Category::Updates, 40).await, 0);
        assert_eq!(took("prod", Category::Updates, 4).await, 1000);
        assert_eq!(took("prod", Category::Services, 40).await, 0);
        assert_eq!(took("test", Category::Updates, 40).await, 0);
    }
}
