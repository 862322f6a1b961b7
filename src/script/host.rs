//! The one bridge from a script to the gateway.

use super::thread::{self, Broken};
use super::thrown::{origin, raise};
use crate::domain::secret::Secret;
use crate::domain::secret_reference::SecretReference;
use crate::effects::call::Call;
use crate::effects::event::Level;
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use crate::effects::reply::Reply;
use rhai::{EvalAltResult, NativeCallContext};
use std::future::Future;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What a function of ours gives to a script.
pub type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// What the functions of a running script stand on. It travels as the engine's default tag, which reaches modules and
/// closures too.
#[derive(Clone)]
pub struct Host {
    gateway: Gateway,
    cancel: CancellationToken,
    /// The fault that ended the run. Rhai lets `try` catch it when it comes through a function like `map`: then no
    /// further call is made, and it is the script's end all the same.
    over: Arc<OnceLock<Fault>>,
}

impl Host {
    /// A host whose calls go through `gateway`, and whose script stops computing when `cancel` is cancelled. Cutting
    /// the calls themselves is the gateway's: a write must be given time to answer.
    pub fn new(gateway: Gateway, cancel: CancellationToken) -> Self {
        Self { gateway, cancel, over: Arc::default() }
    }

    /// The host of the script that makes this call.
    ///
    /// # Errors
    /// An engine without a host only checks scripts: an internal fault.
    pub fn of(ctx: &NativeCallContext) -> Outcome<Self> {
        let host = ctx.tag().and_then(|tag| tag.read_lock::<Self>().map(|host| host.clone()));
        host.ok_or_else(|| raise(ctx, Fault::internal(format!("`{}` was called without a host", ctx.fn_name()))))
    }

    /// Hosts for the branches of a parallel step.
    pub(super) fn fork(&self, branches: usize) -> Vec<Self> {
        let host = |gateway| Self { gateway, over: Arc::default(), ..self.clone() };
        self.gateway.fork(branches).into_iter().map(host).collect()
    }

    /// The fault that has ended the run, whatever the script made of it.
    pub fn over(&self) -> Option<&Fault> {
        self.over.get()
    }

    /// Ends the run.
    pub(super) fn end(&self, fault: &Fault) {
        // the first is the reason
        let _ = self.over.set(fault.clone());
    }

    /// The value of a secret that this run has fetched.
    pub fn secret(&self, reference: &SecretReference) -> Option<Secret> {
        self.gateway.secret(reference)
    }

    /// Tells a line of the script's log.
    pub fn log(&self, level: Level, message: impl Into<String>) {
        let (events, message) = (self.gateway.events().clone(), message.into());
        thread::say(move || events.log(level, message));
    }

    /// Whether the run has been told to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The same for one script, and a guard: when it is dropped, the script stops computing. So a run that nobody
    /// awaits any more leaves no thread behind.
    pub(super) fn guarded(self) -> (Self, DropGuard) {
        let cancel = self.cancel.child_token();
        let guard = cancel.clone().drop_guard();
        (Self { cancel, ..self }, guard)
    }

    /// Awaits `work` on the runtime, and blocks the script until it is done. The gateway that `work` gets knows the
    /// script's line. A fault is thrown at the call; see [`raise`].
    pub fn run<T, F, Fut>(&self, ctx: &NativeCallContext, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(Gateway) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        if self.is_cancelled() {
            return Err(raise(ctx, Fault::interrupted()));
        }
        if let Some(fault) = self.over() {
            return Err(raise(ctx, fault.clone()));
        }
        let gateway = self.gateway.at(origin(ctx));
        match thread::submit(move || work(gateway)) {
            Ok(Err(fault)) if fault.ends_the_run() => {
                self.end(&fault);
                Err(raise(ctx, fault))
            }
            Ok(result) => result.map_err(|fault| raise(ctx, fault)),
            // The run has been dropped: nobody awaits this script any more.
            Err(Broken::Abandoned) if self.is_cancelled() => Err(raise(ctx, Fault::interrupted())),
            Err(broken) => Err(raise(ctx, Fault::internal(format!("`{}` has no result: {broken}", ctx.fn_name())))),
        }
    }
}

/// Makes one call for the script, and takes `accept`'s part of its reply: `perform(&ctx, HostCall::Now, Reply::instant)`.
pub fn perform<T: Send + 'static>(
    ctx: &NativeCallContext,
    call: impl Into<Call>,
    accept: fn(Reply) -> Result<T, Fault>,
) -> Outcome<T> {
    let call = call.into();
    Host::of(ctx)?.run(ctx, move |gateway| async move { gateway.perform(call).await.and_then(accept) })
}
