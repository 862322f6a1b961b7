//! The courses that service deployments take: every status, second by second.

use std::time::Duration;

use super::super::*;
use super::*;

/// `second STATUS` whenever the status of a service deployment changes.
fn course(service: &mut Service, id: &str, fates: &Fates, from: u64, seconds: u64) -> Vec<String> {
    let mut lines: Vec<(u64, &'static str)> = Vec::new();
    for second in from..=seconds {
        service.advance(start().after(Duration::from_secs(second)), fates);
        let status = service.history.iter().find(|one| one.id == id).map_or("?", |one| one.status.name());
        if lines.last().is_none_or(|(_, last)| *last != status) {
            lines.push((second, status));
        }
    }
    lines.into_iter().map(|(second, status)| format!("{second} {status}")).collect()
}

fn begun(service: &mut Service) -> String {
    service.deploy(revision("new"), start());
    service.current().expect("a service deployment").id.clone()
}

fn truth(service: &Service, id: &str) -> (&'static str, Option<&'static str>) {
    let one = service.history.iter().find(|one| one.id == id).expect("it");
    (one.status.name(), one.cause.map(Cause::name))
}

#[test]
fn a_success_is_one_when_the_old_tasks_are_gone() {
    let mut web = service(2, Rules::default(), true);
    let ours = begun(&mut web);
    assert_eq!(
        course(&mut web, &ours, &Fates(Ok(Fate::Runs)), 0, 300),
        ["0 PENDING", "1 IN_PROGRESS", "48 SUCCESSFUL"]
    );
    assert_eq!(truth(&web, &ours), ("SUCCESSFUL", None));
    let new = web.revisions.last().expect("a service revision");
    assert_eq!(new.digests, [("app".to_owned(), "digest of new".to_owned())]);
    assert_eq!(format!("ecs-svc/{}", new.number), web.primary().expect("a deployment").id);
    let counted = web.count(&new.number);
    assert_eq!((counted.requested, counted.running, counted.pending), (2, 2, 0));
}

#[test]
fn the_circuit_breaker_ends_it_with_and_without_a_way_back() {
    let unpullable = Fates(Err("CannotPullContainerError: not found".to_owned()));
    let table: [(bool, &[&str], &str); 2] = [
        (false, &["0 PENDING", "1 IN_PROGRESS", "32 STOPPED"], "STOPPED"),
        (
            true,
            &[
                "0 PENDING",
                "1 IN_PROGRESS",
                "32 ROLLBACK_REQUESTED",
                "33 ROLLBACK_IN_PROGRESS",
                "63 ROLLBACK_SUCCESSFUL",
            ],
            "ROLLBACK_SUCCESSFUL",
        ),
    ];
    for (rollback, expected, end) in table {
        let mut web = service(2, breaker(rollback), false);
        let ours = begun(&mut web);
        assert_eq!(course(&mut web, &ours, &unpullable, 0, 300), expected);
        assert_eq!(truth(&web, &ours), (end, Some("circuit breaker")));
        let current = web.current().expect("a service deployment");
        assert_eq!((current.failures, current.threshold), (4, 3));
        assert_eq!(current.rollback.is_some(), rollback);
    }
}

#[test]
fn a_way_back_that_fails_too_is_told() {
    // nothing starts any more, whatever it is
    struct Nothing;
    impl Surroundings for Nothing {
        fn start(&self, _: &Place, _: &str, _: &str) -> Result<Started, String> {
            Err("CannotPullContainerError: no route".to_owned())
        }
    }
    let mut web = service(2, breaker(true), false);
    let ours = begun(&mut web);
    web.advance(start().after(Duration::from_mins(10)), &Nothing);
    assert_eq!(truth(&web, &ours), ("ROLLBACK_FAILED", Some("circuit breaker")));
    assert!(web.tasks.values().filter(|task| task.revision.arn == "web:old" && task.is_running()).count() == 2);
}

#[test]
fn somebody_stops_it() {
    let table: [(Stop, &[&str], usize); 2] = [
        (Stop::Rollback, &["5 ROLLBACK_REQUESTED", "6 ROLLBACK_IN_PROGRESS", "36 ROLLBACK_SUCCESSFUL"], 2),
        (Stop::Abort, &["5 STOP_REQUESTED", "6 STOPPED"], 0),
    ];
    for (how, expected, back) in table {
        let mut web = service(2, Rules::default(), false);
        let fates = Fates(Ok(Fate::Runs));
        let ours = begun(&mut web);
        let now = start().after(Duration::from_secs(5));
        web.advance(now, &fates);
        assert_eq!(web.stop_deployment(&ours, how, now), Ok(()));
        assert_eq!(web.stop_deployment(&ours, how, now), Ok(()), "it is stopping already");
        assert_eq!(course(&mut web, &ours, &fates, 5, 300), expected);
        assert_eq!(web.stop_deployment(&ours, how, now), Err(NotStopped::Over));
        assert_eq!(truth(&web, &ours).1, Some("stopped"));
        let number = &web.primary().expect("a deployment").id;
        let old = web.tasks.values().filter(|task| task.revision.arn == "web:old" && task.deployment == *number);
        assert_eq!(old.filter(|task| task.is_running()).count(), back, "{how:?}");
    }
}

#[test]
fn a_newer_one_supersedes_it_and_both_are_remembered() {
    let mut web = service(2, Rules::default(), false);
    let fates = Fates(Ok(Fate::Runs));
    let ours = begun(&mut web);
    let now = start().after(Duration::from_secs(5));
    web.advance(now, &fates);
    web.deploy(revision("new"), now);
    let theirs = web.current().expect("a service deployment").id.clone();
    assert_ne!(ours, theirs);
    assert_eq!(course(&mut web, &ours, &fates, 5, 100), ["5 STOP_REQUESTED", "6 STOPPED"]);
    assert_eq!(truth(&web, &ours), ("STOPPED", Some("superseded")));
    assert_eq!(truth(&web, &theirs), ("SUCCESSFUL", None));
    let begins = web.history.iter().map(|one| one.sources.len()).collect::<Vec<_>>();
    assert_eq!(begins, [0, 1, 2], "what ran when each began");
}
