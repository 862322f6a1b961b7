//! How long the stages of a task take. The defaults are of the size seen with Fargate and a small
//! image; a world sets them per service.

use std::time::Duration;

/// Durations of the stages of one service's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// PROVISIONING: the network interface.
    pub provisioning: Duration,
    /// PENDING: the image is pulled, the containers start.
    pub pending: Duration,
    /// RUNNING until the health checks pass.
    pub healthy: Duration,
    /// DEACTIVATING: the load balancer drains the target.
    pub deactivating: Duration,
    /// STOPPING: SIGTERM and the time to react.
    pub stopping: Duration,
    /// DEPROVISIONING: the network interface goes.
    pub deprovisioning: Duration,
    /// From a deployment being asked for until it is under way, and as long until one that is stopped stops.
    pub starting: Duration,
    /// A shift of test or production traffic.
    pub shift: Duration,
    /// After a deferred success, until the old tasks are removed.
    pub cleanup: Duration,
    /// From the last change until the scheduler calls the service steady.
    pub settling: Duration,
}

impl Default for Timings {
    fn default() -> Timings {
        Timings {
            provisioning: Duration::from_secs(3),
            pending: Duration::from_secs(8),
            healthy: Duration::from_secs(10),
            deactivating: Duration::from_secs(20),
            stopping: Duration::from_secs(5),
            deprovisioning: Duration::from_secs(2),
            starting: Duration::from_secs(1),
            shift: Duration::from_secs(5),
            cleanup: Duration::from_mins(2),
            settling: Duration::from_secs(10),
        }
    }
}

/// How long the scheduler waits before it starts another task after some failures in a row: it
/// begins with seconds and ends with a quarter of an hour, as "service throttle logic" describes.
pub fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(8);
    Duration::from_secs((5_u64 << doublings).min(900))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_grows_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = [1, 2, 3, 8, 9, 1000].map(|failures| backoff(failures).as_secs()).to_vec();
        assert_eq!(seconds, [5, 10, 20, 640, 900, 900]);
    }
}
