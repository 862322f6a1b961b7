//! The course of a service deployment: it begins, succeeds, is stopped, is rolled back, or is
//! superseded. What decides is what the tasks do; this is what is told of it.

use super::deployment::{Deployment, Revision, Rollout};
use super::lifecycle::{Lifecycle, Swap};
use super::rules::Strategy;
use super::service::Service;
use super::service_deployment::{Cause, Counted, ServiceDeployment, ServiceRevision, Status};
use super::stage::Stage;
use super::step::Due;
use super::surroundings::Surroundings;
use super::task::Task;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

impl Service {
    /// The newest service deployment; a service always has one.
    pub fn current(&self) -> Option<&ServiceDeployment> {
        self.history.last()
    }

    /// Remembers a deployment that begins; whatever was under way is superseded.
    pub(super) fn begin(&mut self, deployment: &Deployment, at: Moment) {
        let counted = self.counted();
        if let Some(before) = self.history.last_mut() {
            before.counted = counted;
            if !before.status.is_over() {
                before.becomes(Status::StopRequested, "A newer service deployment has started.", at);
                before.cause.get_or_insert(Cause::Superseded);
                let id = before.id.clone();
                self.plan_beside(at.after(self.timings.starting), Due::Halt(id));
            }
        }
        let id = self.record(deployment, at);
        self.plan_beside(at.after(self.timings.starting), Due::Begin(id));
    }

    /// Adds a service deployment to the history, and its target to the service revisions.
    fn record(&mut self, deployment: &Deployment, at: Moment) -> String {
        let sources = self.service_revisions();
        let begun = ServiceDeployment {
            id: identifier::hexadecimal(&["service-deployment", &self.arn, &deployment.id], 21),
            deployment: deployment.id.clone(),
            target: deployment.service_revision.clone(),
            sources,
            created: at,
            started: None,
            finished: None,
            stopped: None,
            updated: at,
            status: Status::Pending,
            served: false,
            reason: String::new(),
            rollback: None,
            failures: 0,
            threshold: self.rules.threshold.of(self.desired),
            breaker: self.rules.breaker,
            stage: None,
            swap: (self.rules.strategy != Strategy::Rolling).then(Swap::default),
            weights: None,
            hooks: Vec::new(),
            alarms: self.rules.alarms.clone(),
            triggered: Vec::new(),
            baked: None,
            counted: None,
            cause: None,
        };
        let id = begun.id.clone();
        self.history.push(begun);
        self.remember(deployment, at);
        id
    }

    /// Adds what the service was established with: a deployment that succeeded long ago.
    pub(super) fn record_established(&mut self, deployment: &Deployment, digests: &[String]) {
        self.record(deployment, deployment.created);
        if let Some(past) = self.history.last_mut() {
            past.sources.clear();
            past.started = Some(deployment.created);
            past.becomes(Status::Successful, "", deployment.created);
        }
        let names = deployment.revision.containers.iter().map(|container| container.name.clone());
        if let Some(revision) = self.revisions.last_mut() {
            revision.digests = names.zip(digests.iter().cloned()).collect();
        }
    }

    /// Puts a deployment before all that the history has: one that was over before the world began.
    pub fn was(&mut self, revision: Revision, status: Status, reason: &str, at: Moment) {
        let number = self.history.len().to_string();
        let id = format!("ecs-svc/{}", identifier::decimal(&["past deployment", &self.arn, &number]));
        let deployment = Deployment::begin(id, revision, at);
        self.record(&deployment, at);
        let Some(mut past) = self.history.pop() else {
            return;
        };
        past.sources.clear();
        past.started = Some(at);
        past.becomes(status, reason, at);
        past.cause = match status {
            Status::Successful => None,
            _ => Some(Cause::Stopped),
        };
        let gone = Counted { service_revision: past.target.clone(), ..Counted::default() };
        past.counted = Some((gone, Vec::new()));
        let place = self.history.partition_point(|other| other.created <= at);
        self.history.insert(place, past);
    }

