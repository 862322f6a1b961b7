//! Did a write that is in doubt happen? Look before doing: exhaustive matches, so that no call comes without an answer.

mod code_deploy;
mod ecr;
mod ecs;
mod image;
mod scaling;
mod task;

use super::call::Call;
use super::event::Events;
use super::fault::Fault;
use super::reply::Reply;
use super::world::World;
use serde_json::Value;

/// What a look says of a write in doubt.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It happened, and this is what it would have answered.
    Happened(Box<Reply>),
    /// It did not: it is to be made (again). Also for what can be made twice without harm.
    NotHappened,
}

/// Where a look is made, and what for.
#[derive(Clone, Copy)]
struct Look<'a> {
    /// When the write was started: milliseconds since 1970.
    since: i64,
    world: &'a dyn World,
    events: &'a Events,
}

impl Look<'_> {
    async fn at(&self, call: impl Into<Call>) -> Result<Reply, Fault> {
        self.world.perform(&call.into(), self.events).await
    }
}

/// Looks whether `call`, started at `since` (milliseconds since 1970), happened.
///
/// # Errors
/// The look's own faults; `Moved` when someone else has changed what the write was about, so that neither answer is
/// safe.
pub async fn reconcile(call: &Call, since: i64, world: &dyn World, events: &Events) -> Result<Found, Fault> {
    let look = Look { since, world, events };
    match call {
        // reads and waits change nothing
        Call::Host(_) | Call::Secret(_) => Ok(Found::NotHappened),
        Call::Ecs(call) => ecs::reconcile(call, look).await,
        Call::CodeDeploy(call) => code_deploy::reconcile(call, look).await,
        Call::Ecr(call) => ecr::reconcile(call, look).await,
        Call::Scaling(call) => scaling::reconcile(call, look).await,
        Call::Image(call) => image::reconcile(call, look).await,
        Call::Task(call) => task::reconcile(call, look).await,
    }
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}
