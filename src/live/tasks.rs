//! A one-off task, watched until it has stopped, with what its containers log.

mod followed;

use super::aws::Aws;
use crate::domain::one_off::{Counted, Standing, id, standing};
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use followed::Followed;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks in the first while, in which most jobs end.
const FAST: Duration = Duration::from_secs(2);
/// Between two looks after that.
const BEAT: Duration = Duration::from_secs(5);
/// So long is the first while.
const WHILE: Duration = Duration::from_mins(1);
/// So long a task may not be described yet after it was started.
const LAG: Duration = Duration::from_secs(30);

/// What is watched.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Who asks.
    pub aws: &'a Aws,
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
    /// ARN.
    pub task: &'a str,
    /// Its containers.
    pub containers: &'a [Counted],
    /// Whether what they log is told while it goes on.
    pub follow: bool,
}

/// Looks until the task has stopped, or time has run out: `task` as it was described last, and `logs`, the last lines by
/// container.
///
/// # Errors
/// `Rollout`, code `TaskForgotten`, for a task that ECS does not know (any more); what cannot pass by itself.
pub async fn watch(watch: Watch<'_>, limit: Duration, events: &Events) -> Result<Value, Fault> {
    let began = Instant::now();
    let mut followed = Followed::of(watch, events).await;
    let name = watch.task.rsplit('/').next().unwrap_or(watch.task);
    let (mut status, mut last) = (String::new(), None);
    loop {
        let over = began.elapsed() >= limit;
        match watch.aws.describe_tasks(watch.session, watch.cluster, &[watch.task.to_owned()]).await {
            Ok(answer) => match answer.pointer("/tasks/0") {
                Some(task) => {
                    if let Standing::Runs(now) = standing(task, watch.containers) {
                        if now != status {
                            events.step(format!("task {name} is {now}"));
                            status = now;
                        }
                        followed.look(task).await;
                        last = Some(task.clone());
                    } else {
                        return Ok(json!({ "task": task, "logs": followed.end(task).await }));
                    }
                }
                // descriptions lag behind; one that was seen is not lost within a watch
                None if last.is_none() && began.elapsed() >= LAG.min(limit) => return Err(forgotten(watch)),
                None => {}
            },
            Err(fault) if (fault.retryable || fault.kind == FaultKind::Network) && !over => {
                events.log(Level::Warn, format!("task {name}: no answer to a look ({fault}); looking again"));
            }
            Err(fault) => return Err(fault),
        }
        if over {
            let task = last.unwrap_or_else(|| json!({ "taskArn": watch.task }));
            return Ok(json!({ "logs": followed.end(&task).await, "task": task }));
        }
        let pause = if began.elapsed() < WHILE { FAST } else { BEAT };
        tokio::time::sleep(pause.min(limit.saturating_sub(began.elapsed()))).await;
    }
}

fn forgotten(watch: Watch<'_>) -> Fault {
    let (id, cluster) = (id(&json!({ "taskArn": watch.task })).to_owned(), watch.cluster);
    let message = format!(
        "cluster {cluster} does not tell of task {id}: ECS forgets one an hour after it has stopped, so how it ended is \
         not known"
    );
    Fault::new(FaultKind::Rollout, "TaskForgotten", message).hint(
        "look in its log how it ended, then start the release again from what comes after it, or from its beginning",
    )
}
