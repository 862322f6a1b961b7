//! The watcher of an account and Region: a task that lives as long as something is watched.

use super::beat::jittered;
use super::records::Records;
use super::watched::{Ended, Watched};
use crate::live::aws::Aws;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// Looks at everything that is watched in one account and Region, in rounds.
pub struct Watcher {
    pub(super) aws: Arc<Aws>,
    pub(super) records: Records,
    name: String,
    began: Instant,
    crowd: Mutex<Crowd>,
    joined: Notify,
}

#[derive(Default)]
struct Crowd {
    watched: Vec<Arc<Watched>>,
    /// Whether the task runs.
    runs: bool,
    rounds: u64,
}

/// As long as it is held, the rollout is watched.
pub struct Ticket {
    watcher: Arc<Watcher>,
    watched: Arc<Watched>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.watcher.crowd().watched.retain(|one| !Arc::ptr_eq(one, &self.watched));
        self.watcher.joined.notify_one();
    }
}

impl Watcher {
    pub fn new(aws: Arc<Aws>, name: String) -> Self {
        let (began, joined, records) = (Instant::now(), Notify::new(), Records::default());
        Self { aws, records, name, began, crowd: Mutex::default(), joined }
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches one more, in the next round.
    pub fn join(self: Arc<Self>, watched: Arc<Watched>) -> (Ticket, oneshot::Receiver<Ended>) {
        let (answer, receiver) = oneshot::channel();
        watched.state().answer = Some(answer);
        let begins = {
            let mut crowd = self.crowd();
            crowd.watched.push(watched.clone());
            !std::mem::replace(&mut crowd.runs, true)
        };
        if begins {
            let task = self.clone();
            tokio::spawn(async move { task.run().await });
        }
        self.joined.notify_one();
        (Ticket { watcher: self, watched }, receiver)
    }

    async fn run(&self) {
        loop {
            // whoever begins to be watched at this moment comes along
            tokio::task::yield_now().await;
            let Some(due) = self.next() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = self.joined.notified() => continue,
            }
            let round = self.due();
            Box::pin(self.round(&round)).await;
        }
    }

    /// When the next round is; none where nothing is watched any more, and the task ends.
    fn next(&self) -> Option<Instant> {
        let mut crowd = self.crowd();
        let due = crowd.watched.iter().filter_map(|one| {
            let state = one.state();
            state.answer.is_some().then(|| state.due.unwrap_or(self.began))
        });
        let due = due.min();
        crowd.runs = due.is_some();
        due
    }

    /// What is looked at in this round: what is due, and what almost is, since it can be asked together.
    fn due(&self) -> Vec<Arc<Watched>> {
        let now = Instant::now();
        let mut crowd = self.crowd();
        crowd.rounds += 1;
        let almost = |one: &&Arc<Watched>| {
            let state = one.state();
            state.answer.is_some() && state.due.is_none_or(|due| due <= now + state.pause.mul_f64(0.4))
        };
        crowd.watched.iter().filter(almost).cloned().collect()
    }

    /// A pause as this round has it: all that were looked at look again at one moment, which is not exactly the one of
    /// other watchers.
    pub(super) fn jittered(&self, pause: Duration) -> Duration {
        jittered(pause, &self.name, self.crowd().rounds)
    }
}
