//! From script threads to the runtime: who sends, and what.

use super::{Broken, Job};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

/// Which thread of a script: empty for its first, `[2]` for branch 2 of that one, `[2, 0]` for branch 0 of branch 2. In
/// this order calls of the same instant are made.
pub type Place = Vec<usize>;

/// What a script thread says to the runtime.
pub enum Message {
    /// It waits until this is done.
    Submitted(Place, Job),
    /// It waits until so many branches have ended, which compute from now on.
    Forked(usize),
    /// A branch has ended, and others of its step have not. The last one to end hands its turn to the thread that
    /// forked, and says nothing.
    Ended,
}

/// The way from one script thread to the runtime that awaits it.
#[derive(Clone)]
pub struct Lane {
    sender: Sender<Message>,
    place: Place,
}

impl Lane {
    /// The lane of a script's first thread.
    pub fn new(sender: Sender<Message>) -> Self {
        Self { sender, place: Place::new() }
    }

    /// The lane of a branch.
    pub fn branch(&self, index: usize) -> Self {
        let mut place = self.place.clone();
        place.push(index);
        Self { sender: self.sender.clone(), place }
    }

    /// Hands over a job, for whose end this thread then waits.
    pub fn submit(&self, job: Job) -> Result<(), Broken> {
        self.send(Message::Submitted(self.place.clone(), job))
    }

    /// Says something.
    pub fn send(&self, message: Message) -> Result<(), Broken> {
        self.sender.send(message).map_err(|_| Broken::Abandoned)
    }
}

/// That a branch computes; its end is told when this is dropped.
pub struct Turn<'a> {
    lane: Lane,
    left: &'a AtomicUsize,
}

impl<'a> Turn<'a> {
    /// The turn of one of the branches of which `left` have not ended.
    pub fn new(lane: Lane, left: &'a AtomicUsize) -> Self {
        Self { lane, left }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            // Nobody listens any more only if the run has been given up.
            let _ = self.lane.send(Message::Ended);
        }
    }
}
