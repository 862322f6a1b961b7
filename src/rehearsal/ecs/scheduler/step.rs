//! Advancing a service to a moment: what is due is done in the order of time, and after each
//! moment the scheduler looks at what there is.

use std::time::Duration;

use super::code_deploy::Beat;
use super::deployment::Rollout;
use super::lifecycle::Lifecycle;
use super::roll::{Counts, Decision, decide};
use super::service::{Completed, Service};
use super::stage::Stage;
use super::surroundings::{Fate, Surroundings};
use super::task::Task;
use crate::rehearsal::moment::Moment;

/// Something that happens to a service at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// The task leaves this stage, if it is still in it.
    Leave(String, Stage),
    /// The task's health checks have passed.
    Healthy(String),
    /// The task's health check has failed for good.
    Unhealthy(String),
    /// Spot takes the task away.
    Reclaimed(String),
    /// A container of the task ends by itself.
    Exit { task: String, container: String, code: i32, reason: Option<String> },
    /// The scheduler looks again after a pause.
    Wake,
    /// A service deployment is under way.
    Begin(String),
    /// An alarm of a service deployment goes off.
    Alarm(String, String),
    /// The work of a visit of a stage is done.
    Worked(String, u32),
    /// A stage may be left.
    LeaveStage(String),
    /// A Lambda hook of a service deployment ends.
    HookEnds(String, String, bool),
    /// A hook of a service deployment was not answered in time.
    HookExpires(String, String),
    /// A service deployment that is to stop has stopped.
    Halt(String),
    /// A service deployment is on its way back.
    RollBack(String),
    /// A deployment of `CodeDeploy` goes on, if it is still at this step.
    CodeDeploy(String, u32, Beat),
    /// An alarm of a deployment of `CodeDeploy` goes off.
    CodeDeployAlarm(String, String),
    /// The service is steady, if nothing has changed.
    Settle,
}

/// How long a stopped task stays visible.
const REMEMBERED: Duration = Duration::from_hours(1);

impl Service {
    /// Lets time pass until `now`.
    pub fn advance(&mut self, now: Moment, world: &dyn Surroundings) {
        while let Some(&(at, number)) = self.agenda.keys().next() {
            if at > now {
                break;
            }
            if let Some(due) = self.agenda.remove(&(at, number)) {
                self.happen(due, at, world);
            }
            let moment_is_over = self.agenda.keys().next().is_none_or(|(next, _)| *next > at);
            if moment_is_over {
                self.reconcile(at, world);
            }
        }
        self.tasks.retain(|_, task| task.stopped_at.is_none_or(|stopped| now < stopped.after(REMEMBERED)));
    }

    fn happen(&mut self, due: Due, at: Moment, world: &dyn Surroundings) {
        match due {
            Due::Leave(task, stage) => self.leave(&task, stage, at, world),
            Due::Healthy(task) => self.became_healthy(&task),
            Due::Unhealthy(task) => self.failed_health_check(&task, at),
            Due::Reclaimed(task) => self.reclaimed(&task, at),
            Due::Exit { task, container, code, reason } => {
                self.container_exited(&task, &container, code, reason.as_deref(), at);
            }
            Due::Wake => {}
            Due::Begin(id) => self.deployment_begins(&id, at, world),
            Due::Alarm(id, name) => self.alarm_goes_off(&id, &name, at),
            Due::Worked(id, visit) => self.stage_worked(&id, visit, at, world),
            Due::LeaveStage(id) => self.may_leave_stage(&id, at, world),
            Due::HookEnds(id, hook, succeeds) => self.hook_ends(&id, &hook, succeeds, at, world),
            Due::HookExpires(id, hook) => self.hook_expires(&id, &hook, at, world),
            Due::Halt(id) => self.deployment_halts(&id, at),
            Due::RollBack(id) => self.rollback_begins(&id, at),
            Due::CodeDeploy(id, visit, beat) => self.code_deploy_beats(&id, visit, beat, at, world),
            Due::CodeDeployAlarm(id, alarm) => self.code_deploy_alarm(&id, &alarm, at),
            Due::Settle => self.settle(at),
        }
    }

