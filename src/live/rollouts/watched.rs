//! One rollout that is watched: what was seen of it, what that means, and when to look again.

use super::Watch;
use super::beat::{Pace, beat};
use super::trouble::{differs, is_worse};
use crate::domain::rollout::{
    Event as ServiceEvent, Hook, Judge, Observation, ServiceDeployment, Snapshot, Stage, Status, Target, Until, Verdict,
};
use crate::effects::event::{Event, Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::host::surroundings::Surroundings;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The judgment, and the last look.
pub type Ended = Result<(Verdict, Observation), Fault>;

/// A rollout that is watched. The watcher's task changes it; whoever waits reads the last look.
pub struct Watched {
    pub watch: Watch,
    limit: Duration,
    events: Events,
    surroundings: Surroundings,
    judge: Judge,
    began: Instant,
    began_at: f64,
    state: Mutex<State>,
}

/// What was seen so far.
#[derive(Default)]
pub struct State {
    /// When to look next; at once where nothing was seen yet.
    pub due: Option<Instant>,
    /// The pause until then.
    pub pause: Duration,
    /// The service as it was last described, with the tasks as they were last listed.
    pub service: Option<Observation>,
    /// `currentServiceDeployment` of that description.
    pub current: Option<String>,
    /// The ARN of the record of our deployment.
    pub pin: Option<String>,
    /// The record.
    pub record: Option<ServiceDeployment>,
    /// Whether the record has become worse in this round.
    got_worse: bool,
    /// Whether the service was described in this round.
    described_now: bool,
    /// Whether it looked different from before.
    looks_different: bool,
    /// When the service was described.
    described: Option<Instant>,
    shown_at: Option<f64>,
    snapshot: Option<Snapshot>,
    changed: Option<Instant>,
    baking_since: Option<Instant>,
    /// When it was asked for what holds the old tasks up.
    asked_what_holds: Option<Instant>,
    /// The hooks that were told of.
    paused_at: Vec<String>,
    /// The last fault, where nothing was seen yet.
    fault: Option<Fault>,
    /// Who waits; none once it is answered.
    pub answer: Option<oneshot::Sender<Ended>>,
}

/// When nothing has changed for so long while new tasks serve and old ones are left, something holds them up.
const HELD_UP: Duration = Duration::from_mins(2);
/// The service is described this often where its record says that nothing has changed: for its events.
const EVENTS: Duration = Duration::from_secs(15);
/// So long the record of a deployment may be missing where ECS keeps records.
const RECORD_LAG: Duration = Duration::from_secs(20);

/// That a deployment stands, and how somebody lets it go on.
fn paused(hook: &Hook) -> String {
    let by_hand = hook.by_hand().map(|line| format!(": `{line}`, or ROLLBACK")).unwrap_or_default();
    format!("the deployment stands until somebody answers {hook}{by_hand}")
}

impl Watched {
    pub fn new(watch: Watch, limit: Duration, events: Events, surroundings: Surroundings, judge: Judge) -> Self {
        let state = State { pin: watch.target.service_deployment.clone(), ..State::default() };
        let mut new = Self {
            watch,
            limit,
            events,
            surroundings,
            judge,
            began: Instant::now(),
            began_at: 0.0,
            state: Mutex::new(state),
        };
        new.began_at = new.now();
        new
    }

    /// The same, where the ARN of its record may be known already.
    #[must_use]
    pub fn recorded_as(self, arn: Option<String>) -> Self {
        let mut state = self.state();
        state.pin = state.pin.take().or(arn);
        drop(state);
        self
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn warn(&self, message: String) {
        self.events.log(Level::Warn, message);
    }

    /// In seconds since 1970, as ECS counts.
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in an f64 for 285,000 years")]
    pub fn now(&self) -> f64 {
        self.surroundings.now() as f64 / 1000.0
    }

    /// The last look, for when time has run out.
    pub fn last(&self) -> Option<(Verdict, Observation)> {
        let state = self.state();
        let seen = self.observation(&state)?;
        Some((self.judged(&seen), seen))
    }

    fn judged(&self, seen: &Observation) -> Verdict {
        (self.judge)(seen, &self.watch.target, self.watch.policy, self.now())
    }

    /// What is known by now; nothing before the service was described, unless the record was read.
    fn observation(&self, state: &State) -> Option<Observation> {
        let mut seen = match (&state.service, &state.record) {
            (Some(service), _) => service.clone(),
            (None, Some(_)) => Observation { service: self.watch.service.clone(), ..Observation::default() },
            (None, None) => return None,
        };
        seen.service_deployment.clone_from(&state.record);
        seen.shown_at = Some(state.shown_at.unwrap_or(self.began_at));
        Some(seen)
    }

    /// No look was answered in the time that there is.
    pub fn unseen(&self) -> Fault {
        let why = self.state().fault.take();
        let told = why.as_ref().map(|fault| format!(", the last one with {fault}")).unwrap_or_default();
        let message = format!("{}: no look at it was answered in time{told}", self.watch.name());
        let hint = "what has become of the deployment is not known, and it was left alone: `gantry resume` goes on with it, \
                    `gantry status` shows the service";
        Fault::new(FaultKind::Network, why.map_or_else(|| "NoAnswer".to_owned(), |fault| fault.code), message)
            .retryable()
            .hint(hint)
    }

    /// The ARN of the record that is to be read, where it is known and may still change.
    pub fn wants_record(&self) -> Option<String> {
        let state = self.state();
        let ended = state.record.as_ref().is_some_and(|record| record.status.is_final());
        state.pin.clone().filter(|_| !ended)
    }

    /// Takes the record as it was read.
    pub fn take_record(&self, record: ServiceDeployment) {
        let mut state = self.state();
        if !record.target.arn.is_empty() && !record.target.is_of(&self.watch.target.deployment) {
            // another deployment's: ours is yet to be found
            state.pin = None;
            return;
        }
        if state.record.as_ref() != Some(&record) {
            state.got_worse = state.record.as_ref().is_some_and(|before| is_worse(before, &record));
            let baking = |one: &ServiceDeployment| one.stage.as_deref() == Some("BAKE_TIME");
            if !baking(&record) {
                state.baking_since = None;
            } else if !state.record.as_ref().is_some_and(baking) {
                state.baking_since = Some(Instant::now());
            }
        }
        state.record = Some(record);
    }

    /// Whether the service is to be described in this round. The record alone tells how a deployment goes on, and that
    /// it has ended well; what else there is (events, other deployments) is asked for when it gets worse, for a claim
    /// that needs it, and now and then.
    pub fn wants_service(&self, records: bool) -> bool {
        let state = self.state();
        if state.described_now {
            return false;
        }
        let (Some(record), true) = (&state.record, records) else { return true };
        let since = state.described.map_or(self.began.elapsed(), |at| at.elapsed());
        let explains = match (record.status, self.watch.target.until) {
            // how many tasks there should be
            (_, Until::Traffic) => state.described.is_none(),
            (Status::Successful, until) => until > Until::Deployed,
            (status, _) => status.is_final(),
        };
        state.got_worse || since >= EVENTS || explains
    }

    /// Takes the service as it was described.
    ///
    /// # Errors
    /// The description is not one of a service.
    pub fn take_service(&self, service: &Value) -> Result<(), String> {
        let mut seen = Observation::of(service, &[]).map_err(|error| error.to_string())?;
        let since = self.watch.target.since.unwrap_or(0.0);
        seen.events.retain(|event: &ServiceEvent| event.created_at.is_none_or(|at| at >= since));
        let now = self.now();
        let mut state = self.state();
        if let Some(ours) = seen.deployment(&self.watch.target.deployment) {
            state.shown_at = Some(now);
            if self.watch.target.since.is_none()
                && let Some(created) = ours.created_at
            {
                seen.events.retain(|event| event.created_at.is_none_or(|at| at >= created));
            }
        }
        let current = service.get("currentServiceDeployment").and_then(Value::as_str);
        let ours_is_primary = seen.primary().is_some_and(|primary| primary.id == self.watch.target.deployment);
        state.current = current.filter(|arn| !arn.is_empty() && ours_is_primary).map(str::to_owned);
        let before = state.service.take();
        seen.tasks = before.as_ref().map(|before| before.tasks.clone()).unwrap_or_default();
        state.described = Some(Instant::now());
        state.described_now = true;
        state.looks_different = differs(before.as_ref(), &seen);
        state.service = Some(seen);
        Ok(())
    }

    /// Whether the tasks are to be listed: they cost calls, so only when the service looks different, and for every
    /// claim that needs them.
    pub fn wants_tasks(&self) -> bool {
        let state = self.state();
        let Some(seen) = self.observation(&state) else { return false };
        let different = state.looks_different;
        drop(state);
        different || self.is_the_final_check(&seen)
    }

    /// Whether only tasks and targets can tell if the old ones are gone.
    fn is_the_final_check(&self, seen: &Observation) -> bool {
        let deployed = Target { until: Until::Deployed, ..self.watch.target.clone() };
        self.watch.target.until == Until::Drained
            && matches!((self.judge)(seen, &deployed, self.watch.policy, self.now()), Verdict::Done { .. })
    }

    pub fn take_tasks(&self, tasks: &[Value]) {
        if let Some(service) = self.state().service.as_mut() {
            service.tasks = Observation::tasks_of(&service.service, tasks);
        }
    }

    /// A look that had no answer.
    pub fn no_answer(&self, fault: &Fault) {
        self.warn(format!("{}: no answer to a look ({fault}); looking again", self.watch.name()));
        self.state().fault = Some(fault.clone());
    }

    /// Judges what was seen in this round; the end, where it is one. Otherwise it is due again later.
    pub fn conclude(&self, records: bool, jitter: &dyn Fn(Duration) -> Duration) -> Option<Ended> {
        let mut state = self.state();
        (state.got_worse, state.described_now, state.looks_different) = (false, false, false);
        let over = self.began.elapsed() >= self.limit;
        let Some(seen) = self.observation(&state) else {
            if over {
                return Some(Err(state.fault.take().unwrap_or_else(|| self.unseen())));
            }
            self.pace(&mut state, None, jitter);
            return None;
        };
        let snapshot = Snapshot::of(&seen, &self.watch.target);
        if state.snapshot.as_ref() != Some(&snapshot) {
            state.changed = Some(Instant::now());
            self.events.tell(&Event::Rollout { service: self.watch.name(), snapshot: snapshot.clone() });
            state.snapshot = Some(snapshot);
        }
        let verdict = self.judged(&seen);
        let waits_for_us = matches!(verdict, Verdict::Awaiting(_)) && self.watch.policy.stop_at_hooks;
        if let (Verdict::Awaiting(hook), false) = (&verdict, waits_for_us)
            && !state.paused_at.contains(&hook.id)
        {
            self.warn(format!("{}: {}", self.watch.name(), paused(hook)));
            state.paused_at.push(hook.id.clone());
        }
        // where ECS keeps records, ours is about to appear, and says more than `deployments[]`
        let record_to_come = records && seen.service_deployment.is_none() && self.began.elapsed() < RECORD_LAG;
        if over || waits_for_us || (verdict.is_final() && !record_to_come) {
            return Some(Ok((verdict, seen)));
        }
        self.pace(&mut state, Some(&verdict), jitter);
        None
    }

    /// Whether it is time to ask what holds the old tasks up: once, and only where nothing has changed for long.
    pub fn is_held_up(&self) -> bool {
        let mut state = self.state();
        let Some(seen) = self.observation(&state) else { return false };
        let still = state.answer.is_some() && state.changed.is_some_and(|at| at.elapsed() >= HELD_UP);
        let bakes = state.record.as_ref().is_some_and(|record| record.stage.as_deref() == Some("BAKE_TIME"));
        if !still || bakes || state.asked_what_holds.is_some() {
            return false;
        }
        let held = matches!(self.judged(&seen), Verdict::Running { stage: Stage::Serving | Stage::Draining, .. });
        state.asked_what_holds = held.then(Instant::now);
        held
    }

    /// When to look again: not after the time that there is.
    fn pace(&self, state: &mut State, verdict: Option<&Verdict>, jitter: &dyn Fn(Duration) -> Duration) {
        let since_start = self.began.elapsed();
        let bake = state.record.as_ref().map(|record| Duration::from_secs(record.bake_minutes.saturating_mul(60)));
        let baking = state.baking_since.zip(bake).map(|(since, bake)| bake.saturating_sub(since.elapsed()));
        let alarms = state.record.as_ref().and_then(|record| record.alarms.as_ref());
        let near = matches!(verdict, Some(Verdict::Running { stage: Stage::Serving, .. }));
        let first = state.due.is_none();
        let runs = state.record.as_ref().map(|record| record.target.running > 0 || record.target.requested == 0);
        let pace = Pace {
            since_start,
            since_change: state.changed.map_or(since_start, |at| at.elapsed()),
            near_the_end: near,
            starting: first && runs == Some(false),
            baking,
            alarms: alarms.is_some_and(|alarms| !alarms.names.is_empty()),
        };
        state.pause = jitter(beat(pace));
        let left = self.limit.saturating_sub(since_start);
        state.due = Some(Instant::now() + state.pause.min(left));
    }
}
