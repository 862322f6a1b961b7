//! What a journal says, as a pure function over its entries.

use super::entry::{Answer, Entry, Head, Outcome};
use crate::effects::call::Call;
use crate::effects::key::Key;
use crate::effects::plan::Plan;
use crate::effects::reply::Identity;
use std::collections::BTreeMap;

/// Where one call stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Started at an instant (milliseconds since 1970), and no answer is known yet.
    Started(Box<Call>, i64),
    /// Started in a sitting that is over, without an answer: if it writes, it may have happened.
    InDoubt(Box<Call>, i64),
    /// Answered.
    Done(Box<Call>, Box<Answer>, i64),
}

impl Step {
    /// The call.
    pub fn call(&self) -> &Call {
        match self {
            Self::Started(call, _) | Self::InDoubt(call, _) | Self::Done(call, _, _) => call,
        }
    }
}

/// A run as far as its journal goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What it was started with.
    pub head: Option<Head>,
    /// The plan that it follows.
    pub plan: Option<Box<Plan>>,
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
    /// A plan comes after the first call, or there are two.
    #[error("a run's plan stands right after its head")]
    LatePlan,
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
        if self.end.is_some() && !matches!(entry, Entry::Resume { .. }) {
            return Err(Illegal::AfterEnd);
        }
        match (entry, self.head.is_some()) {
            (Entry::Head(head), false) => self.head = Some(head),
            (Entry::Head(_), true) => return Err(Illegal::SecondHead),
            (_, false) => return Err(Illegal::NoHead),
            (Entry::Plan(plan), true) if self.plan.is_none() && self.steps.is_empty() && self.sessions.is_empty() => {
                self.plan = Some(plan);
            }
            (Entry::Plan(_), true) => return Err(Illegal::LatePlan),
            (Entry::Session { name, identity }, true) => {
                self.sessions.insert(name, identity);
            }
            (Entry::Start { key, call, at, .. }, true) => match self.steps.get(&key) {
                None => {
                    self.steps.insert(key, Step::Started(call, at));
                }
                // a wait's time, and what may have been written, count from the first start
                Some(Step::InDoubt(_, first)) => {
                    let first = *first;
                    self.steps.insert(key, Step::Started(call, first));
                }
                // asked in every sitting, and after a fault that the script caught
                Some(step) if !call.replays() && *step.call() == *call => {
                    self.steps.insert(key, Step::Started(call, at));
                }
                Some(Step::Started(..) | Step::Done(..)) => return Err(Illegal::StartedTwice(key)),
            },
            (Entry::Done { key, result, .. }, true) => {
                let step = match self.steps.remove(&key) {
                    None => return Err(Illegal::NotStarted(key)),
                    Some(Step::Done(..)) => return Err(Illegal::AnsweredTwice(key)),
                    // a call in doubt is answered without being started again when a look finds that it happened
                    Some(Step::Started(call, at) | Step::InDoubt(call, at)) => Step::Done(call, result, at),
                };
                self.steps.insert(key, step);
            }
            // as if it had not been made
            (Entry::PutBack { key, .. }, true) => {
                if self.steps.remove(&key).is_none() {
                    return Err(Illegal::NotStarted(key));
                }
            }
            (Entry::Resume { dropped, .. }, true) => self.sit_again(&dropped),
            (Entry::End { outcome, .. }, true) => self.end = Some(outcome),
        }
        Ok(self)
    }

    fn sit_again(&mut self, dropped: &[Key]) {
        self.end = None;
        let steps = std::mem::take(&mut self.steps);
        self.steps = steps
            .into_iter()
            .filter_map(|(key, step)| match step {
                Step::Started(call, at) => Some((key, Step::InDoubt(call, at))),
                Step::Done(call, answer, at) if dropped.contains(&key) => match *answer {
                    Answer::Fault(fault) if fault.in_doubt => Some((key, Step::InDoubt(call, at))),
                    _ => None,
                },
                step => Some((key, step)),
            })
            .collect();
    }

    /// The writes that were started and not answered.
    pub fn in_doubt(&self) -> Vec<(&Key, &Call)> {
        let unanswered = self.steps.iter().filter(|(_, step)| !matches!(step, Step::Done(..)));
        unanswered.map(|(key, step)| (key, step.call())).filter(|(_, call)| call.writes()).collect()
    }

    /// What is owed: for each call that was made, or may have been, and is not undone, the call that undoes it.
    pub fn owed(&self) -> Vec<(Key, Call)> {
        let made = self.steps.iter().filter(|(_, step)| match step {
            Step::Started(..) | Step::InDoubt(..) => true,
            Step::Done(_, answer, _) => match answer.as_ref() {
                Answer::Reply(_) => true,
                Answer::Fault(fault) => fault.happened || fault.in_doubt,
            },
        });
        let undone = |key: &Key, undo: &Call| {
            self.steps.iter().any(|(other, step)| match step {
                Step::Done(call, answer, _) => {
                    call.as_ref() == undo && other.is_after(key) && matches!(answer.as_ref(), Answer::Reply(_))
                }
                Step::Started(..) | Step::InDoubt(..) => false,
            })
        };
        let owed = made.filter_map(|(key, step)| Some((key.clone(), step.call().undone_by()?)));
        owed.filter(|(key, undo)| !undone(key, undo)).collect()
    }

    /// The calls whose fault ended the run: after a fault that a script caught, its branch goes on to further calls. A
    /// write that happened, whatever its answer lacked, is not made a second time: its fault is its answer.
    pub fn ended_by(&self) -> Vec<Key> {
        let faulted = self.steps.iter().filter(
            |(_, step)| matches!(step, Step::Done(_, answer, _) if matches!(answer.as_ref(), Answer::Fault(fault) if !fault.happened)),
        );
        let last = |key: &Key| !self.steps.keys().any(|other| other.is_after(key));
        faulted.map(|(key, _)| key).filter(|key| last(key)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scaling::SuspendedState;
    use crate::effects::call::{EcsCall, HostCall, ScalingCall};
    use crate::effects::fault::Fault;
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

    fn plan() -> Entry {
        let Entry::Head(head) = head() else { unreachable!("a head is a head") };
        Entry::Plan(Box::new(Plan { head, sessions: BTreeMap::new(), steps: Vec::new() }))
    }

    fn start(number: u64) -> Entry {
        let call = Call::Ecs(EcsCall::UpdateService { session: "prod".into(), document: json!({}), before: None });
        let (key, hash, origin) = (Key::of(number), String::new(), Origin::default());
        Entry::Start { key, call: Box::new(call), hash, origin, at: 0 }
    }

    fn done(number: u64) -> Entry {
        Entry::Done { key: Key::of(number), result: Box::new(Answer::Reply(Reply::Nothing)), at: 0 }
    }

    fn end(outcome: Outcome) -> Entry {
        Entry::End { outcome, exit: 0, at: 0, deadline: None }
    }

    fn resume() -> Entry {
        Entry::Resume { version: "0".into(), dropped: Vec::new(), at: 0 }
    }

    fn put_back(number: u64) -> Entry {
        Entry::PutBack { key: Key::of(number), at: 0 }
    }

    fn scaling(number: u64, before: Option<SuspendedState>) -> Entry {
        let (session, resource, suspended) = ("prod".into(), "service/prod/web".into(), SuspendedState::default());
        let call = ScalingCall::RegisterScalableTarget { session, resource, suspended, before };
        let (key, hash, origin) = (Key::of(number), String::new(), Origin::default());
        Entry::Start { key, call: Box::new(Call::Scaling(call)), hash, origin, at: 0 }
    }

    fn fold(entries: Vec<Entry>) -> Result<State, Illegal> {
        entries.into_iter().try_fold(State::default(), State::next)
    }

    #[test]
    fn what_may_follow_what() {
        use Outcome::{Done, Failed, Stopped};
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
            (vec![head(), start(1), end(Stopped), resume(), start(1), done(1), end(Done)], None),
            (vec![head(), start(1), end(Stopped), resume(), done(1), end(Done)], None),
            (vec![head(), start(1), resume(), start(1), start(1)], Some(Illegal::StartedTwice(Key::of(1)))),
            (vec![head(), start(1), done(1), end(Stopped), start(2)], Some(Illegal::AfterEnd)),
            (
                vec![head(), start(1), done(1), end(Stopped), resume(), start(1)],
                Some(Illegal::StartedTwice(Key::of(1))),
            ),
            (vec![resume()], Some(Illegal::NoHead)),
            (vec![head(), plan(), start(1), done(1), end(Stopped), resume()], None),
            (vec![plan()], Some(Illegal::NoHead)),
            (vec![head(), plan(), plan()], Some(Illegal::LatePlan)),
            (vec![head(), start(1), plan()], Some(Illegal::LatePlan)),
            (vec![head(), end(Done), resume()], Some(Illegal::AfterEnd)),
            (vec![head(), start(1), end(Failed), start(2)], Some(Illegal::AfterEnd)),
            (vec![head(), end(Done), end(Done)], Some(Illegal::AfterEnd)),
            (vec![head(), start(1), done(1), put_back(1), start(1), done(1), end(Done)], None),
            (vec![head(), start(1), end(Stopped), resume(), put_back(1), end(Stopped), resume(), start(1)], None),
            (vec![head(), put_back(1)], Some(Illegal::NotStarted(Key::of(1)))),
            (vec![head(), start(1), put_back(1), put_back(1)], Some(Illegal::NotStarted(Key::of(1)))),
        ];
        for (entries, expected) in table {
            assert_eq!(fold(entries.clone()).err(), expected, "{entries:?}");
        }
    }

    #[test]
    fn who_a_session_is_may_be_asked_again() {
        let (key, call) = (Key::of_session("prod"), Call::Host(HostCall::Identify { session: "prod".into() }));
        let (hash, origin) = (String::new(), Origin::default());
        let asked = Entry::Start { key: key.clone(), call: Box::new(call), hash, origin, at: 0 };
        let told = Entry::Done { key, result: Box::new(Answer::Reply(Reply::Nothing)), at: 0 };
        let sitting = [asked.clone(), told.clone(), asked, told, end(Outcome::Stopped), resume()];
        let twice = [vec![head()], sitting.to_vec(), sitting.to_vec()].concat();
        assert_eq!(fold(twice).map(|state| state.steps.len()), Ok(1));
    }

    #[test]
    fn what_is_owed_until_it_is_undone() {
        let (suspend, restore) =
            (|number| scaling(number, Some(SuspendedState::default())), |number| scaling(number, None));
        let denied = |number, in_doubt| {
            let fault = Fault { in_doubt, ..Fault::usage("no") };
            Entry::Done { key: Key::of(number), result: Box::new(Answer::Fault(fault)), at: 0 }
        };
        let rows: Vec<(Vec<Entry>, &[u64])> = vec![
            (vec![start(1), done(1)], &[]),
            (vec![suspend(1)], &[1]),
            (vec![suspend(1), done(1)], &[1]),
            (vec![suspend(1), done(1), restore(2)], &[1]),
            (vec![suspend(1), done(1), restore(2), denied(2, false)], &[1]),
            (vec![suspend(1), done(1), restore(2), done(2)], &[]),
            (vec![suspend(1), done(1), restore(2), done(2), suspend(3), done(3)], &[3]),
            (vec![restore(1), done(1), suspend(2), done(2)], &[2]),
            (vec![suspend(1), denied(1, false)], &[]),
            (vec![suspend(1), denied(1, true)], &[1]),
            (vec![suspend(1), done(1), put_back(1)], &[]),
            (vec![suspend(1), end(Outcome::Stopped), resume()], &[1]),
        ];
        for (entries, expected) in rows {
            let state = fold([vec![head()], entries.clone()].concat()).expect("legal");
            let expected: Vec<_> = expected.iter().map(|number| Key::of(*number)).collect();
            assert_eq!(state.owed().into_iter().map(|(key, _)| key).collect::<Vec<_>>(), expected, "{entries:?}");
        }
    }

    #[test]
    fn a_write_without_an_answer_is_in_doubt() {
        let state = fold(vec![head(), start(1), done(1), start(2)]).expect("legal");
        assert_eq!(state.in_doubt().iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>(), ["2"]);
    }
}
