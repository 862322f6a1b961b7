//! What people watch: new and old tasks, and the latest event.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::observation::Observation;
use super::target::Target;
use crate::domain::task_definition::short_name;

/// A rollout in a few numbers. Two equal ones are nothing new to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The service.
    pub service: String,
    /// Our task definition, `web:8`.
    pub task_definition: String,
    /// Our deployment's tasks.
    pub new: Counts,
    /// The tasks of all other deployments together; none of them is desired any more.
    pub old: Counts,
    /// The newest event since ours began.
    pub event: Option<String>,
}

/// How many tasks there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How many there should be.
    pub desired: u64,
    /// How many are about to run.
    pub pending: u64,
    /// How many run.
    pub running: u64,
}

impl Snapshot {
    /// The numbers of an observation. Old tasks that still drain are counted where they are listed, although ECS
    /// counts them no more.
    pub fn of(seen: &Observation, target: &Target) -> Self {
        let ours = seen.deployment(&target.deployment);
        let new = ours.map(|ours| Counts { desired: ours.desired, pending: ours.pending, running: ours.running });
        let others = seen.deployments.iter().filter(|deployment| deployment.id != target.deployment);
        let mut old = others.fold(Counts::default(), |sum, other| Counts {
            desired: sum.desired.saturating_add(other.desired),
            pending: sum.pending.saturating_add(other.pending),
            running: sum.running.saturating_add(other.running),
        });
        let left = u64::try_from(seen.others_left(&target.deployment).count()).unwrap_or(u64::MAX);
        old.running = old.running.max(left.saturating_sub(old.pending));
        let since = target.since.or_else(|| ours?.created_at);
        let latest = seen.events.first().filter(|event| match (since, event.created_at) {
            (Some(since), Some(at)) => at >= since,
            _ => true,
        });
        Self {
            service: seen.service.clone(),
            task_definition: short_name(&target.task_definition).to_owned(),
            new: new.unwrap_or_default(),
            old,
            event: latest.map(|event| event.message.clone()),
        }
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task_definition, new, old, .. } = self;
        write!(f, "{task_definition}: {} of {} running", new.running, new.desired)?;
        if new.pending > 0 {
            write!(f, ", {} pending", new.pending)?;
        }
        write!(f, "; old: {}", old.running)
    }
}
