//! The driver of a run that was planned before: what was reviewed is what happens.

use super::followed::{Followed, has_moved, since_planned};
use super::recalled::opened;
use super::{Driver, RunDriver, Step};
use crate::effects::call::{Call, HostCall};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::plan::{Nature, Plan, Planned};
use crate::effects::reply::{Identity, Reply};
use crate::effects::world::Boxed;

/// Makes the planned calls and no others.
pub struct PlannedDriver {
    run: RunDriver,
    plan: Followed,
}

impl PlannedDriver {
    /// Reads again what the plan stands on, and takes the plan when nothing that matters has moved.
    ///
    /// # Errors
    /// `Moved`, with every difference, and nothing written; `Account` for a session that is another one now.
    pub async fn new(run: RunDriver, mut plan: Plan, events: &Events) -> Result<Self, Fault> {
        let mut differences = Vec::new();
        for (name, then) in &plan.sessions {
            let call = HostCall::Identify { session: name.clone() }.into();
            let now = run.cut(run.world.perform(&call, events)).await?.identity()?;
            if now != *then {
                let told = |one: &Identity| format!("{} in {}", one.account.as_deref().unwrap_or("?"), one.region);
                differences.push(format!("session {name}: {} → {}", told(then), told(&now)));
            }
        }
        // secrets first: what else was read may hold them
        let is_secret = |step: &&Planned| matches!(step.call, Call::Secret(_));
        for step in plan.steps.iter().filter(is_secret) {
            differences.extend(since_planned(&run, step, events).await?);
        }
        if differences.is_empty() {
            opened(&mut plan, &run.redactor)?;
        }
        let read = plan.steps.iter().filter(|step| step.nature == Nature::Read && step.call.replays());
        for step in read.filter(|step| !is_secret(step)) {
            differences.extend(since_planned(&run, step, events).await?);
        }
        if !differences.is_empty() {
            return Err(has_moved("the world has moved since this was planned; nothing was written", differences));
        }
        Ok(Self { run, plan: Followed::of(plan) })
    }
}

impl Driver for PlannedDriver {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            if self.run.stop.is_cancelled() {
                return Err(Fault::interrupted());
            }
            match self.plan.planned(&step)? {
                Some(planned) => self.plan.perform(&self.run, step, planned).await,
                None => self.run.perform(step).await,
            }
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        self.run.session(name, identity)
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
