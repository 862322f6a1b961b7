//! The one door: every call of a run passes through here, whatever kind of run it is.

use super::call::{Call, HostCall};
use super::cleanup;
use super::cleanup::{Owed, Promise, Promises, TaskToStop, TasksToStop};
use super::drivers::{Driver, RunDriver, Step};
use super::event::{Event, Events};
use super::fault::Fault;
use super::key::Key;
use super::origin::Origin;
use super::redact::Redactor;
use super::reply::{Identity, Reply};
use super::summary;
use super::written::{Ledger, Written};
use crate::domain::secret::Secret;
use crate::domain::secret_reference::SecretReference;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A run's way to the outside; cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    branch: Arc<Branch>,
    origin: Origin,
}

/// The script's own path, or one branch of a parallel step: its calls are numbered for themselves, so that branches
/// replay independently of timing.
#[derive(Default)]
struct Branch {
    path: String,
    calls: AtomicU64,
}

impl Branch {
    fn next(&self) -> Key {
        Key::within(self.path.clone(), self.calls.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

struct Shared {
    driver: Box<dyn Driver>,
    events: Events,
    redactor: Redactor,
    ledger: Ledger,
    owed: Owed,
    promises: Promises,
    to_stop: TasksToStop,
    last: AtomicU64,
    sessions: tokio::sync::Mutex<BTreeMap<String, Identity>>,
}

impl Gateway {
    /// The gateway of a new run.
    pub fn new(driver: Box<dyn Driver>, events: Events, redactor: Redactor) -> Self {
        Self {
            shared: Arc::new(Shared {
                driver,
                events,
                redactor,
                ledger: Ledger::default(),
                owed: Owed::default(),
                promises: Promises::default(),
                to_stop: TasksToStop::default(),
                last: AtomicU64::new(0),
                sessions: tokio::sync::Mutex::default(),
            }),
            branch: Arc::default(),
            origin: Origin::default(),
        }
    }

    /// The same gateway for calls that are made at `origin`.
    #[must_use]
    pub fn at(&self, origin: Origin) -> Self {
        Self { origin, ..self.clone() }
    }

    /// Gateways for the branches of a parallel step, which is a step of this path itself.
    pub fn fork(&self, branches: usize) -> Vec<Self> {
        let step = self.branch.next();
        let path = |index| format!("{step}/{index}");
        let branch = |index| Arc::new(Branch { path: path(index), calls: AtomicU64::new(0) });
        (0..branches).map(|index| Self { branch: branch(index), ..self.clone() }).collect()
    }

    /// Where to tell what happens.
    pub fn events(&self) -> &Events {
        &self.shared.events
    }

    /// Milliseconds since 1970 on the run's clock, for durations; what a script decides by is [`HostCall::Now`](super::call::HostCall::Now).
    pub fn clock(&self) -> i64 {
        self.shared.driver.clock()
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        self.shared.driver.run()
    }

    /// The value of a secret that this run has fetched.
    pub fn secret(&self, reference: &SecretReference) -> Option<Secret> {
        self.shared.redactor.kept(reference)
    }

    /// What has been written so far.
    pub fn written(&self) -> Vec<Written> {
        self.shared.ledger.all()
    }

    /// Makes a call and gives its reply. The accounts of its sessions are checked before, at their first call.
    ///
    /// # Errors
    /// The call's own faults, redacted; `Account` for a session of another account; `Interrupted` once the run has
    /// been told to stop; `Journal` when the journal cannot be written, and then a write has not been made.
    pub async fn perform(&self, call: impl Into<Call>) -> Result<Reply, Fault> {
        let call = call.into();
        for session in call.sessions() {
            self.identity(session).await?;
        }
        self.make(self.branch.next(), call).await
    }

    /// Who a session is; asked once a run, and checked against what gantry.toml expects.
    pub async fn identity(&self, session: &str) -> Result<Identity, Fault> {
        let mut known = self.shared.sessions.lock().await;
        if let Some(identity) = known.get(session) {
            return Ok(identity.clone());
        }
        let identity = self
            .make(Key::of_session(session), Call::Host(HostCall::Identify { session: session.to_owned() }))
            .await?
            .identity()?;
        self.shared.driver.session(session, &identity)?;
        known.insert(session.to_owned(), identity.clone());
        Ok(identity)
    }

    /// Takes in what earlier sittings of the run owe.
    pub fn owes(&self, calls: Vec<(Key, Call)>) {
        self.shared.owed.add(calls);
    }

    /// Undoes what is owed, the last first, also after the run was told to stop: all of it, or what `undo` undoes. Gives
    /// what could not be undone, and stays owed.
    pub async fn clean_up(&self, undo: Option<&Call>) -> Vec<Fault> {
        let mut failed = Vec::new();
        let Some(run) = self.shared.driver.acts() else { return failed };
        for (key, call) in self.shared.owed.all(undo) {
            self.events().step(format!("cleaning up: {}", summary::asked(&call)));
            let result = match self.known(run, &call).await {
                Ok(()) => run.clean_up(&call, self.events()).await.map_err(|fault| self.shared.redactor.fault(fault)),
                Err(fault) => Err(self.shared.redactor.fault(fault)),
            };
            self.shared.ledger.note(&key, &call, &result);
            match result.and_then(|_| run.put_back(&key)) {
                Ok(()) => self.shared.owed.settle(&key),
                Err(fault) => failed.push(cleanup::failed(&call, fault)),
            }
        }
        failed
    }

    /// The key that the next call of this path will have, by which a run's own marks on the world are told from others'.
    pub fn next_key(&self) -> Key {
        Key::within(self.branch.path.clone(), self.branch.calls.load(Ordering::Relaxed) + 1)
    }

    /// Promises that a one-off task is stopped when the run is told to stop.
    pub fn stop_at_interruption(&self, task: TaskToStop) {
        self.shared.to_stop.add(task);
    }

    /// Is told that a task has ended, or is left to itself: it is not stopped any more.
    pub fn leave_alone(&self, task: &str) {
        self.shared.to_stop.forget(task);
    }

    /// The one-off tasks that are to be stopped when the run is told to stop.
    pub fn tasks_to_stop(&self) -> Vec<TaskToStop> {
        self.shared.to_stop.all()
    }

    /// Promises what becomes of a rollout when the run is told to stop.
    pub fn promise(&self, promise: Promise) {
        self.shared.promises.add(promise);
    }

    /// Is told that a deployment has been judged: nothing is promised of it any more.
    pub fn release(&self, deployment: &str) {
        self.shared.promises.release(deployment);
    }

    /// What is promised of the rollouts that have not been judged.
    pub fn promises(&self) -> Vec<Promise> {
        self.shared.promises.all()
    }

    /// Makes one of the last calls of a run that was told to stop. Writes are written down, with keys of their own: they
    /// are not steps of the script.
    ///
    /// # Errors
    /// As [`Gateway::perform`], but for the interruption; `Network` after 20 s without an answer.
    pub async fn last(&self, call: impl Into<Call>) -> Result<Reply, Fault> {
        let (call, shared) = (call.into(), &self.shared);
        let Some(run) = shared.driver.acts() else { return Err(Fault::interrupted()) };
        self.known(run, &call).await.map_err(|fault| shared.redactor.fault(fault))?;
        if !call.writes() {
            return run.clean_up(&call, self.events()).await.map_err(|fault| shared.redactor.fault(fault));
        }
        let key = Key::at_the_end(self.clock(), shared.last.fetch_add(1, Ordering::Relaxed) + 1);
        let step = Step { key: &key, call: &call, origin: &self.origin, events: &shared.events };
        let result = run.at_the_end(step).await.map_err(|fault| shared.redactor.fault(fault));
        shared.ledger.note(&key, &call, &result);
        result
    }

    /// Checks who the sessions of a cleanup are, where this sitting has not come to it.
    async fn known(&self, run: &RunDriver, call: &Call) -> Result<(), Fault> {
        for session in call.sessions() {
            let mut known = self.shared.sessions.lock().await;
            if !known.contains_key(session) {
                let who = Call::Host(HostCall::Identify { session: session.to_owned() });
                let identity = run.clean_up(&who, self.events()).await?.identity()?;
                self.shared.driver.session(session, &identity)?;
                known.insert(session.to_owned(), identity);
            }
        }
        Ok(())
    }

    async fn make(&self, key: Key, call: Call) -> Result<Reply, Fault> {
        let shared = &self.shared;
        let (name, write, began) = (summary::asked(&call), call.writes(), self.clock());
        shared.events.tell(&Event::Began { key: key.to_string(), call: name.clone(), write });
        let step = Step { key: &key, call: &call, origin: &self.origin, events: &shared.events };
        let result = shared.driver.perform(step).await.map_err(|fault| shared.redactor.fault(fault));
        shared.ledger.note(&key, &call, &result);
        shared.owed.note(&key, &call, &result);
        shared.events.tell(&Event::Ended {
            key: key.to_string(),
            call: name,
            write,
            millis: u64::try_from(self.clock() - began).unwrap_or(0),
            fault: result.as_ref().err().map(|fault| fault.code.clone()),
        });
        result
    }
}
