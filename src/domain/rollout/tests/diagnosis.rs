//! Rollouts that went wrong, and the causes that are told.

use super::super::{Container, Event, Finding, Observation, Snapshot, Task, Until, diagnosis, hint_for};
use super::{OURS, THEIRS, deployment, seen, target, task};
use crate::domain::rollout::RolloutState::InProgress;

fn container(name: &str, exit_code: Option<i64>, reason: Option<&str>) -> Container {
    Container { name: name.into(), exit_code, reason: reason.map(str::to_owned), ..Container::default() }
}

fn stopped(id: &str, code: &str, reason: &str, containers: Vec<Container>) -> Task {
    Task {
        stop_code: Some(code.into()),
        stopped_reason: Some(reason.into()),
        containers,
        ..task(id, OURS, "STOPPED", "STOPPED")
    }
}

fn event(id: &str, at: f64, message: &str) -> Event {
    Event { id: id.into(), created_at: Some(at), message: message.into() }
}

fn observed(tasks: Vec<Task>, events: Vec<Event>) -> Observation {
    let ours = deployment(OURS, "PRIMARY", Some(InProgress), 8, (2, 0, 0));
    Observation { events, ..seen(vec![ours], tasks) }
}

fn lines(seen: &Observation) -> Vec<String> {
    diagnosis(seen, &target(Until::Deployed)).iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_cause_of_many_tasks_is_told_once() {
    let exits = || vec![container("app", Some(1), None), container("envoy", Some(137), None)];
    let end = "Essential container in task exited";
    let seen = observed(
        vec![
            stopped("a1", "EssentialContainerExited", end, exits()),
            stopped("b2", "EssentialContainerExited", end, exits()),
            stopped("c3", "EssentialContainerExited", end, vec![container("app", Some(2), None)]),
        ],
        vec![],
    );
    let found = diagnosis(&seen, &target(Until::Deployed));
    assert_eq!(
        found,
        [
            Finding {
                cause: "container `app` exited with 1: Essential container in task exited".into(),
                count: 2,
                tasks: vec!["a1".into(), "b2".into()],
                container: Some("app".into()),
                exit_code: Some(1),
                hint: None,
                log: vec![],
            },
            Finding {
                cause: "container `app` exited with 2: Essential container in task exited".into(),
                count: 1,
                tasks: vec!["c3".into()],
                container: Some("app".into()),
                exit_code: Some(2),
                hint: None,
                log: vec![],
            },
        ]
    );
    assert_eq!(
        lines(&seen)[0],
        "task a1 and 1 more: container `app` exited with 1: Essential container in task exited"
    );
}

#[test]
fn the_container_to_blame_is_the_one_that_says_something() {
    let end = "Essential container in task exited";
    for (code, reason, containers, line) in [
        (
            "EssentialContainerExited",
            end,
            vec![
                container("app", Some(137), Some("OutOfMemoryError: Container killed due to memory usage")),
                container("envoy", Some(143), None),
            ],
            "task t: container `app` exited with 137: OutOfMemoryError: Container killed due to memory usage: Essential container in task exited",
        ),
        (
            "EssentialContainerExited",
            end,
            vec![container("app", Some(0), None)],
            "task t: container `app` exited with 0: Essential container in task exited",
        ),
        (
            "EssentialContainerExited",
            end,
            vec![container("app", Some(0), None), container("envoy", Some(137), None)],
            "task t: container `envoy` exited with 137: Essential container in task exited",
        ),
        (
            "TaskFailedToStart",
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): shop:2 not found",
            vec![container(
                "app",
                None,
                Some("CannotPullContainerError: pull image manifest has been retried 5 time(s): shop:2 not found"),
            )],
            "task t: container `app` did not start: CannotPullContainerError: pull image manifest has been retried 5 time(s): shop:2 not found",
        ),
        (
            "TaskFailedToStart",
            "ResourceInitializationError: unable to pull secrets",
            vec![container("app", None, None)],
            "task t: ResourceInitializationError: unable to pull secrets",
        ),
        (
            "ServiceSchedulerInitiated",
            "Task failed ELB health checks in (target-group arn:x)",
            vec![container("app", Some(137), None)],
            "task t: Task failed ELB health checks in (target-group arn:x)",
        ),
        ("TaskFailedToStart", "", vec![], "task t: stopped with TaskFailedToStart"),
    ] {
        assert_eq!(lines(&observed(vec![stopped("t", code, reason, containers)], vec![])), [line]);
    }
}

