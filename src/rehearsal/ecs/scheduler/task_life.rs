//! The life of a task: from stage to stage, its containers' fates, and its end.

use super::service::Service;
use super::stage::Stage;
use super::step::Due;
use super::surroundings::{Fate, Surroundings};
use super::task::Task;
use crate::rehearsal::moment::Moment;

impl Service {
    pub(super) fn leave(&mut self, id: &str, stage: Stage, at: Moment, world: &dyn Surroundings) {
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

    pub(super) fn became_healthy(&mut self, id: &str) {
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
}

/// The containers of a task that was told to stop have ended.
fn end_containers(task: &mut Task, at: Moment) {
    task.execution_stopped_at = Some(at);
    for container in &mut task.containers {
        container.exit_code.get_or_insert(0);
    }
}
