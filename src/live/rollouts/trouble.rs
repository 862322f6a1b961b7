//! What is worth more calls: signs that a rollout does not go well.

use crate::domain::rollout::{Event, Observation, ServiceDeployment, Status};

/// Whether a record tells of trouble that the one before did not: then the service has more to say about it.
pub fn is_worse(before: &ServiceDeployment, now: &ServiceDeployment) -> bool {
    let failures = |one: &ServiceDeployment| one.breaker.as_ref().map_or(0, |breaker| breaker.failures);
    let gone_off = |one: &ServiceDeployment| one.alarms.as_ref().map_or(0, |alarms| alarms.gone_off.len());
    let tasks = |one: &ServiceDeployment| one.target.pending.saturating_add(one.target.running);
    let goes_forward = |one: &ServiceDeployment| matches!(one.status, Status::Pending | Status::InProgress);
    failures(before) < failures(now)
        || gone_off(before) < gone_off(now)
        || now.target.running < before.target.running
        || tasks(now) < tasks(before)
        || (goes_forward(before) && !goes_forward(now) && now.status != Status::Successful)
}

/// Whether a service looks different in what its tasks could explain: tasks have failed, or its events tell of more than
/// that all goes well.
pub fn differs(before: Option<&Observation>, now: &Observation) -> bool {
    let failed = |seen: &Observation| seen.deployments.iter().map(|one| one.failed).sum::<u64>();
    let running = |seen: &Observation| seen.deployments.iter().map(|one| one.running).sum::<u64>();
    let Some(before) = before else {
        return failed(now) > 0 || now.events.iter().any(|event| !goes_well(&event.message));
    };
    let told = |event: &Event| before.events.iter().any(|old| old.id == event.id);
    let trouble = now.events.iter().any(|event| !told(event) && !goes_well(&event.message));
    trouble || failed(before) != failed(now) || (failed(now) > 0 && running(before) != running(now))
}

/// Whether an event is one of those that every rollout has.
fn goes_well(message: &str) -> bool {
    let usual = [
        "has started ",
        "has stopped ",
        "registered ",
        "deregistered ",
        "has begun draining",
        "steady state",
        "deployment completed",
    ];
    usual.iter().any(|words| message.contains(words))
        && !["unable", "unhealthy", "failed", "due to"].iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::{differs, goes_well, is_worse};
    use crate::domain::rollout::{Deployment, Event, Observation, Revision, ServiceDeployment, Status};

    #[test]
    fn what_every_rollout_says_is_no_trouble_and_all_else_is() {
        for usual in [
            "(service web) has started 2 tasks: (task 1) (task 2).",
            "(service web) registered 1 targets in (target-group web)",
            "(service web) deregistered 1 targets in (target-group web)",
            "(service web) has stopped 2 running tasks: (task 1) (task 2).",
            "(service web) has begun draining connections on 2 tasks.",
            "(service web) has reached a steady state.",
            "(service web) (deployment ecs-svc/2) deployment completed.",
        ] {
            assert!(goes_well(usual), "{usual}");
        }
        for trouble in [
            "(service web) was unable to place a task because no container instance met all of its requirements.",
            "(service web) is unable to consistently start tasks successfully.",
            "(service web) (port 80) is unhealthy in (target-group web) due to (reason Health checks failed)",
            "(service web) has stopped 1 running tasks: (task 1) due to a health check failure",
            "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.",
            "something that ECS will say one day",
        ] {
            assert!(!goes_well(trouble), "{trouble}");
        }
    }

    #[test]
    fn tasks_are_worth_listing_once_some_have_failed_or_an_event_tells_of_it() {
        let seen = |failed, running, events: &[&str]| {
            let event = |text: &&str| Event { id: (*text).to_owned(), created_at: None, message: (*text).to_owned() };
            let deployments = vec![Deployment { running, failed, ..Deployment::default() }];
            Observation { deployments, events: events.iter().map(event).collect(), ..Observation::default() }
        };
        let well = seen(0, 0, &["has started 2 tasks"]);
        for (before, now, expected) in [
            (None, seen(0, 0, &[]), false),
            (None, seen(1, 0, &[]), true),
            (None, seen(0, 0, &["unable to place a task"]), true),
            (Some(&well), seen(0, 2, &["steady state", "has started 2 tasks"]), false),
            (Some(&well), seen(0, 0, &["unable to place a task", "has started 2 tasks"]), true),
            (Some(&well), seen(1, 0, &["has started 2 tasks"]), true),
            (Some(&seen(1, 0, &[])), seen(1, 1, &[]), true),
            (Some(&seen(1, 1, &["unable"])), seen(1, 1, &["unable"]), false),
        ] {
            assert_eq!(differs(before, &now), expected, "{before:?} {now:?}");
        }
    }

    #[test]
    fn a_record_is_worse_where_fewer_tasks_are_on_their_way_or_it_goes_back() {
        let record = |status, pending, running| ServiceDeployment {
            status,
            target: Revision { pending, running, ..Revision::default() },
            ..ServiceDeployment::default()
        };
        let before = record(Status::InProgress, 1, 1);
        for (now, expected) in [
            (record(Status::InProgress, 0, 2), false),
            (record(Status::Successful, 0, 2), false),
            (record(Status::InProgress, 2, 0), true),
            (record(Status::InProgress, 0, 1), true),
            (record(Status::StopRequested, 1, 1), true),
            (record(Status::RollbackInProgress, 1, 1), true),
            (record(Status::Stopped, 1, 1), true),
        ] {
            assert_eq!(is_worse(&before, &now), expected, "{now:?}");
        }
    }
}
