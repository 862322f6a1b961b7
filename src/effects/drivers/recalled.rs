//! The secrets of a run that is gone on with: each is fetched again, exactly as it was, before anything is replayed.

use super::RunDriver;
use super::resume::still;
use crate::effects::call::{Call, HostCall};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::Answer;
use crate::effects::journal::state::{State, Step};
use crate::effects::plan::Plan;
use crate::effects::redact::Redactor;
use crate::effects::reply::Reply;
use crate::effects::summary;

/// What the journal tells, with every secret in its place again.
///
/// # Errors
/// `Account` for a session that is another one now; `Moved` for a secret that is another one now; what its store says, for one that is gone.
pub async fn recalled(run: &RunDriver, mut past: State, events: &Events) -> Result<State, Fault> {
    let mut any = false;
    for step in past.steps.values() {
        if let Step::Done(call, answer, _) = step
            && let Answer::Reply(then @ Reply::Secret(_)) = answer.as_ref()
        {
            any = true;
            again(run, &past, call, then, events).await?;
        }
    }
    // without a secret nothing was sealed
    if !any {
        return Ok(past);
    }
    for step in past.steps.values_mut() {
        match step {
            Step::Started(call, _) | Step::InDoubt(call, _) => **call = run.redactor.open(call.as_ref())?,
            Step::Done(call, answer, _) => {
                **call = run.redactor.open(call.as_ref())?;
                **answer = run.redactor.open(answer.as_ref())?;
            }
        }
    }
    if let Some(plan) = &mut past.plan {
        opened(plan, &run.redactor)?;
    }
    Ok(past)
}

/// Puts the secrets of a plan into their places again.
///
/// # Errors
/// `Internal` for a plan that somebody has changed.
pub fn opened(plan: &mut Plan, redactor: &Redactor) -> Result<(), Fault> {
    for step in &mut plan.steps {
        step.call = redactor.open(&step.call)?;
        step.answer = redactor.open(&step.answer)?;
    }
    Ok(())
}

async fn again(run: &RunDriver, past: &State, call: &Call, then: &Reply, events: &Events) -> Result<(), Fault> {
    let Call::Secret(fetched) = call else {
        return Err(Fault::internal(format!("`{}` gave a secret", summary::asked(call))));
    };
    // a name may be somebody else's in another account
    if let Some((session, then)) = fetched.session().and_then(|name| past.sessions.get_key_value(name)) {
        let identify = HostCall::Identify { session: session.clone() }.into();
        still(session, then, &run.cut(run.world.perform(&identify, events)).await?.identity()?)?;
    }
    let now = run.cut(run.world.perform(&Call::Secret(fetched.pinned(then)), events)).await?;
    if now == *then {
        return Ok(());
    }
    let message = format!("`{}` gives another secret than when this run began", summary::asked(call));
    let hint = "give it back the value that the run was begun with, or start the release again from its beginning";
    Err(Fault::new(FaultKind::Moved, "SecretMoved", message).hint(hint))
}
