//! What a journal says, as a pure function over its entries.

use super::entry::{Answer, Entry, Head, Outcome};
use crate::effects::call::Call;
use crate::effects::key::Key;
use crate::effects::reply::Identity;
use std::collections::BTreeMap;

/// Where one call stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Started, and no answer is known. If it writes, it may have happened: it is in doubt.
    Started(Box<Call>),
    /// Answered.
    Done(Box<Call>, Box<Answer>),
}

/// A run as far as its journal goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What it was started with.
    pub head: Option<Head>,
    /// Who its sessions are.
    pub sessions: BTreeMap<String, Identity>,
    /// Its calls.
    pub steps: BTreeMap<Key, Step>,
    /// How it ended.
    pub end: Option<Outcome>,
}

/// An entry that cannot follow what stands before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// The first line is no head.
    #[error("a journal begins with its head")]
    NoHead,
    /// There is a second head.
    #[error("a journal has one head")]
    SecondHead,
    /// A key is started twice.
    #[error("call {0} is started a second time")]
    StartedTwice(Key),
    /// An answer to no question.
    #[error("call {0} is answered, but was not started")]
    NotStarted(Key),
    /// A second answer.
    #[error("call {0} is answered a second time")]
    AnsweredTwice(Key),
    /// Something follows an end that is one.
    #[error("the run had ended before this line")]
    AfterEnd,
}

impl State {
    /// The state after one more entry.
    pub fn next(mut self, entry: Entry) -> Result<Self, Illegal> {
        if matches!(self.end, Some(Outcome::Done | Outcome::Failed)) {
            return Err(Illegal::AfterEnd);
        }
        match (entry, self.head.is_some()) {
            (Entry::Head(head), false) => self.head = Some(head),
            (Entry::Head(_), true) => return Err(Illegal::SecondHead),
            (_, false) => return Err(Illegal::NoHead),
            (Entry::Session { name, identity }, true) => {
                self.sessions.insert(name, identity);
            }
            (Entry::Start { key, call, .. }, true) => {
                // an interrupted run is gone on with: a call in doubt is started again under its own key
                if matches!(self.steps.get(&key), Some(Step::Done(..))) || self.started_in_this_sitting(&key) {
                    return Err(Illegal::StartedTwice(key));
                }
                self.end = None;
                self.steps.insert(key, Step::Started(call));
            }
            (Entry::Done { key, result, .. }, true) => {
                let step = match self.steps.remove(&key) {
                    None => return Err(Illegal::NotStarted(key)),
                    Some(Step::Done(..)) => return Err(Illegal::AnsweredTwice(key)),
                    Some(Step::Started(call)) => Step::Done(call, result),
                };
                self.steps.insert(key, step);
            }
            (Entry::End { outcome, .. }, true) => self.end = Some(outcome),
        }
        Ok(self)
    }

    fn started_in_this_sitting(&self, key: &Key) -> bool {
        self.end.is_none() && matches!(self.steps.get(key), Some(Step::Started(_)))
    }

    /// The writes that were started and not answered.
    pub fn in_doubt(&self) -> Vec<(&Key, &Call)> {
        self.steps
            .iter()
            .filter_map(|(key, step)| match step {
                Step::Started(call) if call.writes() => Some((key, call.as_ref())),
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::origin::Origin;
    use crate::effects::reply::Reply;
    use serde_json::json;

    fn head() -> Entry {
        Entry::Head(Head {
            run: "r".into(),
            version: "0".into(),
            script: "s.rhai".into(),
            sources: BTreeMap::new(),
            arguments: json!({}),
            at: 0,
        })
    }

    fn start(number: u64) -> Entry {
        let call = Call::UpdateService { session: "prod".into(), document: json!({}) };
        let (key, hash, origin) = (Key::of(number), String::new(), Origin::default());
        Entry::Start { key, call: Box::new(call), hash, origin, at: 0 }
    }

    fn done(number: u64) -> Entry {
        Entry::Done { key: Key::of(number), result: Box::new(Answer::Reply(Reply::Nothing)), at: 0 }
    }

    fn end(outcome: Outcome) -> Entry {
        Entry::End { outcome, exit: 0, at: 0 }
    }

    fn fold(entries: Vec<Entry>) -> Result<State, Illegal> {
        entries.into_iter().try_fold(State::default(), State::next)
    }

    #[test]
    fn what_may_follow_what() {
        use Outcome::{Done, Failed, Interrupted};
        let table: Vec<(Vec<Entry>, Option<Illegal>)> = vec![
            (vec![head()], None),
            (vec![start(1)], Some(Illegal::NoHead)),
            (vec![head(), head()], Some(Illegal::SecondHead)),
            (vec![head(), start(1), done(1), start(2), done(2), end(Done)], None),
            (vec![head(), start(1), start(2), done(2), done(1)], None),
            (vec![head(), start(1), start(1)], Some(Illegal::StartedTwice(Key::of(1)))),
            (vec![head(), start(1), done(1), start(1)], Some(Illegal::StartedTwice(Key::of(1)))),
            (vec![head(), done(1)], Some(Illegal::NotStarted(Key::of(1)))),
            (vec![head(), start(1), done(1), done(1)], Some(Illegal::AnsweredTwice(Key::of(1)))),
            (vec![head(), start(1), end(Interrupted), start(1), done(1), end(Done)], None),
            (vec![head(), start(1), end(Failed), start(2)], Some(Illegal::AfterEnd)),
            (vec![head(), end(Done), end(Done)], Some(Illegal::AfterEnd)),
        ];
        for (entries, expected) in table {
            assert_eq!(fold(entries.clone()).err(), expected, "{entries:?}");
        }
    }

    #[test]
    fn a_write_without_an_answer_is_in_doubt() {
        let state = fold(vec![head(), start(1), done(1), start(2)]).expect("legal");
        assert_eq!(state.in_doubt().iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>(), ["2"]);
    }
}
