//! The outside world as the gateway sees it: one door, one method.

use super::call::Call;
use super::event::Events;
use super::fault::Fault;
use super::intent::Intent;
use super::reply::Reply;
use std::future::Future;
use std::pin::Pin;

/// A future that can cross threads.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What acts. The live adapters implement it, over the network or over an embedded rehearsal.
pub trait World: Send + Sync {
    /// Makes one call and gives its reply. Progress is told to `events`. Dropping the future cuts the call.
    fn perform<'a>(&'a self, call: &'a Call, events: &'a Events) -> Boxed<'a, Result<Reply, Fault>>;

    /// The same for a call that looks before it writes ([`Effect::Push`](super::call::Effect::Push)): the record that it
    /// was begun is asked of `intent` when there is something to write.
    fn push<'a>(
        &'a self,
        call: &'a Call,
        events: &'a Events,
        intent: &'a dyn Intent,
    ) -> Boxed<'a, Result<Reply, Fault>>;

    /// What a call about images would come to, by reads alone and after all that was foreseen before. Only asked for
    /// calls whose prediction is `Foresee`.
    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>>;

    /// Milliseconds since 1970 on this world's clock, for durations and the journal; scripts use [`HostCall::Now`](super::call::HostCall::Now).
    fn clock(&self) -> i64;
}
