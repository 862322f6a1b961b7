//! Asks the person at the terminal; elsewhere there is nobody to ask.

use super::{interrupt, machine, print};
use crate::effects::asker::{Answer, Asker};
use crate::effects::event::Events;
use crate::effects::world::Boxed;
use std::sync::{Arc, Mutex, PoisonError};

/// Asks at the terminal, where there is one. With `approved`, the first question is answered already: that person has
/// approved it on the command line.
pub fn person(approved: Option<String>) -> Arc<dyn Asker> {
    Arc::new(Person { approved: Mutex::new(approved), at_the_terminal: tokio::sync::Mutex::new(()) })
}

struct Person {
    approved: Mutex<Option<String>>,
    /// Branches of a script take turns.
    at_the_terminal: tokio::sync::Mutex<()>,
}

impl Asker for Person {
    fn ask<'a>(&'a self, question: &'a str, events: &'a Events) -> Boxed<'a, Answer> {
        Box::pin(async move {
            let approved = self.approved.lock().unwrap_or_else(PoisonError::into_inner).take();
            let answer = match approved {
                Some(by) => Answer::Approved { by },
                None if print::can_ask() => {
                    let _turn = self.at_the_terminal.lock().await;
                    at_the_terminal(question.to_owned()).await
                }
                None => Answer::Nobody,
            };
            if let Answer::Approved { by } = &answer {
                events.step(format!("approved by {by}: {question}"));
            }
            answer
        })
    }

    fn hand_over(&self) -> Option<Box<dyn Send>> {
        print::can_hand_over().then(|| -> Box<dyn Send> { Box::new(interrupt::Elsewhere::begin()) })
    }
}

async fn at_the_terminal(question: String) -> Answer {
    let line = tokio::task::spawn_blocking(move || print::ask(&format!("{question} (y/N) "))).await.ok().flatten();
    let by = machine::user();
    match line.map(|line| line.trim().to_lowercase()).as_deref() {
        Some("y" | "yes") => Answer::Approved { by },
        Some(_) => Answer::Refused { by },
        // the terminal was closed
        None => Answer::Nobody,
    }
}

/// Approves everything, and says so: in a rehearsal nobody is asked.
pub fn everything() -> Arc<dyn Asker> {
    struct Everything;
    impl Asker for Everything {
        fn ask<'a>(&'a self, question: &'a str, events: &'a Events) -> Boxed<'a, Answer> {
            Box::pin(async move {
                events.step(format!("approved by the rehearsal: {question}"));
                Answer::Approved { by: "the rehearsal".to_owned() }
            })
        }
    }
    Arc::new(Everything)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::event::{Event, Listener};

    #[derive(Default)]
    struct Ears(Mutex<Vec<Event>>);

    impl Listener for Ears {
        fn hear(&self, event: &Event) {
            self.0.lock().unwrap().push(event.clone());
        }
    }

    #[tokio::test]
    async fn an_approval_of_the_command_line_answers_the_first_question() {
        let ears = Arc::new(Ears::default());
        let events = Events::to(ears.clone());
        let answer = person(Some("mia".to_owned())).ask("ship it?", &events).await;
        assert_eq!(answer, Answer::Approved { by: "mia".to_owned() });
        let told = Event::Step { message: "approved by mia: ship it?".to_owned() };
        assert_eq!(*ears.0.lock().unwrap(), [told]);
    }
}
