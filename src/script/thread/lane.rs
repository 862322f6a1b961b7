//! From script threads to the runtime: who sends, and what.

use super::{Broken, Job};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

/// Which thread of a script, and after how many of its parallel steps: `[1]` is the first thread after one step,
/// `[1, 2, 0]` is branch 2 of its second step before any step of that branch. In this order calls of the same instant
/// are made, and what was said is told.
pub type Place = Vec<usize>;

/// Something to tell, as a line of the log is.
pub type Telling = Box<dyn FnOnce() + Send>;

/// What a script thread says to the runtime.
pub enum Message {
    /// It waits until this is done.
    Submitted(Place, Job),
    /// It goes on while this is told.
    Said(Place, Telling),
    /// It waits until so many branches have ended, which compute from now on.
    Forked(usize),
    /// A branch has ended.
    Ended {
        /// Whether it is the last one of its step: then the thread that forked computes in its place.
        last: bool,
    },
}

/// The way from one script thread to the runtime that awaits it.
#[derive(Clone)]
pub struct Lane {
    sender: Sender<Message>,
    branch: Place,
    steps: usize,
}

impl Lane {
    /// The lane of a script's first thread.
    pub fn new(sender: Sender<Message>) -> Self {
        Self { sender, branch: Place::new(), steps: 0 }
    }

    /// The lane of a branch of the step that begins.
    pub fn branch(&self, index: usize) -> Self {
        let mut branch = self.place();
        branch.push(index);
        Self { sender: self.sender.clone(), branch, steps: 0 }
    }

    /// The same after a parallel step.
    pub fn joined(&mut self) {
        self.steps += 1;
    }

    fn place(&self) -> Place {
        let mut place = self.branch.clone();
        place.push(self.steps);
        place
    }

    /// Hands over a job, for whose end this thread then waits.
    pub fn submit(&self, job: Job) -> Result<(), Broken> {
        self.send(Message::Submitted(self.place(), job))
    }

    /// Hands over something to tell.
    pub fn say(&self, telling: Telling) {
        // Nobody listens any more only if the run has been given up.
        let _ = self.send(Message::Said(self.place(), telling));
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
        let last = self.left.fetch_sub(1, Ordering::AcqRel) == 1;
        // Nobody listens any more only if the run has been given up.
        let _ = self.lane.send(Message::Ended { last });
    }
}
