//! Requests on their way: whoever wakes first serves all that are due, in an order that does not
//! depend on who that was.

use std::collections::BTreeMap;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::parse::Request;
use super::process::Answer;
use super::{Lost, Shared};

/// When a request is due, what it says, and a number for those that say the same.
pub type Ticket = (Instant, String, u64);

type Reply = oneshot::Sender<Result<Answer, Lost>>;

/// Requests that are not served yet.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: BTreeMap<Ticket, (Request, Reply)>,
    received: u64,
}

impl Inbox {
    /// Takes a request in; its answer arrives at the receiver.
    pub fn put(&mut self, due: Instant, request: Request) -> (Ticket, oneshot::Receiver<Result<Answer, Lost>>) {
        self.received += 1;
        let ticket = (due, request.key(), self.received);
        let (reply, answer) = oneshot::channel();
        self.waiting.insert(ticket.clone(), (request, reply));
        (ticket, answer)
    }

    /// The next request that is due.
    pub fn take_due(&mut self, now: Instant) -> Option<(Instant, Request, Reply)> {
        let first = self.waiting.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let ((due, ..), (request, reply)) = first.remove_entry();
        Some((due, request, reply))
    }
}

/// Takes a request back when its caller goes away before it was served: nothing was sent then.
pub struct Withdraw<'a> {
    shared: &'a Shared,
    ticket: Option<Ticket>,
}

impl<'a> Withdraw<'a> {
    /// Watches over a request.
    pub fn new(shared: &'a Shared, ticket: Ticket) -> Withdraw<'a> {
        Withdraw { shared, ticket: Some(ticket) }
    }

    /// The request was served.
    pub fn done(mut self) {
        self.ticket = None;
    }
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.lock().inbox.waiting.remove(&ticket);
        }
    }
}
