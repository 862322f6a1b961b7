//! The runtime's side: does the jobs of all threads of a script, at the same time.

use super::lane::{Message, Place, Telling};
use super::{Broken, Job, Work};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvError};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinHandle, spawn_blocking};

/// The shortest time that tokio's clock knows.
const TICK: Duration = Duration::from_millis(1);

type Heard = JoinHandle<(Result<Message, RecvError>, Receiver<Message>)>;

/// Serves until the script's first thread has ended.
///
/// On a runtime of one thread, whose clock may be a simulated one, jobs of the same instant are begun in the order of
/// their branches, whichever thread was faster: none is begun before every thread has submitted one or ended. What
/// branches say is told in that order too. On a runtime of many threads everything is done as it comes.
pub async fn serve(messages: Receiver<Message>) -> Result<(), Broken> {
    let in_order = Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread;
    let mut server = Server {
        computing: 1,
        steps: 0,
        waiting: BTreeMap::new(),
        said: BTreeMap::new(),
        running: FuturesUnordered::new(),
    };
    let mut idle = Some(messages);
    let mut heard: Option<Heard> = None;
    loop {
        if in_order && server.computing == 0 {
            server.settle().await;
        }
        if !in_order || server.computing == 0 || server.steps == 0 {
            server.tell();
        }
        if !in_order || server.computing == 0 {
            server.begin();
        }
        // While a thread computes there is a message to come; else none can.
        if server.computing > 0
            && let Some(messages) = idle.take()
        {
            heard = Some(spawn_blocking(move || (messages.recv(), messages)));
        }
        tokio::select! {
            biased;
            Some(()) = server.running.next() => server.computing += 1,
            message = next(&mut heard) => {
                let (message, messages) = message?;
                (idle, heard) = (Some(messages), None);
                let Ok(message) = message else {
                    // The script thread has ended.
                    server.tell();
                    return Ok(());
                };
                server.take(message);
            }
        }
    }
}

async fn next(heard: &mut Option<Heard>) -> Result<(Result<Message, RecvError>, Receiver<Message>), Broken> {
    match heard {
        Some(heard) => heard.await.map_err(|_| Broken::Abandoned),
        None => std::future::pending().await,
    }
}

struct Server {
    /// Threads that neither wait for a job nor for their branches.
    computing: usize,
    /// Parallel steps whose branches have not all ended.
    steps: usize,
    /// Jobs that are not begun yet.
    waiting: BTreeMap<Place, Job>,
    /// What is not told yet.
    said: BTreeMap<Place, Vec<Telling>>,
    /// Jobs on their way. The thread of each waits for it.
    running: FuturesUnordered<Work>,
}

impl Server {
    fn take(&mut self, message: Message) {
        match message {
            Message::Submitted(place, job) => {
                self.computing -= 1;
                self.waiting.insert(place, job);
            }
            Message::Said(place, telling) => self.said.entry(place).or_default().push(telling),
            Message::Forked(branches) => {
                self.steps += 1;
                self.computing = self.computing - 1 + branches;
            }
            Message::Ended { last: false } => self.computing -= 1,
            Message::Ended { last: true } => self.steps -= 1,
        }
    }

    /// Tells what was said, in its order.
    fn tell(&mut self) {
        std::mem::take(&mut self.said).into_values().flatten().for_each(|telling| telling());
    }

    /// Begins what waits, in its order.
    fn begin(&mut self) {
        while let Some((_, job)) = self.waiting.pop_first() {
            self.running.push(job());
        }
    }

    /// Waits until the jobs on their way have come as far as they can at this instant: one that ends has its thread
    /// compute at this same instant, and what that submits then is begun in its order too. The clock moves, by its
    /// shortest step, only when nothing else can.
    async fn settle(&mut self) {
        if self.waiting.is_empty() || self.running.is_empty() {
            return;
        }
        tokio::select! {
            biased;
            Some(()) = self.running.next() => self.computing += 1,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}
