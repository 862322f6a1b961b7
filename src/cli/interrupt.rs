//! Ctrl-C and SIGTERM: the first lets the run end in order, the second ends it at once.

use super::exit::Exit;
use super::machine;
use crate::effects::event::{Events, Level};
use crate::effects::fault::Fault;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first signal, told like everything else of the run, and ends the process at the second.
/// Without handlers (none could be installed) a signal ends the process, as it does every other.
pub fn watch(stop: CancellationToken, events: Events) {
    let (Ok(interrupt), Ok(terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return;
    };
    tokio::spawn(async move {
        let (mut interrupt, mut terminate) = (interrupt, terminate);
        either(&mut interrupt, &mut terminate).await;
        events.log(
            Level::Info,
            "stopping: no new call begins; a write under way gets 10 s to answer (again to end at once)",
        );
        stop.cancel();
        either(&mut interrupt, &mut terminate).await;
        machine::end(Exit::Interrupted as u8);
    });
}

/// The first signal, for what has nothing to end in order. From now on signals no longer end the process.
///
/// # Errors
/// No handlers could be installed.
pub fn signalled() -> Result<impl Future<Output = ()>, Fault> {
    let handler = |kind| signal(kind).map_err(|error| Fault::internal(format!("signals cannot be heard: {error}")));
    let (mut interrupt, mut terminate) = (handler(SignalKind::interrupt())?, handler(SignalKind::terminate())?);
    Ok(async move { either(&mut interrupt, &mut terminate).await })
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
