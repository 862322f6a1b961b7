//! A service as the scheduler keeps it, and the ways to change it from outside.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::code_deploy::CodeDeploy;
use super::deployment::{Deployment, Revision, Rollout};
use super::event::Event;
use super::rules::Rules;
use super::service_deployment::{ServiceDeployment, ServiceRevision};
use super::stage::Stage;
use super::step::Due;
use super::task::Task;
use super::timings::Timings;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The account's twelve digits.
    pub account: String,
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
}

/// The target group that a service's tasks are registered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// The container behind it.
    pub container: String,
    /// The container's port.
    pub port: u16,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    pub place: Place,
    pub arn: String,
    pub created: Moment,
    pub desired: u32,
    pub rules: Rules,
    pub target: Option<TargetGroup>,
    pub timings: Timings,
    /// The PRIMARY one first.
    pub deployments: Vec<Deployment>,
    /// Tasks by their identifier, those that stopped within the last hour among them.
    pub tasks: BTreeMap<String, Task>,
    /// The newest first.
    pub events: VecDeque<Event>,
    /// Every service deployment, the newest last.
    pub history: Vec<ServiceDeployment>,
    /// Every service revision, the newest last.
    pub revisions: Vec<ServiceRevision>,
    /// The last deployment that completed: where a rollback goes.
    pub(super) completed: Option<Completed>,
    pub(super) agenda: BTreeMap<(Moment, u64), Due>,
    pub(super) numbers: u64,
    pub(super) beside: u64,
    /// Whether "has reached a steady state" was said since the last change.
    pub(super) steady: bool,
    /// How long the tasks that it has at the world's start may not be stopped.
    pub protection: Option<Duration>,
    pub(super) settling: bool,
    /// `CodeDeploy`'s part of a service that it deploys.
    pub code_deploy: Option<CodeDeploy>,
    /// Task sets that are on their way out.
    pub(super) removed: Vec<String>,
    /// The next end of a task's protection that is on the agenda.
    pub(super) watched: Option<Moment>,
    /// Targets registered at the moment that is being processed.
    pub(super) registered: usize,
    /// Targets deregistered at that moment because their tasks ended by themselves.
    pub(super) deregistered: usize,
}

/// A deployment that completed.
#[derive(Clone, Debug)]
pub struct Completed {
    /// Its `ecs-svc/` identifier.
    pub deployment: String,
    /// Its service revision.
    pub service_revision: String,
    /// What it ran.
    pub revision: Revision,
    /// What had completed before it: where it is rolled back to while its service deployment is still under way.
    pub before: Option<Box<Completed>>,
}

/// How long ago a service of the world began.
const AGE: Duration = Duration::from_hours(168);

impl Service {
    /// A service without a deployment: the first one is about to begin.
    pub fn nothing(place: Place, arn: String, created: Moment) -> Service {
        Service {
            place,
            arn,
            created,
            desired: 0,
            rules: Rules::default(),
            target: None,
            timings: Timings::default(),
            deployments: Vec::new(),
            tasks: BTreeMap::new(),
            events: VecDeque::new(),
            history: Vec::new(),
            revisions: Vec::new(),
            completed: None,
            agenda: BTreeMap::new(),
            numbers: 0,
            beside: 0,
            steady: true,
            protection: None,
            settling: false,
            code_deploy: None,
            removed: Vec::new(),
            watched: None,
            registered: 0,
            deregistered: 0,
        }
    }

    /// A service that has run a revision for a week.
    pub fn established(
        place: Place,
        arn: String,
        desired: u32,
        revision: Revision,
        digests: &[String],
        start: Moment,
    ) -> Service {
        let created = start.before(AGE);
        let mut service = Service::nothing(place, arn, created);
        service.desired = desired;
        let id = service.new_deployment_id();
        let mut deployment = Deployment::begin(id.clone(), revision, created);
        deployment.rollout = Rollout::Completed;
        deployment.reason = format!("ECS deployment {id} completed.");
        for _ in 0..desired {
            let mut task = service.new_task(&deployment, created);
            task.stage = Stage::Running;
            task.healthy = true;
            task.pull_started_at = Some(created);
            task.pull_stopped_at = Some(created);
            task.started_at = Some(created);
            for (container, digest) in task.containers.iter_mut().zip(digests) {
                container.digest = Some(digest.clone());
            }
            service.tasks.insert(task.id.clone(), task);
        }
        service.completed = Some(Completed {
            deployment: id,
            service_revision: deployment.service_revision.clone(),
            revision: deployment.revision.clone(),
            before: None,
        });
        service.record_established(&deployment, digests);
        service.deployments.push(deployment);
        service.tell(start.before(Duration::from_hours(1)), "has reached a steady state.");
        service
    }

    /// The world begins: tasks that are protected are so from now on.
    pub fn protect(&mut self, start: Moment) {
        if let Some(protection) = self.protection {
            for task in self.tasks.values_mut() {
                task.protected = Some(start.after(protection));
            }
        }
    }

    /// Begins a deployment, which is PRIMARY from now on.
    pub fn deploy(&mut self, revision: Revision, now: Moment) {
        let deployment = Deployment::begin(self.new_deployment_id(), revision, now);
        self.begin(&deployment, now);
        self.deployments.insert(0, deployment);
        self.steady = false;
        self.settling = false;
        self.plan_beside(now, Due::Wake);
    }

    /// Changes the desired count.
    pub fn scale(&mut self, desired: u32, now: Moment) {
        self.desired = desired;
        self.plan_beside(now, Due::Wake);
    }

    /// The deployment that new tasks are of; a service always has one.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// The tasks of a deployment.
    pub fn tasks_of<'a>(&'a self, deployment: &'a str) -> impl Iterator<Item = &'a Task> {
        self.tasks.values().filter(move |task| task.deployment == deployment)
    }

    pub(super) fn new_deployment_id(&mut self) -> String {
        let number = self.next_number().to_string();
        format!("ecs-svc/{}", identifier::decimal(&["deployment", &self.arn, &number]))
    }

    pub(super) fn new_task(&mut self, deployment: &Deployment, at: Moment) -> Task {
        let number = self.next_number();
        let id = identifier::hexadecimal(&["task", &self.arn, &number.to_string()], 32);
        Task::new(id, number, deployment, at)
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn plan(&mut self, at: Moment, due: Due) {
        let number = self.next_number();
        self.agenda.insert((at, number), due);
    }

    /// Plans something that numbers no task and no event: their identifiers do not depend on it. Of what is due at one
    /// moment it is the last.
    pub(super) fn plan_beside(&mut self, at: Moment, due: Due) {
        self.beside += 1;
        self.agenda.insert((at, u64::MAX / 2 + self.beside), due);
    }
}
