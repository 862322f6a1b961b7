//! When the scheduler calls a service steady, and a deployment completed.

use super::deployment::Rollout;
use super::service::{Completed, Service};
use super::step::Due;
use crate::rehearsal::moment::Moment;

impl Service {
    fn is_complete(&self, at: Moment) -> bool {
        self.counts(at).is_some_and(|counts| {
            counts.fresh == self.desired && counts.fresh_healthy == self.desired && counts.old == 0
        })
    }

    pub(super) fn plan_settling(&mut self, at: Moment) {
        if !self.is_complete(at) {
            self.settling = false;
        } else if !self.steady && !self.settling {
            self.settling = true;
            self.plan(at.after(self.timings.settling), Due::Settle);
        }
    }

    pub(super) fn settle(&mut self, at: Moment) {
        if !self.settling || !self.is_complete(at) {
            return;
        }
        if self.must_wait(at) {
            self.settling = false;
            return;
        }
        self.settling = false;
        self.steady = true;
        let Some(primary) = self.deployments.first_mut() else {
            return;
        };
        if primary.rollout == Rollout::InProgress {
            primary.rollout = Rollout::Completed;
            primary.updated = at;
            if !primary.is_rollback {
                primary.reason = format!("ECS deployment {} completed.", primary.id);
            }
            let id = primary.id.clone();
            let before = self.completed.take().map(|last| Box::new(Completed { before: None, ..last }));
            self.completed = Some(Completed {
                deployment: id.clone(),
                service_revision: primary.service_revision.clone(),
                revision: primary.revision.clone(),
                before,
            });
            self.deployments.truncate(1);
            self.tell(at, &format!("(deployment {id}) deployment completed."));
        }
        self.tell(at, "has reached a steady state.");
    }
}
