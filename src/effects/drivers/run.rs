//! The driver of a real run, and of a rehearsal: journals, acts, journals.

use super::{Driver, Step};
use crate::effects::call::{Call, Effect};
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::intent::Recorded;
use crate::effects::journal::Journal;
use crate::effects::journal::entry::{Answer, Entry};
use crate::effects::key::Key;
use crate::effects::reconcile::{Found, reconcile};
use crate::effects::redact::Redactor;
use crate::effects::reply::{Identity, Reply};
use crate::effects::summary;
use crate::effects::world::{Boxed, World};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a write under way may still take to answer after the run was told to stop.
const LAST_ANSWER: Duration = Duration::from_secs(10);

/// How long each call of a cleanup may take.
const CLEANUP: Duration = Duration::from_secs(20);

/// After so long a call that should be quick is told of, so that nobody wonders.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a write whose answer was lost, and which then turned out not to have happened, is made again.
const AGAIN: u32 = 2;

/// Makes every call for real, in `world`.
pub struct RunDriver {
    /// The run's name, which keys the hashes of its calls.
    pub run: String,
    /// What acts.
    pub world: Arc<dyn World>,
    /// Where it is written down.
    pub journal: Arc<Journal>,
    /// Cancelled when the run is told to stop.
    pub stop: CancellationToken,
    /// Applied to faults before they are written down.
    pub redactor: Redactor,
}

