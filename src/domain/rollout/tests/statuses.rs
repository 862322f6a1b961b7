//! Every status that a service deployment can have, and the verdict on it.

use super::super::{FailureKind, Observation, Policy, Status, Undone, Until, Verdict, judge};
use super::{NOW, pinned, record, target};

/// The verdict in a word or two.
fn said(verdict: &Verdict) -> (&'static str, Option<(FailureKind, Undone)>) {
    match verdict {
        Verdict::Running { .. } => ("running", None),
        Verdict::Awaiting(_) => ("awaiting", None),
        Verdict::Failing(failure) => ("failing", Some((failure.kind, failure.undone))),
        Verdict::Done { .. } => ("done", None),
        Verdict::Failed(failure) => ("failed", Some((failure.kind, failure.undone))),
        Verdict::Superseded(_) => ("superseded", None),
    }
}

fn verdict(seen: &Observation, until: Until) -> Verdict {
    judge(seen, &target(until), Policy::default(), NOW)
}

#[test]
fn every_status_has_its_verdict_whatever_is_waited_for() {
    use FailureKind::{RolledBack, Stopped};
    let back = |undone| Some((RolledBack, undone));
    let table = [
        (Status::Pending, "running", None),
        (Status::InProgress, "running", None),
        (Status::StopRequested, "running", None),
        (Status::RollbackRequested, "failing", back(Undone::UnderWay)),
        (Status::RollbackInProgress, "failing", back(Undone::UnderWay)),
        (Status::Successful, "done", None),
        (Status::Stopped, "failed", Some((Stopped, Undone::Nothing))),
        (Status::RollbackSuccessful, "failed", back(Undone::Done)),
        (Status::RollbackFailed, "failed", back(Undone::Failed)),
    ];
    assert_eq!(table.map(|row| row.0), Status::ALL, "the table has every status");
    for (status, word, failure) in table {
        for until in [Until::Deployed, Until::Drained] {
            let verdict = verdict(&pinned(record(status)), until);
            assert_eq!(said(&verdict), (word, failure), "{status} until {until}");
            assert_eq!(verdict.is_final(), status.is_final(), "{status} until {until}");
        }
        // while it is under way, what serves is enough for the nearest point
        let serves = verdict(&pinned(record(status)), Until::Traffic);
        let expected = if status == Status::InProgress { ("done", None) } else { (word, failure) };
        assert_eq!(said(&serves), expected, "{status} until traffic");
        assert_eq!(verdict(&pinned(record(status)), Until::None), Verdict::Done { reached: Until::None });
        assert_eq!(Status::of(status.as_str()), status);
        assert_eq!(serde_json::to_value(status).expect("text"), status.as_str());
    }
}

#[test]
fn a_status_of_tomorrow_is_neither_a_success_nor_a_failure() {
    assert_eq!(Status::of("OF_TOMORROW"), Status::InProgress);
    assert_eq!(Status::default(), Status::InProgress);
}

#[test]
fn a_failure_says_its_kind_and_a_service_that_was_put_back_is_not_ours_to_undo() {
    for (status, sentence, ours) in [
        (Status::RollbackRequested, "deployment ecs-svc/2 is to be rolled back: why", false),
        (Status::RollbackInProgress, "deployment ecs-svc/2 is being rolled back: why", false),
        (Status::Stopped, "deployment ecs-svc/2 was stopped: why", true),
        (Status::RollbackSuccessful, "deployment ecs-svc/2 was rolled back: why", false),
        (Status::RollbackFailed, "deployment ecs-svc/2 failed, and so did its rollback: why", true),
    ] {
        let mut record = record(status);
        record.reason = Some("why".into());
        let verdict = verdict(&pinned(record), Until::Drained);
        let (Verdict::Failing(failure) | Verdict::Failed(failure)) = &verdict else { panic!("{verdict:?}") };
        assert_eq!(failure.reason, sentence);
        assert_eq!(verdict.is_out_of_our_hands(), !ours, "{status}");
    }
}
