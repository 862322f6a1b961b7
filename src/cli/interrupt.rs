//! Ctrl-C and SIGTERM: the first lets the run end in order, the second ends it at once.

use super::exit::Exit;
use super::machine;
use crate::effects::event::{Events, Level};
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

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