impl RunDriver {
    fn hash(&self, step: &Step<'_>) -> Result<String, Fault> {
        // a digest of a secret would let those who guess it know that they have
        let call = serde_json::to_vec(&self.redactor.seal(step.call)?)
            .map_err(|error| Fault::internal(format!("a call: {error}")))?;
        let digest = Sha256::new().chain_update(self.run.as_bytes()).chain_update([0]).chain_update(call).finalize();
        Ok(digest.iter().take(16).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    async fn act(&self, step: Step<'_>, intent: Option<&Recorded>) -> Result<Reply, Fault> {
        let mut act = match intent {
            Some(intent) => self.world.push(step.call, step.events, intent),
            None => self.world.perform(step.call, step.events),
        };
        let slow = tokio::time::sleep(PATIENCE);
        tokio::select! {
            biased;
            result = &mut act => return result,
            () = self.stop.cancelled() => {}
            () = slow, if !step.call.takes_its_time() => {
                step.events.log(Level::Info, format!("no answer yet: {}", summary::asked(step.call)));
                tokio::select! {
                    biased;
                    result = &mut act => return result,
                    () = self.stop.cancelled() => {}
                }
            }
        }
        if step.call.can_be_cut() {
            return Err(Fault::interrupted());
        }
        tokio::time::timeout(LAST_ANSWER, act).await.unwrap_or_else(|_| {
            let why = "interrupted, and the write under way did not answer within 10 s";
            Err(Fault::new(FaultKind::Interrupted, "Interrupted", why).in_doubt())
        })
    }

    /// Makes `call` in the name of `step`: what is left of a wait is made, and the whole of it written down, with the
    /// time that was gone before.
    pub(super) async fn perform_as(&self, step: Step<'_>, call: &Call, gone_millis: u64) -> Result<Reply, Fault> {
        self.started(&step)?;
        let mut result = self.act(Step { call, ..step }, None).await;
        if let Ok(Reply::Rollout(end)) = &mut result {
            end.millis = end.millis.saturating_add(gone_millis);
        }
        self.answered(step, result)
    }

    /// Writes down a call that is answered without being made.
    pub(super) fn given(&self, step: Step<'_>, result: Result<Reply, Fault>) -> Result<Reply, Fault> {
        self.started(&step)?;
        self.answered(step, result)
    }

    pub(super) async fn journaled(&self, step: Step<'_>) -> Result<Reply, Fault> {
        if step.call.effect() != Effect::Push {
            self.started(&step)?;
            return self.answered(step, self.surely(step, None).await);
        }
        // one that finds nothing to write need not wait for the disk, nor leave a run behind
        let intent = Recorded::of(Arc::clone(&self.journal), self.start(&step)?);
        let result = self.surely(step, Some(&intent)).await;
        if matches!(&result, Err(fault) if fault.leaves_the_call_open()) {
            intent.given_up();
            return result;
        }
        intent.noted()?;
        self.written_down(step, result, intent.is_kept() && !step.call.is_told_by_its_digest())
    }

    fn start(&self, step: &Step<'_>) -> Result<Entry, Fault> {
        Ok(Entry::Start {
            key: step.key.clone(),
            call: Box::new(step.call.clone()),
            hash: self.hash(step)?,
            origin: step.origin.clone(),
            at: self.clock(),
        })
    }

    fn started(&self, step: &Step<'_>) -> Result<(), Fault> {
        self.journal.put(&self.start(step)?, step.call.is_kept_first())
    }

    /// Acts, and where a write's answer was lost looks whether it happened, then makes it again if it did not. What a
    /// look cannot decide stays in doubt, and the run ends.
    async fn surely(&self, step: Step<'_>, intent: Option<&Recorded>) -> Result<Reply, Fault> {
        let since = self.clock();
        let mut result = self.act(step, intent).await;
        for _ in 0..AGAIN {
            match &result {
                Err(fault) if fault.in_doubt && fault.kind != FaultKind::Interrupted => {
                    let fault = self.redactor.text(&fault.message);
                    let lost = format!("no answer to a write ({fault}): looking whether it happened");
                    step.events.log(Level::Warn, lost);
                }
                _ => return result,
            }
            let looked = self.cut(reconcile(step.call, since, self.world.as_ref(), step.events)).await;
            match looked {
                Ok(Found::Happened(reply)) => {
                    step.events.log(Level::Warn, "it happened: going on");
                    return Ok(*reply);
                }
                // no new call begins
                Ok(Found::NotHappened) if self.stop.is_cancelled() => return Err(Fault::interrupted()),
                Ok(Found::NotHappened) => {
                    step.events.log(Level::Warn, "it did not happen: making it again");
                    result = self.act(step, intent).await;
                }
                Err(fault) if fault.ends_the_run() => return Err(fault.in_doubt()),
                Err(fault) => {
                    let fault = self.redactor.text(&fault.message);
                    step.events.log(Level::Warn, format!("it cannot be seen whether it happened: {fault}"));
                    return result;
                }
            }
        }
        result
    }

    /// Makes a cleanup's call, also after the run was told to stop. It is not one of the run's steps.
    pub(in crate::effects) async fn clean_up(&self, call: &Call, events: &Events) -> Result<Reply, Fault> {
        tokio::time::timeout(CLEANUP, self.world.perform(call, events)).await.unwrap_or_else(|_| {
            let why = format!("no answer within {} s", CLEANUP.as_secs());
            Err(Fault::new(FaultKind::Network, "Timeout", why).in_doubt())
        })
    }

    /// The same for a write that is no undoing: it is written down.
    pub(in crate::effects) async fn at_the_end(&self, step: Step<'_>) -> Result<Reply, Fault> {
        self.started(&step)?;
        let result = self.clean_up(step.call, step.events).await;
        self.answered(step, result)
    }

    /// Writes down that what the call `key` did is undone.
    pub(in crate::effects) fn put_back(&self, key: &Key) -> Result<(), Fault> {
        self.journal.put(&Entry::PutBack { key: key.clone(), at: self.clock() }, true)
    }

    /// Waits for `work` unless the run is told to stop.
    pub(super) async fn cut<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        tokio::select! {
            biased;
            result = work => result,
            () = self.stop.cancelled() => Err(Fault::interrupted()),
        }
    }

    /// Writes an answer down, and gives it as it will be read back.
    pub(super) fn answered(&self, step: Step<'_>, result: Result<Reply, Fault>) -> Result<Reply, Fault> {
        self.written_down(step, result, step.call.is_kept_first())
    }

    fn written_down(&self, step: Step<'_>, result: Result<Reply, Fault>, sync: bool) -> Result<Reply, Fault> {
        let result = match result {
            Ok(reply) => Answer::Reply(reply),
            // not an answer: a resume finds the call started, and looks
            Err(fault) if fault.kind == FaultKind::Waiting => {
                let hint = format!("`gantry resume {} --approve` approves it and goes on", self.run);
                return Err(fault.hint(hint));
            }
            Err(fault) if fault.leaves_the_call_open() => return Err(fault),
            Err(fault) => Answer::Fault(self.redactor.fault(fault)),
        };
        let done = Entry::Done { key: step.key.clone(), result: Box::new(result), at: self.clock() };
        self.journal.put(&done, sync)?;
        as_read_back(&done)
    }
}

/// The answer in its serialized form even now, so that a replay cannot see anything else.
fn as_read_back(done: &Entry) -> Result<Reply, Fault> {
    let read = serde_json::to_vec(done).and_then(|text| serde_json::from_slice(&text));
    match read {
        Ok(Entry::Done { result, .. }) => match *result {
            Answer::Reply(reply) => Ok(reply),
            Answer::Fault(fault) => Err(fault),
        },
        Ok(_) => Err(Fault::internal("a journal entry became another")),
        Err(error) => Err(Fault::internal(format!("a reply cannot be read back: {error}"))),
    }
}

impl Driver for RunDriver {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            if self.stop.is_cancelled() {
                return Err(Fault::interrupted());
            }
            self.journaled(step).await
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        self.journal.put(&Entry::Session { name: name.to_owned(), identity: identity.clone() }, false)
    }

    fn acts(&self) -> Option<&RunDriver> {
        Some(self)
    }

    fn run(&self) -> &str {
        &self.run
    }

    fn clock(&self) -> i64 {
        self.world.clock()
    }
}
