//! The driver of a run that is gone on with: recorded replies again, writes in doubt looked for, the rest done.

use super::expected::Expected;
use super::followed::{Followed, differences, has_moved};
use super::{Driver, RunDriver, Step};
use crate::effects::call::{Call, CodeDeployCall, EcsCall, HostCall, TaskCall};
use crate::effects::event::{Event, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::{Answer, Entry};
use crate::effects::journal::state::{self, State};
use crate::effects::plan::{Nature, Planned};
use crate::effects::reconcile::{Found, reconcile};
use crate::effects::reply::{Identity, Reply};
use crate::effects::summary;
use crate::effects::world::Boxed;
use std::sync::{Mutex, PoisonError};

/// Replays what is recorded, then goes on as [`RunDriver`].
pub struct ResumeDriver {
    run: RunDriver,
    past: State,
    /// The plan that the run follows, where it was planned.
    plan: Option<Followed>,
    /// What the run stands on; none once it has been compared with the world.
    expected: Mutex<Option<Expected>>,
    /// Held while that is compared: the first writes of parallel branches wait for it.
    comparing: tokio::sync::Mutex<()>,
}

impl ResumeDriver {
    /// Goes on with the run that `past` tells, with what `run` has. Writes down that it does.
    ///
    /// # Errors
    /// Of the journal.
    pub fn new(run: RunDriver, past: State, version: &str) -> Result<Self, Fault> {
        let dropped = past.ended_by();
        let entry = Entry::Resume { version: version.to_owned(), dropped, at: run.world.clock() };
        run.journal.put(&entry, true)?;
        let mut past =
            past.next(entry).map_err(|error| Fault::internal(format!("a run that cannot be gone on with: {error}")))?;
        let expected = Mutex::new(Some(Expected::of(&past)));
        let plan = past.plan.take().map(|plan| Followed::of(*plan));
        Ok(Self { run, past, plan, expected, comparing: tokio::sync::Mutex::new(()) })
    }

    async fn make(&self, step: Step<'_>) -> Result<Reply, Fault> {
        let planned = match &self.plan {
            Some(plan) => plan.planned(&step)?,
            None => None,
        };
        let result = self.again(step, planned).await;
        if let (Some(plan), Some(planned)) = (&self.plan, planned) {
            plan.went(planned, &result);
        }
        result
    }

    async fn again(&self, step: Step<'_>, planned: Option<&Planned>) -> Result<Reply, Fault> {
        match self.past.steps.get(step.key) {
            Some(recorded) if recorded.call() != step.call => Err(diverged(&step, recorded.call())),
            Some(state::Step::Done(_, answer, _)) if step.call.replays() => {
                step.events.tell(&Event::Replayed { key: step.key.to_string() });
                match answer.as_ref() {
                    Answer::Reply(reply) => Ok(reply.clone()),
                    Answer::Fault(fault) => Err(fault.clone()),
                }
            }
            Some(state::Step::InDoubt(call, since)) if call.writes() => self.look(step, *since, planned).await,
            Some(state::Step::InDoubt(call, since)) => {
                // a wait goes on with what is left of its time
                let gone = u64::try_from(self.run.world.clock() - since).unwrap_or(0);
                let call = shortened(call, gone);
                self.run.perform_as(step, &call, gone).await
            }
            Some(state::Step::Started(..) | state::Step::Done(..)) | None => self.anew(step, planned).await,
        }
    }

    /// A write in doubt: it is looked for, and made only when it did not happen.
    async fn look(&self, step: Step<'_>, since: i64, planned: Option<&Planned>) -> Result<Reply, Fault> {
        let what = summary::asked(step.call);
        let looked = reconcile(step.call, since, self.run.world.as_ref(), step.events);
        match self.run.cut(looked).await? {
            Found::Happened(reply) => {
                step.events.log(Level::Info, format!("in doubt, and it had happened: {what}"));
                let reply = self.run.answered(step, Ok(*reply))?;
                self.note(step.call, &reply);
                Ok(reply)
            }
            Found::NotHappened => {
                step.events.log(Level::Info, format!("in doubt, and it is made now: {what}"));
                self.anew(step, planned).await
            }
        }
    }

    /// A call that is not recorded. Before the first write the world is compared with what the run stands on.
    async fn anew(&self, step: Step<'_>, planned: Option<&Planned>) -> Result<Reply, Fault> {
        if step.call.writes() {
            let _comparing = self.comparing.lock().await;
            let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(expected) = expected {
                self.run.cut(expected.check(self.run.world.as_ref(), step.events)).await?;
                *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
        let reply = match (&self.plan, planned) {
            (Some(plan), Some(planned)) => {
                let result = plan.perform(&self.run, step, planned).await;
                if planned.nature == Nature::Read && step.call.replays() {
                    let differences = differences(planned, &result)?;
                    if !differences.is_empty() {
                        return Err(has_moved("the world has moved since this was planned", differences));
                    }
                }
                result?
            }
            _ => self.run.perform(step).await?,
        };
        self.note(step.call, &reply);
        Ok(reply)
    }

    fn note(&self, call: &Call, reply: &Reply) {
        if let Some(expected) = self.expected.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            expected.note_anew(call, reply);
        }
    }
}

/// What is left of a wait after some of its time.
fn shortened(call: &Call, gone: u64) -> Call {
    let mut call = call.clone();
    match &mut call {
        Call::Host(HostCall::Pause { millis }) => *millis = millis.saturating_sub(gone),
        Call::Ecs(EcsCall::WatchRollout { timeout_millis, .. } | EcsCall::WatchCount { timeout_millis, .. })
        | Call::CodeDeploy(CodeDeployCall::WatchCodeDeployment { timeout_millis, .. })
        | Call::Task(TaskCall::WatchTask { timeout_millis, .. }) => {
            *timeout_millis = timeout_millis.saturating_sub(gone);
        }
        _ => {}
    }
    call
}

fn diverged(step: &Step<'_>, recorded: &Call) -> Fault {
    let (was, now) = (summary::asked(recorded), summary::asked(step.call));
    let message = if was == now {
        let [was, now] = [recorded, step.call].map(|call| serde_json::to_string(call).unwrap_or_default());
        format!("call {} was recorded as {was}, and now is {now}", step.key)
    } else {
        format!("call {} was recorded as `{was}`, and now is `{now}` ({})", step.key, step.origin)
    };
    Fault::new(FaultKind::Diverged, "Diverged", message)
        .hint("the script no longer does what this run did; start it again from its beginning")
}

/// That a session is who it was.
///
/// # Errors
/// `Account`, code `WrongAccount`, where it is not.
pub fn still(name: &str, then: &Identity, now: &Identity) -> Result<(), Fault> {
    if then == now {
        return Ok(());
    }
    let told = |one: &Identity| {
        let endpoint = one.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
        format!("account {} in {}{endpoint}", one.account.as_deref().unwrap_or("unknown"), one.region)
    };
    let message = format!("session `{name}` is {} now, and was {}", told(now), told(then));
    Err(Fault::new(FaultKind::Account, "WrongAccount", message)
        .hint("go on with the profile, Region and endpoint that the run was started with"))
}

impl Driver for ResumeDriver {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            if self.run.stop.is_cancelled() {
                return Err(Fault::interrupted());
            }
            self.make(step).await
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        match self.past.sessions.get(name) {
            Some(then) => still(name, then, identity),
            None => self.run.session(name, identity),
        }
    }

    fn acts(&self) -> Option<&RunDriver> {
        Some(&self.run)
    }

    fn run(&self) -> &str {
        self.run.run()
    }

    fn clock(&self) -> i64 {
        self.run.clock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The time that is left of a call after 200 ms.
    fn left(call: &Value) -> Value {
        let call: Call = serde_json::from_value(call.clone()).expect("a call");
        let left = serde_json::to_value(shortened(&call, 200)).expect("JSON");
        left.get("timeout_millis").or_else(|| left.get("millis")).cloned().unwrap_or_else(|| panic!("{left}"))
    }

    #[test]
    fn of_every_wait_only_what_is_left_of_its_time_is_waited() {
        let place = json!({ "session": "prod", "cluster": "prod", "service": "web", "timeout_millis": 500 });
        let with = |more: Value| {
            let mut call = place.clone();
            let members = call.as_object_mut().expect("an object");
            members.extend(more.as_object().expect("an object").clone());
            call
        };
        let watched = json!({ "deployment": "d-1", "task_definition": "web:8", "until": "drained" });
        let code_deploy = json!({ "about": "code_deploy", "call": "watch_code_deployment", "watched": watched });
        let count = json!({ "about": "ecs", "call": "watch_count", "count": 2 });
        let task = json!({ "about": "task", "call": "watch_task", "task": "t", "containers": [], "follow": true });
        let pause = json!({ "about": "host", "call": "pause", "millis": 500 });
        for call in [pause, with(code_deploy), with(count), with(task)] {
            assert_eq!(left(&call), json!(300), "{call}");
        }
        let over = json!({ "about": "host", "call": "pause", "millis": 100 });
        assert_eq!(left(&over), json!(0), "what is over is not waited for again");
    }
}
