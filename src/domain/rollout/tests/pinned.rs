//! Rollouts of which ECS keeps a record: pinned, superseded, held up, drained, and why they failed.

use super::super::observation::RolloutState::{Completed, InProgress};
use super::super::{
    Alarms, Breaker, FailureKind, Hook, Observation, Policy, Rollback, ServiceDeployment, Stage, Status, Task, Until,
    Verdict, judge,
};
use super::{NOW, OURS, THEIRS, definition, deployment, pinned, record, seen, target, task};

fn verdict(seen: &Observation, until: Until) -> Verdict {
    judge(seen, &target(until), Policy::default(), NOW)
}

fn drained(seen: &Observation) -> Verdict {
    verdict(seen, Until::Drained)
}

const DONE: Verdict = Verdict::Done { reached: Until::Drained };

#[test]
fn a_record_of_another_deployment_is_not_believed() {
    let mut theirs = record(Status::Successful);
    theirs.target.arn = theirs.target.arn.replace("/2", "/3");
    let mut seen = pinned(theirs);
    seen.deployments[0].rollout_state = Some(InProgress);
    seen.deployments[0].running = 1;
    assert!(matches!(drained(&seen), Verdict::Running { stage: Stage::Starting, .. }));
    // digits that only end alike are others
    let mut longer = record(Status::Successful);
    longer.target.arn = longer.target.arn.replace("/2", "/12");
    seen.service_deployment = Some(longer);
    assert!(!drained(&seen).is_final());
    // a record that does not tell its revision is ours where UpdateService named it
    let mut bare = record(Status::Successful);
    bare.target.arn.clear();
    let mut named = target(Until::Deployed);
    seen.service_deployment = Some(bare.clone());
    assert!(!judge(&seen, &named, Policy::default(), NOW).is_final());
    named.service_deployment = Some(bare.arn);
    assert_eq!(judge(&seen, &named, Policy::default(), NOW), Verdict::Done { reached: Until::Deployed });
}

#[test]
fn drained_is_only_what_is_seen_to_be() {
    let left = |tasks: Vec<Task>| {
        let seen = Observation { tasks, ..pinned(record(Status::Successful)) };
        drained(&seen)
    };
    assert_eq!(left(vec![task("a", THEIRS, "STOPPED", "STOPPED"), task("b", OURS, "RUNNING", "RUNNING")]), DONE);
    let running = |waiting_for: &str| Verdict::Running { stage: Stage::Draining, waiting_for: waiting_for.into() };
    assert_eq!(
        left(vec![task("a", THEIRS, "DEACTIVATING", "STOPPED")]),
        running("1 tasks and 0 deployments of before to end")
    );
    let protected = Task { protected: true, ..task("a", THEIRS, "RUNNING", "RUNNING") };
    assert_eq!(
        left(vec![protected]),
        running("1 tasks and 0 deployments of before to end (1 of the tasks are protected)")
    );
    let mut seen = pinned(record(Status::Successful));
    seen.draining_targets = Some(2);
    assert_eq!(drained(&seen), running("0 tasks and 0 deployments of before to end, and 2 targets to drain"));
    seen.draining_targets = Some(0);
    assert_eq!(drained(&seen), DONE);
    seen.deployments.push(deployment(THEIRS, "ACTIVE", Some(Completed), 7, (0, 0, 1)));
    if let Some(record) = seen.service_deployment.as_mut() {
        record.cleanup_deferred = true;
    }
    assert_eq!(
        drained(&seen),
        running("0 tasks and 1 deployments of before to end; their cleanup is deferred, which may take two weeks")
    );
    assert_eq!(verdict(&seen, Until::Deployed), Verdict::Done { reached: Until::Deployed });
}

#[test]
fn a_description_that_lags_behind_the_record_is_waited_for() {
    let mut old = deployment(THEIRS, "PRIMARY", Some(Completed), 7, (3, 0, 3));
    old.created_at = Some(50.0);
    for deployments in [vec![], vec![old]] {
        let seen = Observation { service_deployment: Some(record(Status::Successful)), ..seen(deployments, vec![]) };
        let waiting =
            Verdict::Running { stage: Stage::Draining, waiting_for: "the service's description to show that".into() };
        assert_eq!(drained(&seen), waiting);
        assert_eq!(verdict(&seen, Until::Deployed), Verdict::Done { reached: Until::Deployed });
    }
}

