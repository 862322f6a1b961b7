//! The ways on which a service deployment does not go forward: it fails, is stopped, is rolled back.

use super::deployment::{Deployment, Rollout};
use super::service::{Completed, Service};
use super::service_deployment::{Cause, Rollback, ServiceDeployment, Status};
use super::step::Due;
use crate::rehearsal::moment::Moment;

/// Why a service deployment cannot be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStopped {
    /// It is over.
    Over,
    /// Nothing ever completed that it could be rolled back to.
    NoWayBack,
}

/// How a service deployment is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `ROLLBACK`
    Rollback,
    /// `ABORT`
    Abort,
}

impl Service {
    /// The PRIMARY deployment has failed and nothing follows: it ends where it is.
    pub(super) fn ends_failed(&mut self, cause: Cause, reason: &str, at: Moment) {
        let Some(current) = self.history.last_mut().filter(|current| !current.status.is_over()) else {
            return;
        };
        let status = if current.rollback.is_some() { Status::RollbackFailed } else { Status::Stopped };
        current.becomes(status, reason, at);
        current.cause.get_or_insert(cause);
    }

    /// What completed last: before the service deployment that is under way, also where all of its own tasks run.
    fn way_back(&self) -> Option<Completed> {
        let last = self.completed.clone()?;
        let is_its_own = |one: &ServiceDeployment| !one.status.is_over() && one.deployment == last.deployment;
        if self.current().is_some_and(is_its_own) { last.before.map(|before| *before) } else { Some(last) }
    }

    /// Makes a deployment of what completed last; whether there is such a thing.
    pub(super) fn roll_back(&mut self, cause: Cause, reason: &str, at: Moment) -> bool {
        let Some(goal) = self.way_back() else {
            return false;
        };
        let swaps = self.current().is_some_and(|current| current.swap.is_some());
        let stands = self.deployments.iter().position(|one| one.id == goal.deployment);
        let mut back = match stands.filter(|_| swaps) {
            // what ran before a swap still runs, and is taken back as it is
            Some(position) => self.deployments.remove(position),
            None => Deployment::begin(self.new_deployment_id(), goal.revision, at),
        };
        back.service_revision.clone_from(&goal.service_revision);
        back.reason = format!("{reason}: rolling back to deploymentId {}.", goal.deployment);
        back.is_rollback = true;
        back.rollout = Rollout::InProgress;
        back.updated = at;
        let deployment = back.id.clone();
        self.deployments.insert(0, back);
        self.steady = false;
        self.settling = false;
        self.tell(at, &format!("rolling back to deployment {}.", goal.deployment));
        let Some(current) = self.history.last_mut().filter(|current| !current.status.is_over()) else {
            return true;
        };
        current.becomes(Status::RollbackRequested, reason, at);
        current.weights = current.weights.map(|_| (0.0, 0.0));
        current.cause.get_or_insert(cause);
        current.rollback = Some(Rollback {
            reason: reason.to_owned(),
            service_revision: goal.service_revision,
            deployment,
            started: at,
        });
        let id = current.id.clone();
        self.plan_beside(at.after(self.timings.starting), Due::RollBack(id));
        true
    }

    /// `StopServiceDeployment`: one that stops or rolls back already goes on with that.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn stop_deployment(&mut self, id: &str, how: Stop, now: Moment) -> Result<(), NotStopped> {
        let status = self.history.iter().find(|one| one.id == id).map(|one| one.status);
        let Some(status) = status.filter(|status| !status.is_over()) else {
            return Err(NotStopped::Over);
        };
        if !status.goes_on() {
            return Ok(());
        }
        if how == Stop::Rollback && self.way_back().is_none() {
            return Err(NotStopped::NoWayBack);
        }
        let reason = "Service deployment was stopped by a user";
        if let Some(primary) = self.deployments.first_mut() {
            primary.rollout = Rollout::Failed;
            primary.updated = now;
            primary.reason = format!("{reason}.");
        }
        match how {
            Stop::Rollback => {
                self.roll_back(Cause::Stopped, reason, now);
                self.plan_beside(now, Due::Wake);
            }
            Stop::Abort => {
                if let Some(current) = self.history.last_mut() {
                    current.becomes(Status::StopRequested, reason, now);
                    current.cause = Some(Cause::Stopped);
                }
                self.plan_beside(now.after(self.timings.starting), Due::Halt(id.to_owned()));
            }
        }
        Ok(())
    }

    /// Marks the PRIMARY deployment failed, and goes back if that is wanted and possible.
    pub(super) fn fail(&mut self, cause: Cause, reason: &str, back: bool, at: Moment) {
        let Some(primary) = self.deployments.first_mut() else {
            return;
        };
        primary.rollout = Rollout::Failed;
        primary.updated = at;
        primary.reason = format!("{reason}.");
        let failed = primary.id.clone();
        self.tell(at, &format!("(deployment {failed}) deployment failed: {}.", lowercase(reason)));
        if !back || !self.roll_back(cause, reason, at) {
            self.ends_failed(cause, reason, at);
        }
    }
}

fn lowercase(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
