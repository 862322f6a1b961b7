//! What people watch: new and old tasks, and the latest event.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::observation::Observation;
use super::service_deployment::{Hook, Revision, Status};
use super::target::Target;
use crate::domain::task_definition::short_name;

/// A rollout in a few numbers. Two equal ones are nothing new to show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The status of ECS's record of ours, where it says more than that it is under way: `ROLLBACK_IN_PROGRESS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The stage of its life, where ECS tells it: `BAKE_TIME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The new revision's share of the production traffic in percent, where traffic is shifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<f64>,
    /// Its share of the test traffic in percent, where there is some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_traffic: Option<f64>,
    /// The hook that waits for an answer, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Box<Hook>>,
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
        let pinned = seen.service_deployment.as_ref();
        let counts = |one: &Revision| Counts { desired: one.requested, pending: one.pending, running: one.running };
        let listed = ours.map(|ours| Counts { desired: ours.desired, pending: ours.pending, running: ours.running });
        // the record is looked at more often; before its tasks are asked for, the service knows how many there will be
        let new = match (pinned.map(|one| counts(&one.target)), listed) {
            (Some(new), Some(listed)) => Some(Counts { desired: new.desired.max(listed.desired), ..new }),
            (new, listed) => new.or(listed),
        };
        let others = seen.deployments.iter().filter(|deployment| deployment.id != target.deployment);
        let mut old = others.fold(Counts::default(), |sum, other| Counts {
            desired: sum.desired.saturating_add(other.desired),
            pending: sum.pending.saturating_add(other.pending),
            running: sum.running.saturating_add(other.running),
        });
        if let Some(pinned) = pinned.filter(|one| !one.status.is_final()) {
            let sources = pinned.sources.iter().map(counts);
            old = sources.fold(Counts::default(), |sum, one| Counts {
                desired: sum.desired.saturating_add(one.desired),
                pending: sum.pending.saturating_add(one.pending),
                running: sum.running.saturating_add(one.running),
            });
        }
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
            status: pinned.map(|one| one.status).filter(|one| *one > Status::InProgress && *one != Status::Successful),
            stage: pinned.filter(|one| !one.status.is_final()).and_then(|one| one.stage.clone()),
            traffic: pinned.and_then(|one| one.target.production_weight),
            test_traffic: pinned.and_then(|one| one.target.test_weight),
            // on the way back nobody is waited for any more
            hook: pinned
                .filter(|one| one.status <= Status::InProgress)
                .and_then(|one| {
                    one.hooks.iter().find(|one| one.waits_for_an_answer() && !target.answered.contains(&one.id))
                })
                .map(|hook| Box::new(hook.clone())),
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
        write!(f, "; old: {}", old.running)?;
        if let Some(percent) = self.traffic {
            write!(f, "; {percent}% of the traffic")?;
        }
        if let Some(percent) = self.test_traffic {
            write!(f, "; {percent}% of the test traffic")?;
        }
        if let Some(stage) = &self.stage {
            write!(f, "; {stage}")?;
        }
        if let Some(status) = self.status {
            write!(f, "; {status}")?;
        }
        match &self.hook {
            Some(hook) => write!(f, "; {hook} waits for an answer"),
            None => Ok(()),
        }
    }
}
