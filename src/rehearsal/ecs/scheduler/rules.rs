//! The parts of `deploymentConfiguration` that decide.

use std::time::Duration;

/// What a deployment keeps to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// `minimumHealthyPercent`; 100.
    pub minimum: u32,
    /// `maximumPercent`; 200.
    pub maximum: u32,
    /// `deploymentCircuitBreaker.enable`
    pub breaker: bool,
    /// `deploymentCircuitBreaker.rollback`
    pub rollback: bool,
    /// Whether a healthy task does not reset the count of failures: `resetOnHealthyTask` false.
    pub keeps_failures: bool,
    /// `deploymentCircuitBreaker.thresholdConfiguration`
    pub threshold: Threshold,
    pub strategy: Strategy,
    /// `bakeTimeInMinutes`
    pub bake: Duration,
    /// `alarms`, where they are enabled.
    pub alarms: Option<Alarms>,
    /// `lifecycleHooks`
    pub hooks: Vec<Hook>,
    /// `earlySuccessCriteria`, where they are enabled.
    pub early: Option<Early>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            minimum: 100,
            maximum: 200,
            breaker: false,
            rollback: false,
            keeps_failures: false,
            threshold: Threshold::default(),
            strategy: Strategy::Rolling,
            bake: Duration::ZERO,
            alarms: None,
            hooks: Vec::new(),
            early: None,
        }
    }
}

/// How many failures in a row break the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// This many.
    Count(u32),
    /// This percentage of the desired count, at least 3 and at most 200.
    Bounded(u32),
    /// This percentage of the desired count.
    Unbounded(u32),
}

impl Default for Threshold {
    fn default() -> Threshold {
        Threshold::Bounded(50)
    }
}

impl Threshold {
    /// The number of failures for a desired count.
    pub fn of(self, desired: u32) -> u32 {
        let part = |percent: u32| {
            let part = (u64::from(desired) * u64::from(percent)).div_ceil(100);
            u32::try_from(part).unwrap_or(u32::MAX)
        };
        match self {
            Threshold::Count(count) => count.max(1),
            Threshold::Bounded(percent) => part(percent).clamp(3, 200),
            Threshold::Unbounded(percent) => part(percent).max(1),
        }
    }
}

/// `deploymentConfiguration.strategy`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strategy {
    Rolling,
    BlueGreen,
    /// Production traffic moves by this percentage, then rests.
    Linear {
        step: f64,
        bake: Duration,
    },
    /// This percentage of the production traffic moves, rests, and then the rest of it.
    Canary {
        percent: f64,
        bake: Duration,
    },
}

/// `CloudWatch` alarms that a deployment watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarms {
    pub names: Vec<String>,
    pub rollback: bool,
}

/// `earlySuccessCriteria`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    /// Healthy tasks of the target, in percent of the desired count, that are enough.
    pub healthy_percent: u32,
    /// Whether the old tasks are removed after the deployment succeeded.
    pub deferred: bool,
}

/// A lifecycle hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The Lambda function; none for a PAUSE hook.
    pub function: Option<String>,
    /// Where it is run.
    pub points: Vec<HookPoint>,
    /// How long it may take.
    pub timeout: Duration,
    /// What happens then.
    pub on_timeout: TimeoutAction,
}

/// `DeploymentLifecycleHookAction`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutAction {
    Continue,
    Rollback,
}

impl TimeoutAction {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            TimeoutAction::Continue => "CONTINUE",
            TimeoutAction::Rollback => "ROLLBACK",
        }
    }
}

/// A stage at which a hook may be run, in the order of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookPoint {
    ReconcileService,
    PreScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
}

impl HookPoint {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            HookPoint::ReconcileService => "RECONCILE_SERVICE",
            HookPoint::PreScaleUp => "PRE_SCALE_UP",
            HookPoint::PostScaleUp => "POST_SCALE_UP",
            HookPoint::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            HookPoint::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            HookPoint::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            HookPoint::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            HookPoint::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
        }
    }

    /// The stage of a name.
    pub fn named(name: &str) -> Option<HookPoint> {
        let all = [
            HookPoint::ReconcileService,
            HookPoint::PreScaleUp,
            HookPoint::PostScaleUp,
            HookPoint::TestTrafficShift,
            HookPoint::PostTestTrafficShift,
            HookPoint::PreProductionTrafficShift,
            HookPoint::ProductionTrafficShift,
            HookPoint::PostProductionTrafficShift,
        ];
        all.into_iter().find(|point| point.name() == name)
    }

    /// Whether a PAUSE hook may stand here.
    pub fn may_pause(self) -> bool {
        !matches!(self, HookPoint::TestTrafficShift | HookPoint::ProductionTrafficShift)
    }
}

#[cfg(test)]
mod tests {
    use super::Threshold;

    #[test]
    fn the_breaker_waits_for_half_of_the_tasks_but_never_for_fewer_than_three() {
        for (desired, expected) in [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (1000, 200)] {
            assert_eq!(Threshold::default().of(desired), expected, "{desired} tasks");
        }
        let configured = [Threshold::Count(2).of(50), Threshold::Bounded(10).of(50), Threshold::Unbounded(2).of(50)];
        assert_eq!(configured, [2, 5, 1]);
    }
}
