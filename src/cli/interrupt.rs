//! Ctrl-C, SIGTERM and a terminal that is closed: the first lets the run end in order, the second ends it at once.

use super::exit::Exit;
use super::machine;
use crate::effects::event::{Events, Level};
use crate::effects::fault::Fault;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Whether this process was told to stop.
static TOLD: AtomicBool = AtomicBool::new(false);

/// SIGTSTP, which Ctrl-Z sends; tokio has no name for it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const TERMINAL_STOP: i32 = 20;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const TERMINAL_STOP: i32 = 18;

/// How many programs have the terminal now.
static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);

/// Another program has the terminal for as long as this is kept: a Ctrl-C is meant for what runs there.
pub struct Elsewhere(());

impl Elsewhere {
    /// From now on. Ctrl-Z and Ctrl-\ are what runs there's too, and from now on no longer gantry's.
    pub fn begin() -> Self {
        for kind in [SignalKind::quit(), SignalKind::from_raw(TERMINAL_STOP)] {
            let _ = signal(kind);
        }
        ELSEWHERE.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        ELSEWHERE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether a signal has told this process to stop: then what would come next does not begin.
pub fn told() -> bool {
    TOLD.load(Ordering::SeqCst)
}

/// Cancels `stop` at the first signal, told like everything else of the run, and ends the process at the second.
/// Without handlers (none could be installed) a signal ends the process, as it does every other.
pub fn watch(stop: CancellationToken, events: Events) {
    let Ok(signals) = signals() else { return };
    tokio::spawn(async move {
        let mut signals = signals;
        any(&mut signals).await;
        TOLD.store(true, Ordering::SeqCst);
        self::stop(&stop, &events);
        any(&mut signals).await;
        machine::end(Exit::Interrupted as u8);
    });
}

/// What the first signal brings about.
pub fn stop(stop: &CancellationToken, events: &Events) {
    events
        .log(Level::Info, "stopping: no new call begins; a write under way gets 10 s to answer (again to end at once)");
    stop.cancel();
}

/// The first signal, for what has nothing to end in order. From now on signals no longer end the process.
///
/// # Errors
/// No handlers could be installed.
pub fn signalled() -> Result<impl Future<Output = ()>, Fault> {
    let mut signals = signals().map_err(|error| Fault::internal(format!("signals cannot be heard: {error}")))?;
    Ok(async move { any(&mut signals).await })
}

/// The signals that mean the end, Ctrl-C first. Who started gantry with nohup does not mean the terminal.
fn signals() -> std::io::Result<Vec<Signal>> {
    let hangup = (!machine::ignores_hangups()).then(SignalKind::hangup);
    [SignalKind::interrupt(), SignalKind::terminate()].into_iter().chain(hangup).map(signal).collect()
}

async fn any(signals: &mut [Signal]) {
    loop {
        let received = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        let (_, which, _) = futures_util::future::select_all(received).await;
        if which > 0 || ELSEWHERE.load(Ordering::SeqCst) == 0 {
            return;
        }
    }
}
