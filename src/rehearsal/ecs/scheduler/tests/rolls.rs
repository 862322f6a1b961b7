//! Deployments that go well.

use std::time::Duration;

use super::super::deployment::Rollout;
use super::super::*;
use super::*;

#[test]
fn a_rolling_deployment_replaces_two_tasks_and_is_steady_before_the_old_ones_are_gone() {
    let mut web = service(2, Rules::default(), true);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &Fates(Ok(Fate::Runs)), 300);
    assert_eq!(
        lines,
        [
            "  0 new 2p 0r 0h 0l, old 0p 2r 2h 0l | IN_PROGRESS COMPLETED",
            " 11 new 0p 2r 0h 0l, old 0p 2r 2h 0l | IN_PROGRESS COMPLETED",
            " 21 new 0p 2r 2h 0l, old 0p 0r 0h 2l | IN_PROGRESS COMPLETED",
            " 31 new 0p 2r 2h 0l, old 0p 0r 0h 2l | COMPLETED",
            " 48 new 0p 2r 2h 0l, old 0p 0r 0h 0l | COMPLETED",
        ]
    );
    assert_eq!(
        messages(&web),
        [
            "has started 2 tasks: (task T) (task T)",
            "registered 2 targets in (target-group arn:web)",
            "has stopped 2 running tasks: (task T) (task T)",
            "deregistered 2 targets in (target-group arn:web)",
            "has begun draining connections on 2 tasks.",
            "(deployment D) deployment completed.",
            "has reached a steady state.",
        ]
    );
}

#[test]
fn five_tasks_between_60_and_140_percent_move_in_batches() {
    let mut web = service(5, Rules { minimum: 60, maximum: 140, ..Rules::default() }, false);
    web.deploy(revision("new"), start());
    assert_eq!(
        timeline(&mut web, &Fates(Ok(Fate::Runs)), 300),
        [
            "  0 new 4p 0r 0h 0l, old 0p 3r 3h 2l | IN_PROGRESS COMPLETED",
            "  7 new 4p 0r 0h 0l, old 0p 3r 3h 0l | IN_PROGRESS COMPLETED",
            " 11 new 0p 4r 0h 0l, old 0p 3r 3h 0l | IN_PROGRESS COMPLETED",
            " 21 new 1p 4r 4h 0l, old 0p 1r 1h 2l | IN_PROGRESS COMPLETED",
            " 28 new 1p 4r 4h 0l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED",
            " 32 new 0p 5r 4h 0l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED",
            " 42 new 0p 5r 5h 0l, old 0p 0r 0h 1l | IN_PROGRESS COMPLETED",
            " 49 new 0p 5r 5h 0l, old 0p 0r 0h 0l | IN_PROGRESS COMPLETED",
            " 52 new 0p 5r 5h 0l, old 0p 0r 0h 0l | COMPLETED",
        ]
    );
}

#[test]
fn a_deployment_in_the_middle_of_another_takes_its_place() {
    let mut web = service(2, Rules::default(), false);
    let fates = Fates(Ok(Fate::Runs));
    web.deploy(revision("new"), start());
    web.advance(start().after(Duration::from_secs(5)), &fates);
    web.deploy(revision("old"), start().after(Duration::from_secs(5)));
    let lines = timeline(&mut web, &fates, 200);
    assert_eq!(line_at(&lines, 5), "new 0p 0r 0h 2l, old 2p 2r 2h 0l | IN_PROGRESS IN_PROGRESS COMPLETED");
    assert_eq!(lines.last().map(|line| line.ends_with("old 0p 2r 2h 0l | COMPLETED")), Some(true));
    assert_eq!(web.primary().map(|primary| primary.rollout), Some(Rollout::Completed));
}

#[test]
fn a_changed_count_is_no_deployment() {
    let mut web = service(2, Rules::default(), false);
    let deployment = web.primary().expect("a deployment").id.clone();
    web.scale(3, start());
    let lines = timeline(&mut web, &Fates(Ok(Fate::Runs)), 60);
    assert_eq!(line_at(&lines, 21), "new 0p 0r 0h 0l, old 0p 3r 3h 0l | COMPLETED");
    assert_eq!(web.primary().map(|primary| primary.id.clone()), Some(deployment));
    assert_eq!(messages(&web), ["has started 1 tasks: (task T)", "has reached a steady state."]);
}

#[test]
fn a_stopped_task_is_remembered_for_an_hour() {
    let mut web = service(1, Rules::default(), false);
    web.deploy(revision("new"), start());
    let stopped = |web: &Service| web.tasks.values().filter(|task| task.stage == Stage::Stopped).count();
    let mut at = |seconds: u64| {
        web.advance(start().after(Duration::from_secs(seconds)), &Fates(Ok(Fate::Runs)));
        stopped(&web)
    };
    assert_eq!([at(27), at(28), at(3627), at(3628)], [0, 1, 1, 0]);
}
