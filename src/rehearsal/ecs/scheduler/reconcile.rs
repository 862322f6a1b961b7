//! What the scheduler decides at a moment: which tasks it starts and which it stops.

use super::deployment::Rollout;
use super::lifecycle::Lifecycle;
use super::roll::{Counts, Decision, decide};
use super::service::Service;
use super::stage::Stage;
use super::step::Due;
use super::surroundings::Surroundings;
use super::task::Task;
use crate::rehearsal::moment::Moment;

impl Service {
    /// Looks at what there is and starts and stops tasks until nothing is left to decide.
    pub(super) fn reconcile(&mut self, at: Moment, world: &dyn Surroundings) {
        if self.code_deploy.is_some() {
            return self.reconcile_task_sets(at, world);
        }
        self.tell_targets(at);
        self.break_circuit(at);
        self.wake_when_unprotected(at);
        // room made by stopping is filled at once: two rounds settle any decision, more is a guard
        for _ in 0..4 {
            let Some(counts) = self.counts(at) else { break };
            let decision = self.held_back(decide(&counts), &counts, at);
            if decision == Decision::default() {
                break;
            }
            self.stop_surplus(decision.stop_old, decision.stop_fresh, at);
            self.start_tasks(decision.start, at, world);
        }
        self.plan_settling(at);
        self.follow(at);
    }

    pub(super) fn counts(&self, at: Moment) -> Option<Counts> {
        let primary = self.primary()?;
        if primary.rollout == Rollout::Failed {
            return None;
        }
        let count = |wanted: &dyn Fn(&Task) -> bool| {
            let tasks = self.tasks.values().filter(|task| !task.stopping && wanted(task));
            u32::try_from(tasks.count()).unwrap_or(u32::MAX)
        };
        let fresh = |task: &Task| task.deployment == primary.id;
        Some(Counts {
            desired: self.desired,
            minimum: self.rules.minimum,
            maximum: self.rules.maximum,
            fresh: count(&fresh),
            fresh_healthy: count(&|task| fresh(task) && task.healthy),
            old: count(&|task| !fresh(task)),
            old_healthy: count(&|task| !fresh(task) && task.healthy),
            may_start: primary.not_before <= at,
        })
    }

    /// What of a decision is not held back by the strategy of the deployment.
    fn held_back(&self, decision: Decision, counts: &Counts, at: Moment) -> Decision {
        if let Some(swapping) = self.swapping() {
            let Some(stage) = swapping.stage else {
                return Decision::default();
            };
            let missing = counts.desired.saturating_sub(counts.fresh);
            return Decision {
                start: if stage >= Lifecycle::ScaleUp && counts.may_start { missing } else { 0 },
                stop_old: if stage == Lifecycle::CleanUp { counts.old } else { 0 },
                stop_fresh: decision.stop_fresh,
            };
        }
        let defers = self.rules.early.is_some_and(|early| early.deferred)
            && self.current().is_some_and(|current| {
                current.rollback.is_none()
                    && current.finished.is_none_or(|finished| at < finished.after(self.timings.cleanup))
            });
        // room for the new tasks is made all the same
        if defers && counts.fresh >= counts.desired { Decision { stop_old: 0, ..decision } } else { decision }
    }

    /// Looks again when the next task loses its protection.
    fn wake_when_unprotected(&mut self, at: Moment) {
        let protected = self.tasks.values().filter(|task| !task.stopping).filter_map(|task| task.protected);
        if let Some(next) = protected.filter(|until| *until > at).min()
            && self.watched != Some(next)
        {
            self.watched = Some(next);
            self.plan_beside(next, Due::Wake);
        }
    }

    fn start_tasks(&mut self, count: u32, at: Moment, world: &dyn Surroundings) {
        let Some(primary) = self.primary() else {
            return;
        };
        let primary = primary.clone();
        if count > 0 && !self.has_room(&primary, at, world) {
            return;
        }
        let mut started = Vec::new();
        for _ in 0..count {
            let task = self.new_task(&primary, at);
            let id = task.id.clone();
            self.tasks.insert(id.clone(), task);
            self.enter(&id, Stage::Provisioning, at);
            started.push(id);
        }
        if !started.is_empty() {
            self.steady = false;
            self.touch_primary(at);
            self.tell_started(at, &started);
        }
    }

    fn stop_surplus(&mut self, old: u32, fresh: u32, at: Moment) {
        let Some(primary) = self.primary().map(|primary| primary.id.clone()) else {
            return;
        };
        let mut candidates: Vec<(bool, bool, u64, String)> = self
            .tasks
            .values()
            .filter(|task| !task.stopping && task.protected.is_none_or(|until| until <= at))
            .map(|task| (task.deployment == primary, task.healthy, task.number, task.id.clone()))
            .collect();
        candidates.sort();
        let of = |is_fresh: bool, count: u32| {
            let ids = candidates.iter().filter(move |candidate| candidate.0 == is_fresh);
            ids.take(count as usize).map(|candidate| candidate.3.clone())
        };
        let stopped: Vec<String> = of(false, old).chain(of(true, fresh)).collect();
        if stopped.is_empty() {
            return;
        }
        let reason = format!("Scaling activity initiated by (deployment {primary})");
        let drained = stopped
            .iter()
            .filter(|id| self.stop(id, "ServiceSchedulerInitiated", &reason, at) == Some(Stage::Deactivating))
            .count();
        self.steady = false;
        self.touch_primary(at);
        self.tell_stopped(at, &stopped, drained);
    }

    pub(super) fn touch_primary(&mut self, at: Moment) {
        if let Some(primary) = self.deployments.first_mut() {
            primary.updated = at;
        }
    }
}