    /// Notes what the images of a task resolved to, as its service revision's.
    pub(super) fn note_digests(&mut self, id: &str) {
        let Some(task) = self.tasks.get(id) else {
            return;
        };
        let mut revisions = self.revisions.iter_mut();
        if let Some(revision) = revisions.find(|revision| revision.number == task.service_revision) {
            let resolved = task.containers.iter().filter_map(|one| Some((one.name.clone(), one.digest.clone()?)));
            revision.digests = resolved.collect();
        }
    }

    fn remember(&mut self, deployment: &Deployment, at: Moment) {
        if self.revisions.iter().all(|known| known.number != deployment.service_revision) {
            self.revisions.push(ServiceRevision {
                number: deployment.service_revision.clone(),
                created: at,
                revision: deployment.revision.clone(),
                digests: Vec::new(),
            });
        }
    }

    /// The service revisions that have tasks or a deployment, the newest first.
    pub fn service_revisions(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let of_tasks = self.tasks.values().filter(|task| !task.stopping).map(|task| &task.service_revision);
        let of_deployments = self.deployments.iter().map(|deployment| &deployment.service_revision);
        for number in of_deployments.chain(of_tasks) {
            if !found.contains(number) {
                found.push(number.clone());
            }
        }
        found
    }

    /// The tasks of a service revision now.
    pub fn count(&self, service_revision: &str) -> Counted {
        let count = |wanted: &dyn Fn(&Task) -> bool| {
            let tasks = self.tasks.values().filter(|task| task.service_revision == service_revision);
            tasks.filter(|task| wanted(task)).count()
        };
        let primary = self.primary();
        let wanted = primary
            .is_some_and(|primary| primary.service_revision == service_revision && primary.rollout != Rollout::Failed);
        Counted {
            service_revision: service_revision.to_owned(),
            requested: if wanted { self.desired as usize } else { count(&|task| !task.stopping) },
            running: count(&Task::is_running),
            pending: count(&Task::is_pending),
        }
    }

    /// The tasks of the newest service deployment's target and sources now.
    fn counted(&self) -> Option<(Counted, Vec<Counted>)> {
        let current = self.current()?;
        Some((self.count(&current.target), current.sources.iter().map(|source| self.count(source)).collect()))
    }

    pub(super) fn deployment_begins(&mut self, id: &str, at: Moment, world: &dyn Surroundings) {
        let Some(begun) = self.under_way(id).filter(|begun| begun.status == Status::Pending) else {
            return;
        };
        begun.becomes(Status::InProgress, "", at);
        let (created, swaps) = (begun.created, begun.swap.is_some());
        if swaps {
            self.begin_swap(id, at, world);
        }
        let images = self.primary().map(|primary| primary.revision.images()).unwrap_or_default();
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        for name in self.rules.alarms.iter().flat_map(|alarms| alarms.names.clone()).collect::<Vec<_>>() {
            if let Some(after) = world.alarm(&self.place, &name, &images) {
                self.plan_beside(created.after(after).max(at), Due::Alarm(id.to_owned(), name));
            }
        }
    }

    /// An alarm goes off: of no concern once the deployment is over.
    pub(super) fn alarm_goes_off(&mut self, id: &str, name: &str, at: Moment) {
        let back = self.rules.alarms.as_ref().is_some_and(|alarms| alarms.rollback);
        let Some(watching) = self.under_way(id).filter(|watching| watching.status.goes_on()) else {
            return;
        };
        watching.triggered.push(name.to_owned());
        self.fail(Cause::Alarm, &format!("Alarm detected: {name}"), back, at);
    }

    /// Whether the newest deployment may not be called complete yet: it swaps, or it bakes.
    pub(super) fn must_wait(&mut self, at: Moment) -> bool {
        let bake = self.rules.bake;
        let primary = self.primary().map(|primary| primary.id.clone());
        let Some(current) = self
            .history
            .last_mut()
            .filter(|current| current.status.goes_on() && Some(&current.deployment) == primary.as_ref())
        else {
            return false;
        };
        if current.swap.is_some() {
            return current.stage != Some(Lifecycle::CleanUp);
        }
        if bake.is_zero() {
            return false;
        }
        if let Some(baked) = current.baked {
            return at < baked;
        }
        let baked = at.after(bake);
        current.baked = Some(baked);
        current.stage = Some(Lifecycle::BakeTime);
        self.plan_beside(baked, Due::Wake);
        true
    }

