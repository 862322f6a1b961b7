//! How far a rollout is, row by row.

use super::super::observation::RolloutState::{Completed, Failed, InProgress};
use super::super::{Deployment, Observation, Policy, Stage, Task, Until, Verdict, judge};
use super::{NOW, OURS, THEIRS, deployment, seen, target, task};

pub(super) fn verdict(seen: &Observation, until: Until) -> Verdict {
    judge(seen, &target(until), Policy::default(), NOW)
}

/// A story, what was seen, the points that are reached, and the stage where the next is not.
type Row = (&'static str, Vec<Deployment>, Vec<Task>, Vec<Until>, Option<Stage>);

/// How far an observation is: the points reached, and the stage where the next is not.
fn reached(seen: &Observation) -> (Vec<Until>, Option<Stage>) {
    let points = [Until::Traffic, Until::Deployed, Until::Drained];
    let verdicts: Vec<(Until, Verdict)> = points.into_iter().map(|until| (until, verdict(seen, until))).collect();
    let mut done = Vec::new();
    let mut stage = None;
    for (until, verdict) in verdicts {
        match verdict {
            Verdict::Done { reached } => {
                assert_eq!(reached, until);
                done.push(until);
            }
            Verdict::Running { stage: at, waiting_for } => {
                assert!(!waiting_for.is_empty());
                stage = stage.or(Some(at));
            }
            other => panic!("{other:?}"),
        }
    }
    (done, stage)
}

#[test]
fn a_rollout_goes_from_starting_to_drained() {
    use Until::{Deployed, Drained, Traffic};
    let old = |running| deployment(THEIRS, "ACTIVE", Some(InProgress), 7, (0, 0, running));
    let ours = |state, pending, running| deployment(OURS, "PRIMARY", state, 8, (3, pending, running));
    let table = [
        ("just begun", vec![ours(Some(InProgress), 0, 0), old(3)], vec![], vec![], Some(Stage::Starting)),
        ("some run", vec![ours(Some(InProgress), 1, 2), old(3)], vec![], vec![], Some(Stage::Starting)),
        ("all run", vec![ours(Some(InProgress), 0, 3), old(3)], vec![], vec![Traffic], Some(Stage::Serving)),
        ("alone but not completed", vec![ours(Some(InProgress), 0, 3)], vec![], vec![Traffic], Some(Stage::Serving)),
        (
            "completed beside an old one",
            vec![ours(Some(Completed), 0, 3), old(1)],
            vec![],
            vec![Traffic, Deployed],
            Some(Stage::Draining),
        ),
        (
            "an old task drains although desired to stop",
            vec![ours(Some(Completed), 0, 3)],
            vec![task("a", THEIRS, "DEACTIVATING", "STOPPED")],
            vec![Traffic, Deployed],
            Some(Stage::Draining),
        ),
        (
            "all old tasks stopped",
            vec![ours(Some(Completed), 0, 3)],
            vec![task("a", THEIRS, "STOPPED", "STOPPED"), task("b", OURS, "RUNNING", "RUNNING")],
            vec![Traffic, Deployed, Drained],
            None,
        ),
        (
            "completed, one being replaced",
            vec![ours(Some(Completed), 1, 2)],
            vec![],
            vec![Traffic, Deployed],
            Some(Stage::Draining),
        ),
    ];
    for (story, deployments, tasks, done, stage) in table {
        assert_eq!(reached(&seen(deployments, tasks)), (done, stage), "{story}");
    }
}

#[test]
fn counts_decide_where_ecs_does_not_say_and_none_may_be_desired() {
    use Until::{Deployed, Drained, Traffic};
    let old = |running| deployment(THEIRS, "ACTIVE", None, 7, (0, 0, running));
    let ours = |state, pending, running| deployment(OURS, "PRIMARY", state, 8, (3, pending, running));
    let table: [Row; 5] = [
        (
            "no word of the rollout, old one there",
            vec![ours(None, 0, 3), old(0)],
            vec![],
            vec![Traffic],
            Some(Stage::Serving),
        ),
        ("no word of the rollout, pending", vec![ours(None, 1, 2)], vec![], vec![], Some(Stage::Starting)),
        ("no word of the rollout, alone", vec![ours(None, 0, 3)], vec![], vec![Traffic, Deployed, Drained], None),
        (
            "scaled to 0, not completed",
            vec![deployment(OURS, "PRIMARY", Some(InProgress), 8, (0, 0, 0))],
            vec![],
            vec![],
            Some(Stage::Starting),
        ),
        (
            "scaled to 0, completed",
            vec![deployment(OURS, "PRIMARY", Some(Completed), 8, (0, 0, 0))],
            vec![],
            vec![Traffic, Deployed, Drained],
            None,
        ),
    ];
    for (story, deployments, tasks, done, stage) in table {
        assert_eq!(reached(&seen(deployments, tasks)), (done, stage), "{story}");
    }
}

#[test]
fn no_wait_is_done_and_claims_nothing() {
    let failed = seen(vec![deployment(OURS, "PRIMARY", Some(Failed), 8, (3, 0, 0))], vec![]);
    assert_eq!(verdict(&failed, Until::None), Verdict::Done { reached: Until::None });
    assert_eq!(verdict(&seen(vec![], vec![]), Until::None), Verdict::Done { reached: Until::None });
}

#[test]
fn ours_without_any_primary_is_waited_for() {
    let ours = deployment(OURS, "ACTIVE", Some(InProgress), 8, (3, 0, 3));
    let waiting = Verdict::Running { stage: Stage::Starting, waiting_for: "a PRIMARY deployment".into() };
    assert_eq!(verdict(&seen(vec![ours], vec![]), Until::Traffic), waiting);
}

#[test]
fn waiting_points_and_verdicts_have_a_text_form() {
    for until in Until::ALL {
        assert_eq!(until.to_string().parse(), Ok(until));
        assert_eq!(serde_json::to_value(until).expect("text"), until.as_str());
    }
    let error = "steady".parse::<Until>().expect_err("no such point");
    assert_eq!(error.to_string(), "\"steady\" is no point to wait for: write none, traffic, deployed or drained");
    for verdict in [
        Verdict::Done { reached: Until::Drained },
        Verdict::Running { stage: Stage::Serving, waiting_for: "x".into() },
        judge(&seen(vec![], vec![]), &target(Until::Traffic), Policy::default(), NOW),
    ] {
        let json = serde_json::to_string(&verdict).expect("JSON");
        assert_eq!(serde_json::from_str::<Verdict>(&json).expect(&json), verdict);
    }
}