#[test]
fn tasks_of_others_and_tasks_that_were_only_scaled_in_say_nothing() {
    let mut other = stopped("a", "EssentialContainerExited", "", vec![container("app", Some(1), None)]);
    other.started_by = Some(THEIRS.into());
    let scaled =
        stopped("b", "ServiceSchedulerInitiated", "Scaling activity initiated by deployment ecs-svc/1", vec![]);
    let runs = task("c", OURS, "RUNNING", "RUNNING");
    assert_eq!(lines(&observed(vec![other, scaled, runs], vec![])), [""; 0]);
}

#[test]
fn where_no_task_was_placed_the_events_are_the_only_trace() {
    let unable = "(service web) was unable to place a task because no container instance met all of its requirements. \
                  The closest matching instance has insufficient memory, RESOURCE:MEMORY.";
    let task_id = "0123456789abcdef0123456789abcdef";
    let other_id = "fedcba9876543210fedcba9876543210";
    let unhealthy = |id: &str| {
        format!(
            "(service web) (task {id}) (port 80) is unhealthy in (target-group x) due to (reason Request timed out)"
        )
    };
    let seen = observed(
        vec![],
        vec![
            event("5", 140.0, unable),
            event("5", 140.0, unable),
            event("4", 130.0, unable),
            event("3", 125.0, &unhealthy(task_id)),
            event("2", 120.0, &unhealthy(other_id)),
            event("1", 110.0, "(service web) has started 2 tasks: (task x)."),
            event("0", 99.0, "(service web) was unable to place a task long ago"),
        ],
    );
    assert_eq!(
        lines(&seen),
        [
            format!("{unable} (2 times)"),
            "(service web) (task …) (port 80) is unhealthy in (target-group x) due to (reason Request timed out) (2 times)".into(),
        ]
    );
    let [placed, unhealthy] = diagnosis(&seen, &target(Until::Deployed)).try_into().expect("two causes");
    assert_eq!(
        placed.hint.as_deref(),
        Some("no instance has enough CPU or memory free: add instances, or ask for less")
    );
    assert!(unhealthy.hint.is_some_and(|hint| hint.contains("health check")));
}

#[test]
fn every_known_word_has_its_own_advice() {
    for word in [
        "CannotPullContainerError",
        "ResourceInitializationError",
        "OutOfMemoryError",
        "CannotStartContainerError",
        "CannotCreateVolumeError",
        "ContainerRuntimeError",
        "RESOURCE:ENI",
        "RESOURCE:CPU",
        "AGENT",
        "ATTRIBUTE",
        "EMPTY CAPACITY PROVIDER",
        "unable to consistently start tasks",
        "unable to place a task",
    ] {
        assert!(hint_for(&format!("x {word}: y")).is_some(), "{word}");
    }
    assert_eq!(hint_for("Essential container in task exited"), None);
    assert_ne!(hint_for("RESOURCE:ENI"), hint_for("RESOURCE:CPU"));
}

#[test]
fn people_watch_new_and_old_tasks_and_the_latest_event() {
    let mut seen = observed(
        vec![task("a", THEIRS, "DEACTIVATING", "STOPPED"), task("b", THEIRS, "RUNNING", "RUNNING")],
        vec![event("1", 120.0, "(service web) has started 1 tasks")],
    );
    let snapshot = Snapshot::of(&seen, &target(Until::Drained));
    assert_eq!(snapshot.to_string(), "web:8: 0 of 2 running; old: 2");
    assert_eq!(snapshot.event.as_deref(), Some("(service web) has started 1 tasks"));

    seen.deployments.push(deployment(THEIRS, "ACTIVE", None, 7, (0, 0, 1)));
    seen.deployments[0].pending = 2;
    seen.tasks.clear();
    seen.events[0].created_at = Some(99.0);
    let snapshot = Snapshot::of(&seen, &target(Until::Drained));
    assert_eq!(snapshot.to_string(), "web:8: 0 of 2 running, 2 pending; old: 1");
    assert_eq!(snapshot.event, None);
    let json = serde_json::to_string(&snapshot).expect("JSON");
    assert_eq!(serde_json::from_str::<Snapshot>(&json).expect("a snapshot"), snapshot);
}
