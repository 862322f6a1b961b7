//! What a run that is not over waits for, as its journal tells it.

use super::entry::Outcome;
use super::state::{State, Step};
use crate::effects::call::{Call, HostCall};

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A person's approval of this.
    Approval(String),
    /// An instant, milliseconds since 1970.
    Until(i64),
}

/// What `state`'s run waits for; empty for one that is over, or goes on at once when it is resumed. In the order of
/// its branches: a run whose parallel branches wait can wait for several things.
///
/// An instant that has come is still told: it is what the run stopped at, and whether it has come is the caller's
/// clock to say.
pub fn waiting(state: &State) -> Vec<Waiting> {
    if matches!(state.end, Some(Outcome::Done | Outcome::Failed)) {
        return Vec::new();
    }
    let open = state.steps.values().filter_map(|step| match step {
        Step::Started(call, _) | Step::InDoubt(call, _) => Some(call.as_ref()),
        Step::Done(..) => None,
    });
    open.filter_map(|call| match call {
        Call::Host(HostCall::Approve { question }) => Some(Waiting::Approval(question.clone())),
        Call::Host(HostCall::WaitUntil { at_millis, .. }) => Some(Waiting::Until(*at_millis)),
        _ => None,
    })
    .collect()
}

/// Whether a run is due at `now`: it waits for instants alone, and one of them has come.
pub fn is_due(state: &State, now: i64) -> bool {
    let waiting = waiting(state);
    let approvals = waiting.iter().any(|one| matches!(one, Waiting::Approval(_)));
    let come = waiting.iter().any(|one| matches!(one, Waiting::Until(at) if *at <= now));
    come && !approvals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::journal::entry::{Answer, Entry, Head};
    use crate::effects::key::Key;
    use crate::effects::origin::Origin;
    use crate::effects::reply::{Approval, Reply};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn head() -> Entry {
        let (run, version, script) = ("r".into(), "0".into(), "s.rhai".into());
        Entry::Head(Head { run, version, script, sources: BTreeMap::new(), arguments: json!({}), at: 0 })
    }

    fn start(key: &str, call: Call) -> Entry {
        let key = key.parse().expect("a key");
        Entry::Start { key, call: Box::new(call), hash: String::new(), origin: Origin::default(), at: 0 }
    }

    fn done(key: &str, reply: Reply) -> Entry {
        Entry::Done { key: key.parse::<Key>().expect("a key"), result: Box::new(Answer::Reply(reply)), at: 0 }
    }

    fn approve(question: &str) -> Call {
        Call::Host(HostCall::Approve { question: question.to_owned() })
    }

    fn until(at_millis: i64) -> Call {
        Call::Host(HostCall::WaitUntil { at_millis, told: String::new() })
    }

    fn end(outcome: Outcome) -> Entry {
        Entry::End { outcome, exit: 4, at: 0, deadline: None }
    }

    fn resume() -> Entry {
        Entry::Resume { version: "0".into(), dropped: Vec::new(), at: 0 }
    }

    fn fold(entries: Vec<Entry>) -> State {
        entries.into_iter().try_fold(State::default(), State::next).expect("legal")
    }

    #[test]
    fn what_runs_wait_for() {
        use Waiting::{Approval as Of, Until};
        let yes = || Reply::Approval(Approval { by: "mia".into(), at_millis: 3 });
        let stopped = || end(Outcome::Stopped);
        let table = [
            (vec![head()], vec![]),
            (vec![head(), start("1", approve("ship?")), stopped()], vec![Of("ship?".into())]),
            // the process died while it asked, or while it slept
            (vec![head(), start("1", approve("ship?"))], vec![Of("ship?".into())]),
            (vec![head(), start("1", until(7))], vec![Until(7)]),
            (vec![head(), start("1", until(7)), stopped(), resume()], vec![Until(7)]),
            // answered
            (vec![head(), start("1", approve("ship?")), done("1", yes()), stopped()], vec![]),
            (
                vec![head(), start("1", approve("a?")), done("1", yes()), start("2", until(9)), stopped()],
                vec![Until(9)],
            ),
            (vec![head(), start("1", until(7)), done("1", Reply::Nothing), end(Outcome::Done)], vec![]),
            // interrupted in something else
            (vec![head(), start("1", Call::Host(HostCall::Pause { millis: 5 })), stopped()], vec![]),
            // two branches
            (
                vec![head(), start("3/1.1", approve("b?")), start("3/0.1", until(5)), stopped()],
                vec![Until(5), Of("b?".into())],
            ),
        ];
        for (entries, expected) in table {
            assert_eq!(waiting(&fold(entries.clone())), expected, "{entries:?}");
        }
    }

    #[test]
    fn a_run_is_due_when_its_instant_has_come_and_nobody_must_be_asked() {
        let timed = fold(vec![head(), start("1", until(7)), end(Outcome::Stopped)]);
        assert_eq!([6, 7, 8].map(|now| is_due(&timed, now)), [false, true, true]);
        let both = fold(vec![head(), start("1/0.1", until(7)), start("1/1.1", approve("?")), end(Outcome::Stopped)]);
        assert!(!is_due(&both, 8));
        assert!(!is_due(&fold(vec![head(), end(Outcome::Stopped)]), 8));
    }
}