    pub(super) fn deployment_halts(&mut self, id: &str, at: Moment) {
        if let Some(halted) = self.under_way(id).filter(|halted| halted.status == Status::StopRequested) {
            let reason = halted.reason.clone();
            halted.becomes(Status::Stopped, &reason, at);
        }
    }

    pub(super) fn rollback_begins(&mut self, id: &str, at: Moment) {
        if let Some(back) = self.under_way(id).filter(|back| back.status == Status::RollbackRequested) {
            let reason = back.reason.clone();
            back.becomes(Status::RollbackInProgress, &reason, at);
        }
    }

    fn under_way(&mut self, id: &str) -> Option<&mut ServiceDeployment> {
        self.history.iter_mut().find(|one| one.id == id && !one.status.is_over())
    }

    /// Notes how many tasks of a deployment failed in a row.
    pub(super) fn note_failures(&mut self, deployment: &str, failures: u32) {
        let (threshold, breaker) = (self.rules.threshold.of(self.desired), self.rules.breaker);
        for one in self.history.iter_mut().filter(|one| one.deployment == deployment) {
            one.failures = failures;
            one.threshold = threshold;
            one.breaker = breaker;
        }
    }

    /// Whether enough of the new tasks are healthy for the early success criteria, where there are some.
    fn is_early_success(&mut self, at: Moment) -> bool {
        let (Some(early), Some(counts)) = (self.rules.early, self.counts(at)) else {
            return false;
        };
        let enough = u64::from(counts.desired) * u64::from(early.healthy_percent);
        let healthy = u64::from(counts.fresh_healthy) * 100 >= enough;
        let gone = || {
            let primary = self.primary().map(|primary| primary.id.clone()).unwrap_or_default();
            self.tasks.values().all(|task| task.deployment == primary || task.stage == Stage::Stopped)
        };
        healthy
            && (early.deferred || gone())
            && self.current().is_some_and(|current| current.swap.is_none())
            && !self.must_wait(at)
    }

    /// Notes that the target of the newest service deployment serves.
    fn note_service(&mut self) {
        let Some(target) = self.current().map(|current| self.count(&current.target)) else {
            return;
        };
        let all_run = target.requested > 0 && target.running >= target.requested;
        if let Some(current) = self.history.last_mut() {
            let has_traffic = match (&current.swap, current.weights) {
                (None, _) => true,
                (Some(_), weights) => weights.is_some_and(|(_, production)| production >= 100.0),
            };
            current.served |= all_run && has_traffic && current.status.goes_on();
        }
    }

    /// Looks whether the newest service deployment has come to its end.
    pub(super) fn follow(&mut self, at: Moment) {
        self.follow_swap(at);
        self.note_service();
        let early = self.is_early_success(at);
        let Some(primary) = self.primary() else {
            return;
        };
        let done = primary.rollout == Rollout::Completed;
        let deployment = primary.id.clone();
        let others_left = self.tasks.values().any(|task| task.deployment != deployment && task.stage != Stage::Stopped);
        let Some(current) = self.history.last_mut().filter(|current| !current.status.is_over()) else {
            return;
        };
        let is_back = current.rollback.as_ref().is_some_and(|rollback| rollback.deployment == deployment);
        if early && current.deployment == deployment && current.status.goes_on() {
            current.becomes(Status::Successful, "", at);
            self.plan_beside(at.after(self.timings.cleanup), Due::Wake);
            return;
        }
        if !done || others_left {
            return;
        }
        if is_back {
            let reason = current.reason.clone();
            current.becomes(Status::RollbackSuccessful, &reason, at);
        } else if current.deployment == deployment && current.status.goes_on() {
            current.becomes(Status::Successful, "", at);
        }
    }
}
