//! The driver of a plan: real reads, predicted writes, nothing changed.

use super::{Driver, Step};
use crate::effects::call::{Call, HostCall};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::journal::entry::Answer;
use crate::effects::overlay::Overlay;
use crate::effects::plan::{Nature, Planned};
use crate::effects::predict::{Prediction, predict};
use crate::effects::redact::Redactor;
use crate::effects::reply::{Identity, Reply};
use crate::effects::world::{Boxed, World};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// What a plan has come to so far; cheap to clone.
#[derive(Clone, Default)]
pub struct Sheet(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    steps: Vec<Planned>,
    overlay: Overlay,
    sessions: BTreeMap<String, Identity>,
}

impl Sheet {
    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls in the order of their keys, and the sessions.
    pub fn finish(&self) -> (Vec<Planned>, BTreeMap<String, Identity>) {
        let written = self.lock();
        let mut steps = written.steps.clone();
        steps.sort_by(|a, b| a.key.cmp(&b.key));
        (steps, written.sessions.clone())
    }
}

/// Predicts what would be written, and writes it on a sheet.
pub struct PlanDriver {
    /// What is read.
    pub world: Arc<dyn World>,
    /// Cancelled when planning is to stop.
    pub stop: CancellationToken,
    /// Where the plan is written.
    pub sheet: Sheet,
    /// Applied to faults before they are written down.
    pub redactor: Redactor,
}

impl PlanDriver {
    async fn foreseen(&self, call: &Call, events: &Events) -> (Result<Reply, Fault>, Nature) {
        loop {
            let prediction = {
                let overlay = &mut self.sheet.lock().overlay;
                let prediction = predict(call, overlay);
                // at once: a branch beside this one must not be given the same symbol
                if let Prediction::Known(reply) = &prediction {
                    overlay.note(call, reply);
                }
                prediction
            };
            let (result, nature) = match prediction {
                Prediction::Known(reply) if call.writes() => return (Ok(*reply), Nature::Write),
                Prediction::Known(reply) => return (Ok(*reply), Nature::Overlaid),
                Prediction::Read => (self.read(call, events).await, nature(call)),
                Prediction::Foresee => {
                    let nature = if call.writes() { Nature::Write } else { Nature::Overlaid };
                    (self.cut(self.world.foresee(call)).await, nature)
                }
                Prediction::Assumed(reply) if call.writes() => (Ok(*reply), Nature::Write),
                Prediction::Assumed(reply) => (Ok(*reply), Nature::Assumed),
                Prediction::Needs(first) => match self.read(&first, events).await {
                    Ok(reply) => {
                        let known = {
                            let overlay = &mut self.sheet.lock().overlay;
                            overlay.note(&first, &reply);
                            !matches!(predict(call, overlay), Prediction::Needs(_))
                        };
                        if known {
                            continue;
                        }
                        let why = "what it stands on is not there";
                        (Err(Fault::new(crate::effects::fault::FaultKind::Missing, "Missing", why)), Nature::Write)
                    }
                    Err(fault) => (Err(fault), Nature::Write),
                },
            };
            if let Ok(reply) = &result {
                self.sheet.lock().overlay.note(call, reply);
            }
            return (result, nature);
        }
    }

    async fn read(&self, call: &Call, events: &Events) -> Result<Reply, Fault> {
        self.cut(self.world.perform(call, events)).await
    }

    async fn cut(&self, work: Boxed<'_, Result<Reply, Fault>>) -> Result<Reply, Fault> {
        tokio::select! {
            biased;
            result = work => result,
            () = self.stop.cancelled() => Err(Fault::interrupted()),
        }
    }
}

fn nature(call: &Call) -> Nature {
    match call {
        Call::Host(
            HostCall::Now | HostCall::Environment { .. } | HostCall::ScanFiles { .. } | HostCall::ReadText { .. },
        ) => Nature::Local,
        _ => Nature::Read,
    }
}

impl Driver for PlanDriver {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            if self.stop.is_cancelled() {
                return Err(Fault::interrupted());
            }
            let (result, nature) = self.foreseen(step.call, step.events).await;
            let answer = match &result {
                Ok(reply) => Answer::Reply(reply.clone()),
                Err(fault) => Answer::Fault(self.redactor.fault(fault.clone())),
            };
            self.sheet.lock().steps.push(Planned {
                key: step.key.clone(),
                call: step.call.clone(),
                answer,
                nature,
                origin: step.origin.clone(),
            });
            result
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        let mut sheet = self.sheet.lock();
        sheet.overlay.session(name, identity);
        sheet.sessions.insert(name.to_owned(), identity.clone());
        Ok(())
    }

    fn run(&self) -> &'static str {
        "<new-run>"
    }

    fn clock(&self) -> i64 {
        self.world.clock()
    }
}
