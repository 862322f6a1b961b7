//! Task sets: a service that another controller deploys has tasks of several at once, each kept at its own count,
//! until the controller removes one.

use super::deployment::{Deployment, Revision, Rollout};
use super::service::Service;
use super::step::Due;
use super::surroundings::Surroundings;
use crate::rehearsal::moment::Moment;

impl Service {
    /// `CreateTaskSet`: a revision beside the PRIMARY task set, at the desired count. Its identifier.
    pub(super) fn create_task_set(&mut self, revision: Revision, at: Moment) -> String {
        let task_set = Deployment::begin(self.new_deployment_id(), revision, at);
        let id = task_set.id.clone();
        self.deployments.push(task_set);
        self.plan_beside(at, Due::Wake);
        id
    }

    /// `UpdateServicePrimaryTaskSet`
    pub(super) fn promote_task_set(&mut self, id: &str, at: Moment) {
        if let Some(position) = self.deployments.iter().position(|one| one.id == id) {
            let task_set = self.deployments.remove(position);
            self.deployments.insert(0, task_set);
            self.touch_primary(at);
        }
    }

    /// `DeleteTaskSet`: its tasks are stopped; it is gone when they are.
    pub(super) fn delete_task_set(&mut self, id: &str, at: Moment) {
        if self.primary().is_some_and(|primary| primary.id != id) && !self.removed.iter().any(|one| one == id) {
            self.removed.push(id.to_owned());
            self.plan_beside(at, Due::Wake);
        }
    }

    /// Whether all tasks of a task set are there and healthy: `STEADY_STATE`.
    pub fn is_task_set_steady(&self, id: &str) -> bool {
        let tasks = self.tasks_of(id).filter(|task| !task.stopping);
        let (all, healthy) = tasks.fold((0, 0), |(all, healthy), task| (all + 1, healthy + u32::from(task.healthy)));
        all == self.desired && healthy == self.desired
    }

    /// Whether a task set is on its way out: `DRAINING`.
    pub fn is_task_set_draining(&self, id: &str) -> bool {
        self.removed.iter().any(|one| one == id)
    }

    /// Starts what is missing of each task set and stops what is too much.
    pub(super) fn reconcile_task_sets(&mut self, at: Moment, world: &dyn Surroundings) {
        self.tell_targets(at);
        let sets: Vec<Deployment> = self.deployments.clone();
        for task_set in &sets {
            let wanted = if self.is_task_set_draining(&task_set.id) { 0 } else { self.desired as usize };
            let mut tasks: Vec<(bool, u64, String)> = self
                .tasks_of(&task_set.id)
                .filter(|task| !task.stopping)
                .map(|task| (task.healthy, task.number, task.id.clone()))
                .collect();
            tasks.sort();
            if tasks.len() > wanted {
                let surplus = tasks.len() - wanted;
                let ids: Vec<String> = tasks.into_iter().take(surplus).map(|(_, _, id)| id).collect();
                self.stop_of_task_set(&task_set.id, &ids, at);
            } else if tasks.len() < wanted && task_set.not_before <= at {
                self.start_of_task_set(task_set, wanted - tasks.len(), at, world);
            }
        }
        self.settle_task_sets(at);
        self.follow_code_deploy(at, world);
    }

    fn stop_of_task_set(&mut self, task_set: &str, ids: &[String], at: Moment) {
        let reason = format!("Task set {task_set} scaled by the deployment controller");
        let stop = |service: &mut Service, id: &String| service.stop(id, "ServiceSchedulerInitiated", &reason, at);
        let drained = ids.iter().filter(|id| stop(self, id) == Some(super::stage::Stage::Deactivating)).count();
        self.tell_stopped(at, ids, drained);
    }

    fn start_of_task_set(&mut self, task_set: &Deployment, count: usize, at: Moment, world: &dyn Surroundings) {
        if !self.has_room(task_set, at, world) {
            return;
        }
        let mut started = Vec::new();
        for _ in 0..count {
            let task = self.new_task(task_set, at);
            let id = task.id.clone();
            self.tasks.insert(id.clone(), task);
            self.enter(&id, super::stage::Stage::Provisioning, at);
            started.push(id);
        }
        self.tell(at, &format!("has started {} tasks of (task set {}).", started.len(), task_set.id));
    }

    /// Says which task sets are steady, and forgets those whose tasks are gone.
    fn settle_task_sets(&mut self, at: Moment) {
        let states: Vec<(String, bool)> =
            self.deployments.iter().map(|one| (one.id.clone(), self.is_task_set_steady(&one.id))).collect();
        for (id, steady) in states {
            let rollout = if steady { Rollout::Completed } else { Rollout::InProgress };
            for one in self.deployments.iter_mut().filter(|one| one.id == id && one.rollout != rollout) {
                one.rollout = rollout;
                one.updated = at;
            }
        }
        let gone: Vec<String> = self
            .removed
            .iter()
            .filter(|id| self.tasks_of(id).all(|task| task.stage == super::stage::Stage::Stopped))
            .cloned()
            .collect();
        self.deployments.retain(|one| !gone.contains(&one.id));
        self.removed.retain(|id| !gone.contains(id));
    }
}
