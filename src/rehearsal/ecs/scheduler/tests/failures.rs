//! Deployments that fail: pauses, the circuit breaker, health checks.

use std::time::Duration;

use super::super::*;
use super::*;

fn exits() -> Fates {
    let after = Duration::from_secs(2);
    Fates(Ok(Fate::Exits { code: 78, reason: Some("no settings".into()), after }))
}

fn unpullable() -> Fates {
    Fates(Err("CannotPullContainerError: not found".to_owned()))
}

#[test]
fn without_a_breaker_a_container_that_exits_is_tried_for_ever_at_growing_pauses() {
    let mut web = service(2, Rules::default(), true);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &exits(), 3600);
    let starts: Vec<&str> =
        lines.iter().filter(|line| line.contains("new 2p")).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(starts, ["0", "23", "76", "249", "902", "1815", "2728"]);
    assert!(lines.iter().all(|line| line.contains("old 0p 2r 2h 0l | IN_PROGRESS COMPLETED")));
    let told = messages(&web);
    assert!(told.iter().any(|message| message.starts_with("is unable to consistently start tasks")));
    let ended = web.tasks.values().find(|task| task.stage == Stage::Stopped).expect("a stopped task");
    assert_eq!(ended.stopped, Some(("EssentialContainerExited", "Essential container in task exited".to_owned())));
    assert_eq!(ended.containers[0].exit_code, Some(78));
    assert_eq!(ended.containers[0].reason.as_deref(), Some("no settings"));
}

#[test]
fn the_breaker_fails_the_deployment_at_the_third_failure_and_leaves_the_old_tasks() {
    let mut web = service(2, breaker(false), true);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &exits(), 3600);
    assert_eq!(line_at(&lines, 34), "new 0p 2r 0h 0l, old 0p 2r 2h 0l | IN_PROGRESS COMPLETED");
    assert_eq!(line_at(&lines, 36), "new 0p 0r 0h 2l, old 0p 2r 2h 0l | FAILED COMPLETED");
    assert_eq!(lines.last().map(String::as_str), Some(" 38 new 0p 0r 0h 0l, old 0p 2r 2h 0l | FAILED COMPLETED"));
    let primary = web.primary().expect("a deployment");
    assert_eq!(primary.reason, "ECS deployment circuit breaker: tasks failed to start.");
    assert_eq!(
        messages(&web).last().map(String::as_str),
        Some("(deployment D) deployment failed: tasks failed to start.")
    );
}

#[test]
fn the_breaker_rolls_back_to_what_completed_last() {
    let mut web = service(2, breaker(true), false);
    let before = web.primary().expect("a deployment").id.clone();
    web.deploy(revision("new"), start());
    let ours = web.primary().expect("a deployment").id.clone();
    let lines = timeline(&mut web, &unpullable(), 300);
    assert_eq!(
        lines.get(4..).expect("the end"),
        [
            " 32 new 0p 0r 0h 2l, old 2p 2r 2h 0l | IN_PROGRESS FAILED COMPLETED",
            " 34 new 0p 0r 0h 0l, old 2p 2r 2h 0l | IN_PROGRESS FAILED COMPLETED",
            " 43 new 0p 0r 0h 0l, old 0p 4r 2h 0l | IN_PROGRESS FAILED COMPLETED",
            " 53 new 0p 0r 0h 0l, old 0p 2r 2h 2l | IN_PROGRESS FAILED COMPLETED",
            " 60 new 0p 0r 0h 0l, old 0p 2r 2h 0l | IN_PROGRESS FAILED COMPLETED",
            " 63 new 0p 0r 0h 0l, old 0p 2r 2h 0l | COMPLETED",
        ]
    );
    let primary = web.primary().expect("a deployment");
    assert!(primary.id != ours && primary.id != before, "a deployment of its own");
    assert_eq!(primary.revision, revision("old"));
    let reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {before}.");
    assert_eq!(primary.reason, reason);
    assert_eq!(
        messages(&web),
        [
            "has started 2 tasks: (task T) (task T)",
            "was unable to place a task. Reason: CannotPullContainerError: not found.",
            "has started 2 tasks: (task T) (task T)",
            "was unable to place a task. Reason: CannotPullContainerError: not found.",
            "(deployment D) deployment failed: tasks failed to start.",
            "rolling back to deployment D)",
            "has started 2 tasks: (task T) (task T)",
            "has stopped 2 running tasks: (task T) (task T)",
            "(deployment D) deployment completed.",
            "has reached a steady state.",
        ]
    );
}

#[test]
fn a_health_check_that_fails_stops_the_task_and_tries_again() {
    let unhealthy = Fates(Ok(Fate::Unhealthy { after: Duration::from_secs(30) }));
    let mut web = service(1, Rules::default(), false);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &unhealthy, 60);
    assert_eq!(line_at(&lines, 41), "new 0p 0r 0h 1l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED");
    assert_eq!(line_at(&lines, 46), "new 1p 0r 0h 1l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED");
    assert_eq!(
        messages(&web),
        [
            "has started 1 tasks: (task T)",
            "(task T) failed container health checks.",
            "has stopped 1 running tasks: (task T)",
            "has started 1 tasks: (task T)",
        ]
    );
    assert_eq!(web.primary().map(|primary| primary.failures), Some(1));
}
