//! What tells a run to stop besides signals: its own deadline, and a rehearsed world that says so.

use super::interrupt;
use crate::domain::deadline::Deadline;
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::world::World;
use crate::script::diagnose::Failure;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longer than this is not slept at once: a machine that was asleep is as late as the clock says.
const NAP: Duration = Duration::from_secs(30);

/// A run that is told to stop, once, and why where that is not a signal.
#[derive(Clone, Default)]
pub struct Stopping {
    token: CancellationToken,
    deadline: Arc<OnceLock<Deadline>>,
    over: CancellationToken,
}

impl Stopping {
    /// Cancelled when the run is told to stop.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// The deadline that has stopped the run.
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline.get().copied()
    }

    /// The run has come to its end: nothing of here tells it to stop any more.
    pub fn over(&self) {
        self.over.cancel();
    }

    fn unless_over(&self, work: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        tokio::spawn(async move { over.run_until_cancelled(work).await });
    }

    /// Stops the run when `deadline` has passed on the run's clock, from now on.
    pub fn at(&self, deadline: Deadline, world: Arc<dyn World>, events: Events) {
        let stopping = self.clone();
        let began = world.clock();
        self.unless_over(async move {
            let millis = i64::try_from(deadline.get().as_millis()).unwrap_or(i64::MAX);
            let over = began.saturating_add(millis);
            while let Ok(left @ 1..) = u64::try_from(over.saturating_sub(world.clock())) {
                tokio::time::sleep(Duration::from_millis(left).min(NAP)).await;
            }
            if stopping.token.is_cancelled() || stopping.deadline.set(deadline).is_err() {
                return;
            }
            let told = format!(
                "stopping: the deadline of {deadline} has passed; no new call begins; a write under way gets 10 s to answer"
            );
            events.log(Level::Info, told);
            stopping.token.cancel();
        });
    }

    /// Tells the run to stop `after` so long, as a signal does: what a rehearsed world says.
    pub fn as_by_a_signal(&self, after: Duration, events: Events) {
        let token = self.token.clone();
        self.unless_over(async move {
            tokio::time::sleep(after).await;
            interrupt::stop(&token, &events);
        });
    }

    /// The failure, with the deadline as its reason where that has stopped the run, and how to go on.
    pub fn explained(&self, failure: Failure, onward: Onward) -> Failure {
        let interrupted = failure.fault.as_ref().filter(|fault| fault.kind == FaultKind::Interrupted);
        let Some((deadline, fault)) = self.deadline().zip(interrupted) else { return failure };
        let because =
            |text: &str| text.replacen("interrupted", &format!("the run's deadline of {deadline} has passed"), 1);
        let hint = match onward {
            Onward::Resumed => Some("`gantry resume` goes on with it, without a deadline unless it is given one"),
            Onward::BegunAgain => Some("nothing was written: begin again, with more time"),
            Onward::Nowhere => None,
        };
        let hint = hint.map(str::to_owned);
        let message = because(&fault.message);
        let fault = Fault { code: "DeadlinePassed".to_owned(), message, hint: hint.clone(), ..fault.clone() };
        let mut report = failure.report;
        report.message = because(&report.message);
        report.hint = hint;
        Failure { report, fault: Some(fault) }
    }
}

/// How a run that was stopped is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// From its journal.
    Resumed,
    /// It has written nothing, and has no journal.
    BegunAgain,
    /// Not at all: its rollout was taken back.
    Nowhere,
}
