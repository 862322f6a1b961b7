//! What the scheduler does about tasks that fail: pauses that grow, the circuit breaker, and the
//! way back.

use super::deployment::Rollout;
use super::service::Service;
use super::service_deployment::Cause;
use super::stage::Stage;
use super::step::Due;
use super::timings::backoff;
use crate::rehearsal::moment::Moment;

impl Service {
    pub(super) fn failed_to_start(&mut self, id: &str, reason: &str, at: Moment) {
        let Some(task) = self.tasks.get_mut(id) else {
            return;
        };
        task.stopping = true;
        task.stopping_at = Some(at);
        task.stopped = Some(("TaskFailedToStart", reason.to_owned()));
        let message = format!("was unable to place a task. Reason: {reason}.");
        let said = self.events.iter().any(|event| event.at == at && event.message.ends_with(&message));
        if !said {
            self.tell(at, &message);
        }
        self.enter(id, Stage::Deprovisioning, at);
        self.count_failure(id, false, at);
    }

    pub(super) fn container_exited(&mut self, id: &str, container: &str, code: i32, reason: Option<&str>, at: Moment) {
        let essential = |task: &super::task::Task| {
            let mut specs = task.revision.containers.iter();
            specs.any(|spec| spec.name == container && spec.essential)
        };
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.is_running()) else {
            return;
        };
        for ended in task.containers.iter_mut().filter(|ended| ended.name == container) {
            ended.exit_code = Some(code);
            ended.reason = reason.map(str::to_owned);
        }
        if !essential(task) {
            return;
        }
        let was_healthy = task.healthy;
        task.stopping = true;
        task.healthy = false;
        task.stopping_at = Some(at);
        task.execution_stopped_at = Some(at);
        task.stopped = Some(("EssentialContainerExited", "Essential container in task exited".to_owned()));
        for other in &mut task.containers {
            // SIGKILL's code: the others are ended with it
            other.exit_code.get_or_insert(137);
        }
        self.deregistered += 1;
        self.enter(id, Stage::Deprovisioning, at);
        self.count_failure(id, was_healthy, at);
    }

    pub(super) fn failed_health_check(&mut self, id: &str, at: Moment) {
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.is_running()) else {
            return;
        };
        task.unhealthy = true;
        let reason = if let Some(target) = self.target.clone() {
            let group = target.arn;
            self.tell(
                at,
                &format!(
                    "(port {}) is unhealthy in (target-group {group}) due to (reason Health checks failed).",
                    target.port
                ),
            );
            format!("Task failed ELB health checks in (target-group {group})")
        } else {
            self.tell(at, &format!("(task {id}) failed container health checks."));
            "Task failed container health checks".to_owned()
        };
        if let Some(stage) = self.stop(id, "ServiceSchedulerInitiated", &reason, at) {
            let drained = usize::from(stage == Stage::Deactivating);
            self.tell_stopped(at, &[id.to_owned()], drained);
        }
        // a health check that fails counts also after it has passed
        self.count_failure(id, false, at);
    }

    /// Spot wants its capacity back: no failure of the deployment, and another task is started.
    pub(super) fn reclaimed(&mut self, id: &str, at: Moment) {
        if self.tasks.get(id).is_some_and(super::task::Task::is_running) {
            self.steady = false;
            self.settling = false;
            self.stop(id, "SpotInterruption", "Your Spot Task was interrupted.", at);
        }
    }

    fn count_failure(&mut self, id: &str, was_healthy: bool, at: Moment) {
        self.steady = false;
        self.settling = false;
        let threshold = self.rules.threshold.of(self.desired);
        let Some(task) = self.tasks.get(id) else {
            return;
        };
        let mut owners = self.deployments.iter_mut();
        let Some(owner) = owners.find(|owner| owner.id == task.deployment) else {
            return;
        };
        owner.updated = at;
        if was_healthy {
            return;
        }
        owner.failures += 1;
        owner.not_before = at.after(backoff(owner.failures));
        let (wake, failures, owner) = (owner.not_before, owner.failures, owner.id.clone());
        self.note_failures(&owner, failures);
        self.plan(wake, Due::Wake);
        if failures % threshold == 0 && !self.rules.breaker {
            self.tell(
                at,
                "is unable to consistently start tasks successfully. For more information, see \
                 the Troubleshooting section of the Amazon ECS Developer Guide.",
            );
        }
    }

    /// Fails the PRIMARY deployment when the circuit breaker says so. A service that never
    /// completed a deployment has nothing to compare with: it stalls instead.
    pub(super) fn break_circuit(&mut self, at: Moment) {
        let threshold = self.rules.threshold.of(self.desired);
        let breaker = self.rules.breaker && self.completed.is_some();
        let Some(primary) = self.deployments.first_mut() else {
            return;
        };
        let over = primary.rollout == Rollout::InProgress && primary.failures >= threshold;
        if !breaker || !over {
            return;
        }
        primary.rollout = Rollout::Failed;
        primary.updated = at;
        "ECS deployment circuit breaker: tasks failed to start.".clone_into(&mut primary.reason);
        let (failed, was_rollback) = (primary.id.clone(), primary.is_rollback);
        self.tell(at, &format!("(deployment {failed}) deployment failed: tasks failed to start."));
        let back = self.rules.rollback && !was_rollback;
        if !back || !self.roll_back(Cause::CircuitBreaker, "ECS deployment circuit breaker", at) {
            self.ends_failed(Cause::CircuitBreaker, "ECS deployment circuit breaker: tasks failed to start.", at);
        }
    }
}
