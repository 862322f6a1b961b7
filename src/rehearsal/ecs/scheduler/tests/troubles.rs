//! What goes wrong beside images and exits: alarms, capacity, protection, flapping; and bake times and early successes.

use std::time::Duration;

use super::super::*;
use super::*;

/// New images have a fate; there may be no room for a while, and an alarm may go off.
struct Troubled {
    fate: Fate,
    room_from: u64,
    alarm: Option<u64>,
}

const CALM: Troubled = Troubled { fate: Fate::Runs, room_from: 0, alarm: None };

impl Surroundings for Troubled {
    fn start(&self, _: &Place, _: &str, image: &str) -> Result<Started, String> {
        let fate = if image == "new" { self.fate.clone() } else { Fate::Runs };
        Ok(Started { digest: image.to_owned(), fate })
    }

    fn room(&self, _: &Place, _: &[&str], at: Moment) -> Result<(), String> {
        let free = start().after(Duration::from_secs(self.room_from));
        if at < free { Err("no container instance met all of its requirements.".to_owned()) } else { Ok(()) }
    }

    fn alarm(&self, _: &Place, name: &str, images: &[&str]) -> Option<Duration> {
        assert_eq!(name, "errors");
        self.alarm.filter(|_| images == ["new"]).map(Duration::from_secs)
    }
}

/// `second STATUS` whenever the status of the newest service deployment changes.
fn course(web: &mut Service, world: &Troubled, seconds: u64) -> Vec<String> {
    let mut lines: Vec<(u64, &'static str)> = Vec::new();
    for second in 0..=seconds {
        web.advance(start().after(Duration::from_secs(second)), world);
        let status = web.current().map_or("?", |one| one.status.name());
        if lines.last().is_none_or(|(_, last)| *last != status) {
            lines.push((second, status));
        }
    }
    lines.into_iter().map(|(second, status)| format!("{second} {status}")).collect()
}

fn begun(rules: Rules) -> Service {
    let mut web = service(2, rules, false);
    web.deploy(revision("new"), start());
    web
}

fn alarms(rollback: bool) -> Rules {
    let alarms = Some(Alarms { names: vec!["errors".to_owned()], rollback });
    Rules { alarms, bake: Duration::from_mins(2), ..Rules::default() }
}

#[test]
fn a_bake_time_is_waited_for_and_an_alarm_in_it_counts() {
    let calm = course(&mut begun(alarms(true)), &CALM, 400);
    assert_eq!(calm, ["0 PENDING", "1 IN_PROGRESS", "151 SUCCESSFUL"]);
    let loud = Troubled { alarm: Some(90), ..CALM };
    let mut web = begun(alarms(true));
    assert_eq!(
        course(&mut web, &loud, 400),
        ["0 PENDING", "1 IN_PROGRESS", "90 ROLLBACK_REQUESTED", "91 ROLLBACK_IN_PROGRESS", "121 ROLLBACK_SUCCESSFUL"]
    );
    let current = web.current().expect("a service deployment");
    assert_eq!((current.cause.map(Cause::name), &current.triggered[..]), (Some("alarm"), &["errors".to_owned()][..]));
    let mut web = begun(alarms(false));
    assert_eq!(course(&mut web, &loud, 400), ["0 PENDING", "1 IN_PROGRESS", "90 STOPPED"]);
    assert_eq!(web.primary().map(|primary| primary.rollout.name()), Some("FAILED"));
    let late = Troubled { alarm: Some(500), ..CALM };
    assert!(course(&mut begun(alarms(true)), &late, 600).contains(&"151 SUCCESSFUL".to_owned()));
}

#[test]
fn without_room_there_is_no_task_but_an_event() {
    let mut web = begun(Rules::default());
    let world = Troubled { room_from: 65, ..CALM };
    web.advance(start().after(Duration::from_secs(64)), &world);
    assert!(web.tasks.values().all(|task| task.revision.arn == "web:old"));
    let told = messages(&web);
    assert_eq!(told, vec!["was unable to place a task because no container instance met all of its requirements."; 3]);
    assert_eq!(course(&mut web, &world, 300).last().map(String::as_str), Some("121 SUCCESSFUL"));
}

#[test]
fn protected_tasks_are_not_stopped_before_their_time() {
    let mut web = begun(Rules::default());
    web.protection = Some(Duration::from_mins(10));
    web.protect(start());
    assert_eq!(course(&mut web, &CALM, 900), ["0 PENDING", "1 IN_PROGRESS", "610 SUCCESSFUL"]);
}

#[test]
fn tasks_that_sicken_are_counted_where_health_does_not_reset_the_count() {
    let flapping = Troubled { fate: Fate::Sickens { after: Duration::from_secs(15) }, ..CALM };
    let mut web = begun(Rules { keeps_failures: true, ..breaker(true) });
    let lines = course(&mut web, &flapping, 600);
    assert_eq!(lines.last().map(|line| line.ends_with(" ROLLBACK_SUCCESSFUL")), Some(true), "{lines:?}");
    assert_eq!(web.current().and_then(|current| current.cause).map(Cause::name), Some("circuit breaker"));
    let mut web = begun(breaker(true));
    assert_eq!(course(&mut web, &flapping, 600), ["0 PENDING", "1 IN_PROGRESS"], "each healthy task resets it");
}

#[test]
fn an_early_success_comes_before_the_old_tasks_go_where_that_is_deferred() {
    let early = |deferred| Rules { early: Some(Early { healthy_percent: 100, deferred }), ..Rules::default() };
    let mut web = begun(early(true));
    assert_eq!(course(&mut web, &CALM, 100), ["0 PENDING", "1 IN_PROGRESS", "21 SUCCESSFUL"]);
    let old =
        |web: &Service| web.tasks.values().filter(|task| task.revision.arn == "web:old" && !task.stopping).count();
    assert_eq!(old(&web), 2, "they still run");
    web.advance(start().after(Duration::from_mins(4)), &CALM);
    assert_eq!((old(&web), web.deployments.len()), (0, 1));
    assert_eq!(course(&mut begun(early(false)), &CALM, 100), ["0 PENDING", "1 IN_PROGRESS", "28 SUCCESSFUL"]);
}
