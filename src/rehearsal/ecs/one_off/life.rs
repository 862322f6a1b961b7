//! The life of a one-off task, advanced to a moment as services are: PROVISIONING, PENDING, RUNNING, and STOPPED when an
//! essential container has ended or somebody stops it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::rehearsal::ecs::scheduler::{Deployment, Fate, Place, Revision, Stage, Surroundings, Task, Timings};
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// The one-off tasks of a cluster. None is ever forgotten; how long one is shown is the matter of the operations.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// By their identifiers.
    pub tasks: BTreeMap<String, OneOff>,
    started: u64,
}

/// What was asked for with `RunTask`.
#[derive(Clone, Debug)]
pub struct Order {
    /// The task definition.
    pub revision: Revision,
    /// `startedBy`; empty where none was given.
    pub started_by: String,
    /// `family:NAME` where none was given.
    pub group: String,
    /// `overrides`, as they were given.
    pub overrides: Value,
    pub tags: Vec<Value>,
    /// `FARGATE` or `EC2`.
    pub launch_type: &'static str,
    /// `enableExecuteCommand`
    pub exec: bool,
    /// `clientToken`, and the request that it came with.
    pub token: Option<(String, Value)>,
    /// Each container's command, its own or the override's.
    pub commands: BTreeMap<String, Vec<String>>,
}

/// A one-off task.
#[derive(Clone, Debug)]
pub struct OneOff {
    pub order: Order,
    pub task: Task,
    place: Place,
    agenda: BTreeMap<(Moment, u64), Due>,
    planned: u64,
}

#[derive(Clone, Debug)]
enum Due {
    Leave(Stage),
    Exit { container: String, code: i32, reason: Option<String> },
}

/// Code of a process that SIGTERM ended.
const TERMINATED: i32 = 143;
/// Code of a process that SIGKILL ended.
const KILLED: i32 = 137;

/// How long a client token stands for the tasks that it has started, at the most.
const TOKEN: Duration = Duration::from_hours(24);

/// How long a stopped task stays visible.
const REMEMBERED: Duration = Duration::from_hours(1);

impl Runs {
    /// Starts a task in the cluster with this ARN and answers its identifier.
    pub fn start(&mut self, cluster_arn: &str, account: &str, cluster: &str, order: Order, now: Moment) -> String {
        self.started += 1;
        let id = identifier::hexadecimal(&["run-task", cluster_arn, &self.started.to_string()], 32);
        // a task is made of what a deployment says; the starter's name is in the place of its id
        let origin = Deployment::begin(order.started_by.clone(), order.revision.clone(), now);
        let place = Place { account: account.to_owned(), cluster: cluster.to_owned(), service: String::new() };
        let task = Task::new(id.clone(), self.started, &origin, now);
        let mut run = OneOff { order, task, place, agenda: BTreeMap::new(), planned: 0 };
        run.enter(Stage::Provisioning, now);
        self.tasks.insert(id.clone(), run);
        id
    }

    /// Lets time pass until `now`.
    pub fn advance(&mut self, now: Moment, world: &dyn Surroundings) {
        self.tasks.values_mut().for_each(|run| run.advance(now, world));
    }

    /// The tasks that are shown now, in the order in which they were started.
    pub fn shown(&self, now: Moment) -> Vec<&OneOff> {
        let mut shown: Vec<&OneOff> = self.tasks.values().filter(|run| run.is_shown(now)).collect();
        shown.sort_by_key(|run| run.task.number);
        shown
    }
}

impl OneOff {
    /// The family of its task definition.
    pub fn family(&self) -> &str {
        let name = self.task.revision.arn.rsplit('/').next().unwrap_or_default();
        name.split(':').next().unwrap_or_default()
    }

    /// Whether it runs, or stopped within the last hour.
    pub fn is_shown(&self, now: Moment) -> bool {
        self.task.stopped_at.is_none_or(|stopped| now < stopped.after(REMEMBERED))
    }

    /// Whether the client token that it was started with still stands for it: for a day, and not for longer than an hour
    /// after it has stopped.
    pub fn remembers_its_token(&self, now: Moment) -> bool {
        now < self.task.created_at.after(TOKEN) && self.is_shown(now)
    }

