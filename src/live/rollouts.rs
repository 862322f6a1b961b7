//! Watches a rollout: looks, judges, waits a beat, and looks again.

use super::aws::Aws;
use super::host::surroundings::Surroundings;
use crate::domain::rollout::{Finding, Observation, Policy, Snapshot, Target, Until, Verdict, diagnosis, judge};
use crate::effects::event::{Event, Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::RolloutEnd;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What is watched.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
    /// Name.
    pub service: &'a str,
    /// Our deployment, and how far to wait.
    pub target: &'a Target,
    /// When a crash loop is a failure.
    pub policy: &'a Policy,
    /// Whose clock it lives by.
    pub surroundings: &'a Surroundings,
}

/// One look.
struct Seen {
    service: Value,
    observation: Observation,
    snapshot: Snapshot,
}

impl Watch<'_> {
    /// Looks until the judgment is final or `limit` is over. A look that gets no answer does not end the watch: the
    /// rollout goes on without us, and the limit is what bounds it.
    ///
    /// # Errors
    /// Of a look that cannot succeed later either: permissions, a service that is not there.
    pub async fn until(&self, aws: &Aws, limit: Duration, events: &Events) -> Result<RolloutEnd, Fault> {
        let began = Instant::now();
        let mut last: Option<Seen> = None;
        let (mut changed, mut appeared) = (began, false);
        loop {
            match self.look(aws, last.as_ref()).await {
                Ok(seen) => {
                    if last.as_ref().is_none_or(|last| last.snapshot != seen.snapshot) {
                        changed = Instant::now();
                        let service = self.name();
                        events.tell(&Event::Rollout { service, snapshot: seen.snapshot.clone() });
                    }
                    appeared |= seen.observation.deployment(&self.target.deployment).is_some();
                    let verdict = judge(&seen.observation, self.target, *self.policy, self.now());
                    let lagging = !appeared && began.elapsed() < LAG;
                    let over = began.elapsed() >= limit;
                    if over || (verdict.is_final() && !lagging) {
                        return Box::pin(self.end(aws, verdict, seen, began.elapsed())).await;
                    }
                    last = Some(seen);
                }
                Err(fault) if may_pass(&fault) && began.elapsed() < limit => {
                    events.log(Level::Warn, format!("{}: no answer to a look ({fault}); looking again", self.name()));
                }
                // time has run out, and the last look is what there is
                Err(fault) if may_pass(&fault) => match last {
                    Some(seen) => {
                        let verdict = judge(&seen.observation, self.target, *self.policy, self.now());
                        return Box::pin(self.end(aws, verdict, seen, began.elapsed())).await;
                    }
                    None => return Err(fault),
                },
                Err(fault) => return Err(fault),
            }
            let left = limit.saturating_sub(began.elapsed());
            tokio::time::sleep(beat(began.elapsed(), changed.elapsed()).min(left)).await;
        }
    }

    /// In seconds since 1970, as ECS counts.
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in an f64 for 285,000 years")]
    fn now(&self) -> f64 {
        self.surroundings.now() as f64 / 1000.0
    }

    fn name(&self) -> String {
        format!("{}/{}", self.cluster.rsplit('/').next().unwrap_or(self.cluster), self.service)
    }

    /// Tasks cost calls: they are listed when the service itself looks different, and for every claim that needs them.
    async fn look(&self, aws: &Aws, last: Option<&Seen>) -> Result<Seen, Fault> {
        let names = [self.service.to_owned()];
        let answer = aws.describe_services(self.session, self.cluster, &names).await?;
        let service = answer.get("services").and_then(Value::as_array).and_then(|all| all.first());
        let Some(service) = service.cloned() else {
            let message = format!("service {} is not there any more", self.name());
            return Err(Fault::new(FaultKind::Missing, "ServiceMissing", message));
        };
        let mut observation = self.observation(&service, &[])?;
        let quiet = last.is_some_and(|last| !differs(&last.observation, &observation));
        if quiet && !self.final_check(&observation) {
            observation.tasks = last.map(|last| last.observation.tasks.clone()).unwrap_or_default();
        } else {
            observation = self.observation(&service, &self.tasks(aws).await?)?;
        }
        let snapshot = Snapshot::of(&observation, self.target);
        Ok(Seen { service, observation, snapshot })
    }

    fn observation(&self, service: &Value, tasks: &[Value]) -> Result<Observation, Fault> {
        Observation::of(service, tasks).map_err(|error| {
            let message = format!("ECS's description of {} is not understood: {error}", self.name());
            Fault::new(FaultKind::Refused, "NotUnderstood", message)
        })
    }

    /// Whether only the tasks can tell if the old ones are gone.
    fn final_check(&self, observation: &Observation) -> bool {
        let deployed = Target { until: Until::Deployed, ..self.target.clone() };
        self.target.until == Until::Drained
            && matches!(judge(observation, &deployed, *self.policy, self.now()), Verdict::Done { .. })
    }

    /// All tasks of the service: those that should run and those that should not, since a task that drains is desired
    /// to be stopped.
    async fn tasks(&self, aws: &Aws) -> Result<Vec<Value>, Fault> {
        let mut arns = Vec::new();
        for desired in ["RUNNING", "STOPPED"] {
            let page = aws.list_tasks(self.session, self.cluster, self.service, desired).await?;
            let listed = page.get("taskArns").and_then(Value::as_array).into_iter().flatten();
            arns.extend(listed.filter_map(Value::as_str).map(ToOwned::to_owned));
        }
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let described = aws.describe_tasks(self.session, self.cluster, &arns).await?;
        Ok(described.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The end, with the reasons where it is not the one that was wanted.
    async fn end(&self, aws: &Aws, verdict: Verdict, seen: Seen, took: Duration) -> Result<RolloutEnd, Fault> {
        let mut findings: Vec<Finding> = Vec::new();
        if !matches!(verdict, Verdict::Done { .. }) {
            // the reasons are in the tasks as they are now; without an answer, as they were last seen
            let fresh = self.tasks(aws).await.and_then(|tasks| self.observation(&seen.service, &tasks));
            findings = diagnosis(&fresh.unwrap_or(seen.observation), self.target);
        }
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(RolloutEnd { verdict, snapshot: Box::new(seen.snapshot), findings, millis })
    }
}

/// Whether a service looks different in what its tasks could explain.
fn differs(before: &Observation, now: &Observation) -> bool {
    before.deployments != now.deployments || before.events != now.events
}

fn may_pass(fault: &Fault) -> bool {
    fault.retryable || fault.kind == FaultKind::Network
}

const FAST: Duration = Duration::from_secs(2);
const STEADY: Duration = Duration::from_secs(5);
const SLOWEST: Duration = Duration::from_secs(15);
/// How long the fast beat lasts, at the start and after every change.
const LIVELY: Duration = Duration::from_secs(20);

/// A description may be older than the update that it follows: so long a deployment that was never seen counts as not
/// there yet, instead of as gone.
const LAG: Duration = Duration::from_mins(1);

/// How long to wait until the next look: 2 s while something happens, then 5 s, then slower by and by up to 15 s. The
/// calls of one service are far below ECS's limits, and the jitter that many watchers would need comes from when each
/// of them began.
fn beat(since_start: Duration, since_change: Duration) -> Duration {
    let quiet = since_change.min(since_start);
    if quiet < LIVELY {
        return FAST;
    }
    let slower = STEADY.mul_f64(1.3_f64.powf(quiet.saturating_sub(LIVELY).as_secs_f64() / STEADY.as_secs_f64()));
    slower.min(SLOWEST)
}

#[cfg(test)]
mod tests {
    use super::beat;
    use std::time::Duration;

    #[test]
    fn the_beat_is_fast_where_something_happens_and_slow_where_nothing_does() {
        let table = [(0, 0, 2.0), (19, 19, 2.0), (20, 20, 5.0), (25, 25, 6.5), (120, 120, 15.0), (3600, 0, 2.0)];
        for (start, change, expected) in table {
            let beat = beat(Duration::from_secs(start), Duration::from_secs(change));
            assert!((beat.as_secs_f64() - expected).abs() < 0.01, "{start} {change}: {beat:?}");
        }
    }
}
