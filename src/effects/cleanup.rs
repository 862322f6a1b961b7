//! What a run owes: the calls that undo what it has done, and are made however it ends.

use super::call::{Call, ScalingCall};
use super::fault::Fault;
use super::key::Key;
use super::reply::Reply;
use super::summary;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// For each call that was made, or may have been, and is not undone yet, the call that undoes it.
#[derive(Default)]
pub struct Owed(Mutex<BTreeMap<Key, Call>>);

/// The promises of a run, in the order in which they were made.
#[derive(Default)]
pub struct Promises(Mutex<Vec<Promise>>);

impl Promises {
    /// Takes in one more.
    pub fn add(&self, promise: Promise) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(promise);
    }

    /// Forgets those for a deployment that has been judged.
    pub fn release(&self, deployment: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|one| one.deployment != deployment);
    }

    /// All of them.
    pub fn all(&self) -> Vec<Promise> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The one-off tasks that are stopped when the run is told to stop while they are under way.
#[derive(Default)]
pub struct TasksToStop(Mutex<Vec<TaskToStop>>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskToStop {
    /// The session.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
    /// ARN.
    pub task: String,
}

impl TasksToStop {
    /// Takes in one more.
    pub fn add(&self, task: TaskToStop) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Forgets one that has ended.
    pub fn forget(&self, task: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|one| one.task != task);
    }

    /// All of them.
    pub fn all(&self) -> Vec<TaskToStop> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Owed {
    /// Takes in a call and what came of it, now or in an earlier sitting.
    pub fn note(&self, key: &Key, call: &Call, result: &Result<Reply, Fault>) {
        let may_have_happened = match result {
            Ok(_) => true,
            Err(fault) => fault.in_doubt || fault.happened,
        };
        let mut owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if result.is_ok() {
            owed.retain(|before, undo| undo != call || !key.is_after(before));
        }
        if let (true, Some(undo)) = (may_have_happened, call.undone_by()) {
            owed.insert(key.clone(), undo);
        }
    }

    /// Takes in what earlier sittings owe.
    pub fn add(&self, calls: Vec<(Key, Call)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(calls);
    }

    /// What is owed, the last first: all of it, or only `undo`.
    pub fn all(&self, undo: Option<&Call>) -> Vec<(Key, Call)> {
        let owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = owed.iter().filter(|(_, call)| undo.is_none_or(|undo| undo == *call));
        wanted.rev().map(|(key, call)| (key.clone(), call.clone())).collect()
    }

    /// Is told that what the call `key` did is undone.
    pub fn settle(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// What is promised of a rollout: what becomes of it when the run is told to stop while it is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The session.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
    /// Name.
    pub service: String,
    /// Our deployment's id, `ecs-svc/…` or `CodeDeploy`'s `d-…`; else what the promise is known by.
    pub deployment: String,
    /// ARN of the definition that ran before.
    pub previous: String,
    /// What becomes of it.
    pub then: Then,
}

/// What becomes of a rollout that is under way when the run is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It goes on by itself.
    Left,
    /// It is taken back.
    TakenBack,
    /// It is stopped where it stands.
    Stopped,
    /// This many tasks are wanted again: no deployment is promised about.
    Counted(i64),
}

/// A cleanup that could not be made: what is left as it should not be, and how a person undoes it.
pub fn failed(call: &Call, fault: Fault) -> Fault {
    let message = format!("NOT CLEANED UP: {}: {}", summary::asked(call), fault.message);
    let fault = Fault { message, in_doubt: false, ..fault };
    match by_hand(call) {
        Some(line) => fault.hint(format!("`gantry resume` tries it again; by hand: {line}")),
        None => fault,
    }
}

/// The line of aws-cli that does the same as `call`.
pub fn by_hand(call: &Call) -> Option<String> {
    let Call::Scaling(ScalingCall::RegisterScalableTarget { resource, suspended, .. }) = call else { return None };
    let state = serde_json::to_string(suspended).ok()?;
    Some(format!(
        "aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension \
         ecs:service:DesiredCount --resource-id {resource} --suspended-state '{state}'"
    ))
}
