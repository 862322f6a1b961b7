//! Stories of services: what the scheduler does, second by second.

use std::time::Duration;

use super::deployment::Rollout;
use super::*;
use crate::rehearsal::moment::Moment;

/// New images share the fate that a story gives them; old ones run.
struct Fates(Result<Fate, String>);

impl Surroundings for Fates {
    fn start(&self, _: &Place, _: &str, image: &str) -> Result<Started, String> {
        let fate = if image == "new" {
            self.0.clone()?
        } else {
            Fate::Runs
        };
        Ok(Started {
            digest: format!("digest of {image}"),
            fate,
        })
    }
}

fn start() -> Moment {
    Moment::of("2026-11-20T02:00:00Z".parse().expect("a time"))
}

fn revision(image: &str) -> Revision {
    Revision {
        arn: format!("web:{image}"),
        containers: vec![ContainerSpec {
            name: "app".into(),
            image: image.into(),
            essential: true,
            health_check: true,
        }],
        cpu: None,
        memory: None,
    }
}

fn service(desired: u32, rules: Rules, balanced: bool) -> Service {
    let place = Place {
        account: "1".into(),
        cluster: "prod".into(),
        service: "web".into(),
    };
    let digests = ["digest of old".to_owned()];
    let arn = "arn:service/prod/web".to_owned();
    let mut service = Service::established(place, arn, desired, revision("old"), &digests, start());
    service.rules = rules;
    service.target = balanced.then(|| TargetGroup {
        arn: "arn:web".into(),
        container: "app".into(),
        port: 80,
    });
    service
}

fn breaker(rollback: bool) -> Rules {
    Rules {
        breaker: true,
        rollback,
        ..Rules::default()
    }
}

/// One line whenever the counts of the service change: the second, then what each deployment
/// has desired to run, pending, running, healthy, and leaving.
fn timeline(service: &mut Service, fates: &Fates, seconds: u64) -> Vec<String> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for second in 0..=seconds {
        service.advance(start().after(Duration::from_secs(second)), fates);
        let mut parts: Vec<String> = Vec::new();
        for image in ["new", "old"] {
            let tasks: Vec<&Task> = service
                .tasks
                .values()
                .filter(|task| task.revision.arn == format!("web:{image}"))
                .collect();
            let count =
                |wanted: &dyn Fn(&Task) -> bool| tasks.iter().filter(|task| wanted(task)).count();
            let leaving = count(&|task| task.stopping && task.stage != Stage::Stopped);
            parts.push(format!(
                "{image} {}p {}r {}h {leaving}l",
                count(&Task::is_pending),
                count(&|task: &Task| task.is_running()),
                count(&|task| task.healthy),
            ));
        }
        let states: Vec<&str> = service
            .deployments
            .iter()
            .map(|deployment| deployment.rollout.name())
            .collect();
        let line = format!("{} | {}", parts.join(", "), states.join(" "));
        if lines.last().is_none_or(|(_, last)| *last != line) {
            lines.push((second, line));
        }
    }
    lines
        .into_iter()
        .map(|(second, line)| format!("{second:>3} {line}"))
        .collect()
}

/// The events since the start, oldest first, with names for identifiers.
fn messages(service: &Service) -> Vec<String> {
    let short = |message: &str| {
        let mut words: Vec<&str> = Vec::new();
        for word in message.trim_start_matches("(service web) ").split(' ') {
            let task = word.trim_end_matches(['.', ')']);
            let is_task = task.len() == 32 && task.bytes().all(|byte| byte.is_ascii_hexdigit());
            words.push(match word {
                _ if is_task => "T)",
                _ if word.starts_with("ecs-svc/") => "D)",
                other => other,
            });
        }
        words.join(" ")
    };
    let mut messages: Vec<String> = service
        .events
        .iter()
        .map(|event| short(&event.message))
        .collect();
    messages.reverse();
    messages.split_off(1)
}

fn exits() -> Fates {
    let after = Duration::from_secs(2);
    Fates(Ok(Fate::Exits {
        code: 78,
        reason: Some("no settings".into()),
        after,
    }))
}

fn unpullable() -> Fates {
    Fates(Err("CannotPullContainerError: not found".to_owned()))
}