#[test]
fn whose_deployment_has_taken_its_place_is_named() {
    let mut newer = deployment("ecs-svc/3", "PRIMARY", Some(InProgress), 9, (3, 0, 0));
    newer.created_at = Some(200.0);
    for status in [Status::Stopped, Status::Successful] {
        let seen = Observation { service_deployment: Some(record(status)), ..seen(vec![newer.clone()], vec![]) };
        let Verdict::Superseded(superseded) = drained(&seen) else { panic!("{:?}", drained(&seen)) };
        assert_eq!(superseded.deployment, OURS);
        assert_eq!((superseded.by.deployment, superseded.by.task_definition), ("ecs-svc/3".into(), definition(9)));
        // what had been reached before stays true
        let deployed = verdict(&seen, Until::Deployed);
        assert_eq!(matches!(deployed, Verdict::Done { .. }), status == Status::Successful, "{deployed:?}");
    }
    // while the record says that it goes on, it does
    let seen = Observation { service_deployment: Some(record(Status::InProgress)), ..seen(vec![newer], vec![]) };
    assert!(!drained(&seen).is_final());
}

#[test]
fn the_class_of_a_failure_is_its_cause() {
    let because =
        |reason: &str| ServiceDeployment { reason: Some(reason.into()), ..record(Status::RollbackSuccessful) };
    let hook = |status: &str| ServiceDeployment {
        hooks: vec![Hook { id: "h".into(), status: status.into(), ..Hook::default() }],
        ..record(Status::RollbackSuccessful)
    };
    let breaker = Breaker { triggered: true, watches: false, failures: 3, threshold: 3 };
    let alarms = Alarms { triggered: false, names: vec!["errors".into()], gone_off: vec!["errors".into()] };
    let rows = [
        (ServiceDeployment { breaker: Some(breaker), ..because("x") }, FailureKind::CircuitBreaker),
        (ServiceDeployment { alarms: Some(alarms), ..because("x") }, FailureKind::Alarm),
        (hook("TIMED_OUT"), FailureKind::HookTimedOut),
        (hook("FAILED"), FailureKind::HookFailed),
        (hook("SUCCEEDED"), FailureKind::RolledBack),
        (because("Deployment failed due to the circuit breaker."), FailureKind::CircuitBreaker),
        (because("Alarms went off: errors"), FailureKind::Alarm),
        (because("The lifecycle hook timed out"), FailureKind::HookTimedOut),
        (because("The lifecycle hook failed"), FailureKind::HookFailed),
        (because("StopServiceDeployment was called"), FailureKind::Stopped),
        (because("something else"), FailureKind::RolledBack),
        (record(Status::Stopped), FailureKind::Stopped),
    ];
    for (record, kind) in rows {
        let Verdict::Failed(failure) = drained(&pinned(record.clone())) else { panic!("{record:?}") };
        assert_eq!(failure.kind, kind, "{record:?}");
    }
    // reason and rollback's reason are both told, each once
    for (reason, rollback, told) in [
        (Some("a"), Some("b"), ": a: b"),
        (Some("a"), Some("a, since b"), ": a, since b"),
        (None, Some("b"), ": b"),
        (Some("a"), None, ": a"),
        (None, None, ""),
    ] {
        let rollback = rollback.map(|why| Rollback { reason: Some(why.into()), revision: None });
        let reason = reason.map(str::to_owned);
        let failed = ServiceDeployment { reason, rollback, ..record(Status::RollbackFailed) };
        let Verdict::Failed(failure) = drained(&pinned(failed)) else { panic!("it has failed") };
        assert_eq!(failure.reason, format!("deployment ecs-svc/2 failed, and so did its rollback{told}"));
    }
}

#[test]
fn a_hook_that_waits_for_an_answer_is_told_until_it_is_answered() {
    let hook = Hook { id: "h1".into(), status: "AWAITING_ACTION".into(), kind: "PAUSE".into(), ..Hook::default() };
    let mut held = record(Status::InProgress);
    held.hooks = vec![Hook { id: "h0".into(), status: "SUCCEEDED".into(), ..Hook::default() }, hook.clone()];
    let seen = pinned(held);
    assert_eq!(drained(&seen), Verdict::Awaiting(Box::new(hook)));
    let mut answered = target(Until::Drained);
    answered.answered = vec!["h1".into()];
    let verdict = judge(&seen, &answered, Policy::default(), NOW);
    assert_eq!(verdict, Verdict::Running { stage: Stage::Serving, waiting_for: "ecs-svc/2 to be completed".into() });
}

