//! Watches how many tasks a service runs, after it was told how many there should be.

use super::aws::Aws;
use crate::domain::duration;
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const BEAT: Duration = Duration::from_secs(3);

/// So many of the newest events of a service go into the fault of a wait that ran out.
const EVENTS: usize = 5;

/// Which service.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
    /// Name.
    pub service: &'a str,
}

/// Looks until the service runs `count` tasks and no other is on its way; gives its counts.
///
/// # Errors
/// `Rollout`: time has run out, or somebody else wants another number of tasks by now; what cannot pass by itself.
pub async fn until(aws: &Aws, place: Place<'_>, count: i64, limit: Duration, events: &Events) -> Result<Value, Fault> {
    let began = Instant::now();
    let Place { session, cluster, service: name } = place;
    let told = format!("{}/{name}", cluster.rsplit('/').next().unwrap_or(cluster));
    let mut last = None;
    loop {
        match aws.describe_services(session, cluster, &[name.to_owned()]).await {
            Ok(answer) => {
                let Some(service) = answer.pointer("/services/0") else {
                    let message = format!("service {told} is not there any more");
                    return Err(Fault::new(FaultKind::Missing, "ServiceMissing", message));
                };
                let number = |key: &str| service.get(key).and_then(Value::as_i64).unwrap_or(0);
                let (desired, running, pending) =
                    (number("desiredCount"), number("runningCount"), number("pendingCount"));
                if desired != count {
                    let message = format!("{told} is to run {desired} tasks by now, and {count} were asked for");
                    return Err(Fault::new(FaultKind::Rollout, "CountChanged", message)
                        .hint("auto scaling or somebody else has changed it meanwhile"));
                }
                if running == count && pending == 0 {
                    return Ok(json!({ "desiredCount": desired, "runningCount": running, "pendingCount": pending }));
                }
                if last != Some((running, pending)) {
                    events.step(format!("{told}: {running} of {count} running, {pending} pending"));
                    last = Some((running, pending));
                }
                if began.elapsed() >= limit {
                    return Err(ran_out(&told, (running, count), limit, service));
                }
            }
            Err(fault) if (fault.retryable || fault.kind == FaultKind::Network) && began.elapsed() < limit => {
                events.log(Level::Warn, format!("{told}: no answer to a look ({fault}); looking again"));
            }
            Err(fault) => return Err(fault),
        }
        tokio::time::sleep(BEAT.min(limit.saturating_sub(began.elapsed()))).await;
    }
}

fn ran_out(told: &str, (running, count): (i64, i64), limit: Duration, service: &Value) -> Fault {
    let limit = duration::brief(limit);
    let message = format!("after {limit} {told} runs {running} of {count} tasks");
    let listed = service.get("events").and_then(Value::as_array).into_iter().flatten();
    let lines = listed.filter_map(|event| event.get("message")?.as_str()).take(EVENTS);
    Fault::new(FaultKind::Rollout, "WaitRanOut", message)
        .details(lines.map(|line| format!("event: {line}")).collect())
        .hint("the newest events of the service tell what holds it up")
}