/// The second of a line of the timeline, and what is behind it, for stories about few of them.
fn line_at(lines: &[String], second: u64) -> &str {
    let prefix = format!("{second:>3} ");
    lines
        .iter()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or("nothing changes")
}

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
    let mut web = service(
        5,
        Rules {
            minimum: 60,
            maximum: 140,
            ..Rules::default()
        },
        false,
    );
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
fn without_a_breaker_a_container_that_exits_is_tried_for_ever_at_growing_pauses() {
    let mut web = service(2, Rules::default(), true);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &exits(), 3600);
    let starts: Vec<&str> = lines
        .iter()
        .filter(|line| line.contains("new 2p"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(starts, ["0", "23", "76", "249", "902", "1815", "2728"]);
    assert!(
        lines
            .iter()
            .all(|line| line.contains("old 0p 2r 2h 0l | IN_PROGRESS COMPLETED"))
    );
    let told = messages(&web);
    assert!(
        told.iter()
            .any(|message| message.starts_with("is unable to consistently start tasks"))
    );
    let ended = web
        .tasks
        .values()
        .find(|task| task.stage == Stage::Stopped)
        .expect("a stopped task");
    assert_eq!(
        ended.stopped,
        Some((
            "EssentialContainerExited",
            "Essential container in task exited".to_owned()
        ))
    );
    assert_eq!(ended.containers[0].exit_code, Some(78));
    assert_eq!(ended.containers[0].reason.as_deref(), Some("no settings"));
}

#[test]
fn the_breaker_fails_the_deployment_at_the_third_failure_and_leaves_the_old_tasks() {
    let mut web = service(2, breaker(false), true);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &exits(), 3600);
    assert_eq!(
        line_at(&lines, 34),
        "new 0p 2r 0h 0l, old 0p 2r 2h 0l | IN_PROGRESS COMPLETED"
    );
    assert_eq!(
        line_at(&lines, 36),
        "new 0p 0r 0h 2l, old 0p 2r 2h 0l | FAILED COMPLETED"
    );
    assert_eq!(
        lines.last().map(String::as_str),
        Some(" 38 new 0p 0r 0h 0l, old 0p 2r 2h 0l | FAILED COMPLETED")
    );
    let primary = web.primary().expect("a deployment");
    assert_eq!(
        primary.reason,
        "ECS deployment circuit breaker: tasks failed to start."
    );
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
    assert!(
        primary.id != ours && primary.id != before,
        "a deployment of its own"
    );
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
    let unhealthy = Fates(Ok(Fate::Unhealthy {
        after: Duration::from_secs(30),
    }));
    let mut web = service(1, Rules::default(), false);
    web.deploy(revision("new"), start());
    let lines = timeline(&mut web, &unhealthy, 60);
    assert_eq!(
        line_at(&lines, 41),
        "new 0p 0r 0h 1l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED"
    );
    assert_eq!(
        line_at(&lines, 46),
        "new 1p 0r 0h 1l, old 0p 1r 1h 0l | IN_PROGRESS COMPLETED"
    );
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

#[test]
fn a_deployment_in_the_middle_of_another_takes_its_place() {
    let mut web = service(2, Rules::default(), false);
    let fates = Fates(Ok(Fate::Runs));
    web.deploy(revision("new"), start());
    web.advance(start().after(Duration::from_secs(5)), &fates);
    web.deploy(revision("old"), start().after(Duration::from_secs(5)));
    let lines = timeline(&mut web, &fates, 200);
    assert_eq!(
        line_at(&lines, 0),
        "new 0p 0r 0h 2l, old 2p 2r 2h 0l | IN_PROGRESS IN_PROGRESS COMPLETED"
    );
    assert_eq!(
        lines
            .last()
            .map(|line| line.ends_with("old 0p 2r 2h 0l | COMPLETED")),
        Some(true)
    );
    assert_eq!(
        web.primary().map(|primary| primary.rollout),
        Some(Rollout::Completed)
    );
}

#[test]
fn a_changed_count_is_no_deployment() {
    let mut web = service(2, Rules::default(), false);
    let deployment = web.primary().expect("a deployment").id.clone();
    web.scale(3, start());
    let lines = timeline(&mut web, &Fates(Ok(Fate::Runs)), 60);
    assert_eq!(
        line_at(&lines, 21),
        "new 0p 0r 0h 0l, old 0p 3r 3h 0l | COMPLETED"
    );
    assert_eq!(
        web.primary().map(|primary| primary.id.clone()),
        Some(deployment)
    );
    assert_eq!(
        messages(&web),
        [
            "has started 1 tasks: (task T)",
            "has reached a steady state."
        ]
    );
}

#[test]
fn a_stopped_task_is_remembered_for_an_hour() {
    let mut web = service(1, Rules::default(), false);
    web.deploy(revision("new"), start());
    let stopped = |web: &Service| {
        web.tasks
            .values()
            .filter(|task| task.stage == Stage::Stopped)
            .count()
    };
    let mut at = |seconds: u64| {
        web.advance(
            start().after(Duration::from_secs(seconds)),
            &Fates(Ok(Fate::Runs)),
        );
        stopped(&web)
    };
    assert_eq!([at(27), at(28), at(3627), at(3628)], [0, 1, 1, 0]);
}
