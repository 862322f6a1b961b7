//! Who asks a person: given to a world by whoever knows whether there is a person to ask.

use super::event::Events;
use super::world::Boxed;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Approved {
        /// Who said it.
        by: String,
    },
    /// No.
    Refused {
        /// Who said it.
        by: String,
    },
    /// There is nobody to ask.
    Nobody,
}

/// Asks a person whether the run may go on.
pub trait Asker: Send + Sync {
    /// Asks `question`, and waits as long as it takes. Dropping the future takes the question back.
    fn ask<'a>(&'a self, question: &'a str, events: &'a Events) -> Boxed<'a, Answer>;

    /// Hands the terminal over to another program, which hears its Ctrl-C, until what is given is dropped; none where
    /// there is no terminal.
    fn hand_over(&self) -> Option<Box<dyn Send>> {
        None
    }
}

/// Nobody is there to be asked.
pub struct NobodyThere;

impl Asker for NobodyThere {
    fn ask<'a>(&'a self, _: &'a str, _: &'a Events) -> Boxed<'a, Answer> {
        Box::pin(std::future::ready(Answer::Nobody))
    }
}