    fn leave(&mut self, id: &str, stage: Stage, at: Moment, world: &dyn Surroundings) {
        let next = stage.next(&self.timings);
        let Some((task, (next, _))) = self.tasks.get_mut(id).zip(next) else {
            return;
        };
        if task.stage != stage {
            return;
        }
        match next {
            Stage::Pending => task.pull_started_at = Some(at),
            Stage::Running => return self.start_containers(id, at, world),
            Stage::Deprovisioning => end_containers(task, at),
            Stage::Stopped => task.stopped_at = Some(at),
            Stage::Provisioning | Stage::Deactivating | Stage::Stopping => {}
        }
        self.enter(id, next, at);
    }

    /// Puts a task in a stage and plans when it leaves it.
    pub(super) fn enter(&mut self, id: &str, stage: Stage, at: Moment) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.stage = stage;
        }
        if let Some((_, after)) = stage.next(&self.timings) {
            self.plan(at.after(after), Due::Leave(id.to_owned(), stage));
        }
    }

    fn start_containers(&mut self, id: &str, at: Moment, world: &dyn Surroundings) {
        let Some(task) = self.tasks.get_mut(id) else {
            return;
        };
        task.pull_stopped_at = Some(at);
        let mut fates = Vec::new();
        for container in &mut task.containers {
            match world.start(&self.place, &container.name, &container.image) {
                Ok(started) => {
                    container.digest = Some(started.digest);
                    fates.push((container.name.clone(), started.fate));
                }
                Err(reason) => {
                    container.reason = Some(reason.clone());
                    return self.failed_to_start(id, &reason, at);
                }
            }
        }
        task.started_at = Some(at);
        self.registered += 1;
        self.note_digests(id);
        self.enter(id, Stage::Running, at);
        let mut may_become_healthy = true;
        for (container, fate) in fates {
            match fate {
                Fate::Runs => {}
                Fate::Exits { code, reason, after } => {
                    let task = id.to_owned();
                    self.plan(at.after(after), Due::Exit { task, container, code, reason });
                }
                Fate::Sickens { after } => self.plan(at.after(after), Due::Unhealthy(id.to_owned())),
                Fate::Reclaimed { after } => self.plan(at.after(after), Due::Reclaimed(id.to_owned())),
                Fate::Unhealthy { after } => {
                    may_become_healthy = false;
                    self.plan(at.after(after), Due::Unhealthy(id.to_owned()));
                }
            }
        }
        if may_become_healthy {
            self.plan(at.after(self.timings.healthy), Due::Healthy(id.to_owned()));
        }
    }

    fn became_healthy(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.is_running()) else {
            return;
        };
        task.healthy = true;
        let deployment = task.deployment.clone();
        if self.rules.keeps_failures {
            return;
        }
        for known in self.deployments.iter_mut().filter(|known| known.id == deployment) {
            known.failures = 0;
        }
        self.note_failures(&deployment, 0);
    }

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

    /// The scheduler stops a task; answers the stage it goes to.
    pub(super) fn stop(&mut self, id: &str, code: &'static str, reason: &str, at: Moment) -> Option<Stage> {
        let has_target = self.target.is_some();
        let task = self.tasks.get_mut(id)?;
        let stage = task.stage.stopped_by_scheduler(has_target)?;
        task.stopping = true;
        task.healthy = false;
        task.stopping_at = Some(at);
        task.stopped = Some((code, reason.to_owned()));
        self.enter(id, stage, at);
        Some(stage)
    }

    pub(super) fn touch_primary(&mut self, at: Moment) {
        if let Some(primary) = self.deployments.first_mut() {
            primary.updated = at;
        }
    }

    fn is_complete(&self, at: Moment) -> bool {
        self.counts(at).is_some_and(|counts| {
            counts.fresh == self.desired && counts.fresh_healthy == self.desired && counts.old == 0
        })
    }

    fn plan_settling(&mut self, at: Moment) {
        if !self.is_complete(at) {
            self.settling = false;
        } else if !self.steady && !self.settling {
            self.settling = true;
            self.plan(at.after(self.timings.settling), Due::Settle);
        }
    }

    fn settle(&mut self, at: Moment) {
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

/// The containers of a task that was told to stop have ended.
fn end_containers(task: &mut Task, at: Moment) {
    task.execution_stopped_at = Some(at);
    for container in &mut task.containers {
        container.exit_code.get_or_insert(0);
    }
}