#[test]
fn shifted_traffic_is_traffic_only_once_it_is_all_shifted() {
    let at = |strategy: &str, stage: &str, percent: Option<f64>, running: u64| {
        let mut one = record(Status::InProgress);
        one.strategy = Some(strategy.into());
        one.stage = (!stage.is_empty()).then(|| stage.to_owned());
        one.target.production_weight = percent;
        one.target.running = running;
        let mut seen = pinned(one);
        seen.deployments[0].rollout_state = Some(InProgress);
        verdict(&seen, Until::Traffic)
    };
    let done = Verdict::Done { reached: Until::Traffic };
    let running = |waiting_for: &str| Verdict::Running { stage: Stage::Starting, waiting_for: waiting_for.into() };
    for (strategy, stage, percent, tasks, expected) in [
        ("ROLLING", "", None, 3, done.clone()),
        ("ROLLING", "", None, 2, running("1 of 3 tasks to run")),
        ("BLUE_GREEN", "SCALE_UP", Some(0.0), 1, running("2 of 3 tasks to run (SCALE_UP)")),
        ("BLUE_GREEN", "TEST_TRAFFIC_SHIFT", Some(0.0), 3, running("the traffic to be shifted (TEST_TRAFFIC_SHIFT)")),
        (
            "BLUE_GREEN",
            "PRODUCTION_TRAFFIC_SHIFT",
            Some(100.0),
            3,
            running("the traffic to be shifted (PRODUCTION_TRAFFIC_SHIFT)"),
        ),
        ("BLUE_GREEN", "BAKE_TIME", Some(100.0), 3, done.clone()),
        ("CANARY", "BAKE_TIME", Some(10.0), 3, running("the traffic to be shifted (BAKE_TIME)")),
        ("LINEAR", "CLEAN_UP", None, 3, done),
    ] {
        assert_eq!(at(strategy, stage, percent, tasks), expected, "{strategy} {stage} {percent:?}");
    }
}

#[test]
fn a_crash_loop_is_judged_beside_a_record_too() {
    let mut ours = record(Status::InProgress);
    ours.target.running = 0;
    ours.breaker = Some(Breaker { triggered: false, watches: false, failures: 3, threshold: 3 });
    let kind = |ours: &ServiceDeployment| match drained(&pinned_beside(ours, 0)) {
        Verdict::Failed(failure) => Some(failure.kind),
        _ => None,
    };
    assert_eq!(kind(&ours), Some(FailureKind::CrashLoop));
    // where the breaker watches, it goes first
    ours.breaker = Some(Breaker { triggered: false, watches: true, failures: 3, threshold: 3 });
    assert_eq!(kind(&ours), None);
}

fn pinned_beside(record: &ServiceDeployment, running: u64) -> Observation {
    let ours = deployment(OURS, "PRIMARY", Some(InProgress), 8, (3, 0, running));
    Observation { service_deployment: Some(record.clone()), ..seen(vec![ours], vec![]) }
}

#[test]
fn tasks_that_run_for_a_moment_do_not_hide_a_crash_loop() {
    let ended = |id: &str| Task {
        stop_code: Some("EssentialContainerExited".into()),
        started_at: Some(900.0),
        stopped_at: Some(930.0),
        ..task(id, OURS, "STOPPED", "STOPPED")
    };
    let runs = |since: f64, health: &str| Task {
        started_at: Some(since),
        health: Some(health.into()),
        ..task("r", OURS, "RUNNING", "RUNNING")
    };
    let mut ours = record(Status::InProgress);
    ours.target.running = 1;
    let fails = |newest: Task| {
        let tasks = vec![ended("a"), ended("b"), ended("c"), newest];
        let seen = Observation { tasks, ..pinned_beside(&ours, 1) };
        matches!(drained(&seen), Verdict::Failed(failure) if failure.kind == FailureKind::CrashLoop)
    };
    assert!(fails(runs(NOW - 5.0, "UNKNOWN")));
    assert!(!fails(runs(NOW - 5.0, "HEALTHY")));
    assert!(!fails(runs(NOW - 31.0, "UNKNOWN")), "it has outlived those that failed");
    assert!(!fails(task("x", THEIRS, "RUNNING", "RUNNING")), "the one that runs is not known");
}