    /// Somebody stops it; nothing changes where it is stopping already.
    pub fn stop(&mut self, reason: &str, at: Moment) {
        if let Some(stage) = self.task.stage.stopped_by_scheduler(false) {
            self.ending("UserInitiated", reason, at);
            self.enter(stage, at);
        }
    }

    fn advance(&mut self, now: Moment, world: &dyn Surroundings) {
        while let Some(entry) = self.agenda.first_entry() {
            let (at, _) = *entry.key();
            if at > now {
                break;
            }
            match entry.remove() {
                Due::Leave(stage) if stage == self.task.stage => self.leave(stage, at, world),
                Due::Leave(_) => {}
                Due::Exit { container, code, reason } => self.exited(&container, code, reason.as_deref(), at),
            }
        }
    }

    fn enter(&mut self, stage: Stage, at: Moment) {
        self.task.stage = stage;
        if let Some((_, after)) = stage.next(&Timings::default()) {
            self.plan(at.after(after), Due::Leave(stage));
        }
    }

    fn plan(&mut self, at: Moment, due: Due) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), due);
    }

    fn leave(&mut self, stage: Stage, at: Moment, world: &dyn Surroundings) {
        let Some((next, _)) = stage.next(&Timings::default()) else {
            return;
        };
        match next {
            Stage::Pending => self.task.pull_started_at = Some(at),
            Stage::Running => return self.start_containers(at, world),
            Stage::Deprovisioning => self.end_containers(TERMINATED, at),
            Stage::Stopped => self.task.stopped_at = Some(at),
            Stage::Provisioning | Stage::Deactivating | Stage::Stopping => {}
        }
        self.enter(next, at);
    }

    fn start_containers(&mut self, at: Moment, world: &dyn Surroundings) {
        self.task.pull_stopped_at = Some(at);
        let family = self.family().to_owned();
        let mut fates = Vec::new();
        for container in &mut self.task.containers {
            match world.start(&self.place, &container.name, &container.image) {
                Ok(started) => {
                    container.digest = Some(started.digest);
                    let command = self.order.commands.get(&container.name).map_or(&[][..], Vec::as_slice);
                    let fate = match started.fate {
                        Fate::Runs => world.run(&self.place, &family, &container.name, command),
                        harmed => harmed,
                    };
                    fates.push((container.name.clone(), fate));
                }
                Err(reason) => {
                    container.reason = Some(reason.clone());
                    self.ending("TaskFailedToStart", &reason, at);
                    return self.enter(Stage::Deprovisioning, at);
                }
            }
        }
        self.task.started_at = Some(at);
        self.enter(Stage::Running, at);
        for (container, fate) in fates {
            match fate {
                Fate::Runs => {}
                Fate::Exits { code, reason, after } => {
                    self.plan(at.after(after), Due::Exit { container, code, reason });
                }
                // by SIGKILL, in the end
                Fate::Reclaimed { after } => {
                    self.plan(at.after(after), Due::Exit { container, code: 137, reason: None });
                }
                // nobody replaces a one-off task that is unhealthy
                Fate::Unhealthy { .. } | Fate::Sickens { .. } => self.task.unhealthy = true,
            }
        }
    }

    fn exited(&mut self, container: &str, code: i32, reason: Option<&str>, at: Moment) {
        if self.task.stage != Stage::Running {
            return;
        }
        for ended in self.task.containers.iter_mut().filter(|ended| ended.name == container) {
            ended.exit_code = Some(code);
            ended.reason = reason.map(str::to_owned);
        }
        let mut specs = self.task.revision.containers.iter();
        if specs.any(|spec| spec.name == container && spec.essential) {
            self.ending("EssentialContainerExited", "Essential container in task exited", at);
            self.end_containers(KILLED, at);
            self.enter(Stage::Deprovisioning, at);
        }
    }

    fn ending(&mut self, code: &'static str, reason: &str, at: Moment) {
        self.task.stopping = true;
        self.task.stopping_at = Some(at);
        self.task.stopped = Some((code, reason.to_owned()));
    }

    fn end_containers(&mut self, code: i32, at: Moment) {
        self.task.execution_stopped_at = Some(at);
        for container in &mut self.task.containers {
            container.exit_code.get_or_insert(code);
        }
    }
}
