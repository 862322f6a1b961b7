//! Advancing a service to a moment: what is due is done in the order of time, and after each
//! moment the scheduler looks at what there is.

use std::time::Duration;

use super::code_deploy::Beat;
use super::service::Service;
use super::stage::Stage;
use super::surroundings::Surroundings;
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
}
