//! Rollouts that failed, each with its kind and its sentence.

use super::super::observation::RolloutState::{Completed, Failed, InProgress};
use super::super::{FailureKind, Observation, Other, Policy, Stage, Superseded, Until, Verdict, judge};
use super::judge::verdict;
use super::{NOW, OURS, THEIRS, definition, deployment, seen, target, task};

fn failure(seen: &Observation) -> (FailureKind, String) {
    match verdict(seen, Until::Deployed) {
        Verdict::Failed(failure) => {
            assert_eq!(failure.deployment, OURS);
            assert_eq!(failure.to_string(), failure.reason);
            (failure.kind, failure.reason)
        }
        other => panic!("no failure: {other:?}"),
    }
}

#[test]
fn ecs_says_that_ours_failed_and_why() {
    let mut ours = deployment(OURS, "PRIMARY", Some(Failed), 8, (3, 0, 0));
    ours.reason = Some("ECS deployment circuit breaker: tasks failed to start.".into());
    assert_eq!(
        failure(&seen(vec![ours.clone()], vec![])),
        (
            FailureKind::CircuitBreaker,
            "deployment ecs-svc/2 failed: ECS deployment circuit breaker: tasks failed to start.".into()
        )
    );
    // it stays listed while the service goes back
    ours.status = "ACTIVE".into();
    let back = deployment(THEIRS, "PRIMARY", Some(Completed), 7, (3, 0, 3));
    assert_eq!(failure(&seen(vec![back, ours], vec![])).0, FailureKind::CircuitBreaker);
}

#[test]
fn a_rollback_that_ended_well_is_a_failed_release() {
    let mut back = deployment("ecs-svc/3", "PRIMARY", Some(Completed), 7, (3, 0, 3));
    let (kind, reason) = failure(&seen(vec![back.clone()], vec![]));
    assert_eq!(kind, FailureKind::RolledBack);
    assert_eq!(reason, "deployment ecs-svc/2 was rolled back to web:7 by ecs-svc/3");

    // told by its reason, whatever it goes back to
    back.task_definition = definition(9);
    back.reason = Some("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.".into());
    let (kind, reason) = failure(&seen(vec![back.clone()], vec![]));
    assert_eq!(kind, FailureKind::RolledBack);
    assert!(
        reason.ends_with("by ecs-svc/3: ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."),
        "{reason}"
    );

    // told by what ran before
    back.reason = None;
    let mut target = target(Until::Drained);
    target.previous = Some("web:9".into());
    let verdict = judge(&seen(vec![back], vec![]), &target, Policy::default(), NOW);
    let Verdict::Failed(failure) = verdict else { panic!("{verdict:?}") };
    assert_eq!(failure.kind, FailureKind::RolledBack);
    assert_eq!(failure.other, Some(Other { deployment: "ecs-svc/3".into(), task_definition: definition(9) }));
}

#[test]
fn someone_else_deployed_after_us() {
    for (revision, name) in [(9, "web:9"), (8, "web:8")] {
        let newer = deployment("ecs-svc/3", "PRIMARY", Some(Completed), revision, (3, 0, 3));
        let ours = deployment(OURS, "ACTIVE", Some(InProgress), 8, (3, 0, 3));
        for deployments in [vec![newer.clone()], vec![newer.clone(), ours]] {
            let expected = Superseded {
                reason: format!("deployment ecs-svc/2 was replaced by ecs-svc/3, which runs {name}"),
                deployment: OURS.into(),
                by: Other { deployment: "ecs-svc/3".into(), task_definition: definition(revision) },
            };
            let verdict = verdict(&seen(deployments, vec![]), Until::Deployed);
            assert!(verdict.is_final() && verdict.is_out_of_our_hands());
            assert_eq!(verdict, Verdict::Superseded(expected));
        }
    }
}

#[test]
fn our_id_on_another_definition_is_not_what_we_deployed() {
    let ours = deployment(OURS, "PRIMARY", Some(Completed), 7, (3, 0, 3));
    assert_eq!(
        failure(&seen(vec![ours], vec![])),
        (FailureKind::OtherDefinition, "deployment ecs-svc/2 runs web:7, and web:8 was deployed".into())
    );
}

#[test]
fn a_service_without_deployments_or_being_deleted_fails() {
    let mut empty = seen(vec![], vec![]);
    assert_eq!(failure(&empty), (FailureKind::Gone, "the service `web` has no deployment ecs-svc/2".into()));
    empty.controller = Some("CODE_DEPLOY".into());
    assert_eq!(failure(&empty).1, "the service `web` has no deployment ecs-svc/2; its controller is CODE_DEPLOY");
    empty.status = "DRAINING".into();
    assert_eq!(failure(&empty), (FailureKind::ServiceGone, "the service `web` is DRAINING".into()));
}

/// An observation in which `failed` tasks of ours ended at once, of `desired`, while `running` run.
fn crashing(failed: usize, desired: u64, running: u64) -> Observation {
    let tasks = (0..failed).map(|n| {
        let mut task = task(&n.to_string(), OURS, "STOPPED", "STOPPED");
        task.stop_code = Some("EssentialContainerExited".into());
        task
    });
    seen(vec![deployment(OURS, "PRIMARY", Some(InProgress), 8, (desired, 0, running))], tasks.collect())
}

#[test]
fn a_crash_loop_fails_once_as_many_tasks_failed_as_the_breaker_would_allow() {
    let fails = |seen: &Observation, policy: Policy| matches!(judge(seen, &target(Until::Deployed), policy, NOW), Verdict::Failed(f) if f.kind == FailureKind::CrashLoop);
    let policy = Policy::default();
    for (failed, desired, running, expected) in
        [(2, 1, 0, false), (3, 1, 0, true), (3, 2, 1, false), (4, 10, 0, false), (5, 10, 0, true)]
    {
        assert_eq!(
            fails(&crashing(failed, desired, running), policy),
            expected,
            "{failed} of {desired}, {running} run"
        );
    }
    // where the breaker is on it has its chance first
    let mut guarded = crashing(5, 1, 0);
    guarded.breaker = true;
    assert!(!fails(&guarded, policy));
    let mut guarded = crashing(6, 1, 0);
    guarded.breaker = true;
    assert!(fails(&guarded, policy));
    // ECS counts too, also where no stopped task was listed
    let mut counted = crashing(0, 1, 0);
    if let Some(ours) = counted.deployments.first_mut() {
        ours.failed = 3;
    }
    assert!(fails(&counted, policy));
    assert!(!fails(&counted, Policy { crash_loop: 0, ..Policy::default() }));
    assert!(fails(&counted, Policy { crash_loop: 1, ..Policy::default() }));
    assert_eq!(failure(&counted).1, "3 tasks of deployment ecs-svc/2 failed and none runs");
}

#[test]
fn tasks_that_ended_for_other_reasons_or_of_others_are_no_crash_loop() {
    let mut seen = crashing(9, 1, 0);
    for (n, task) in seen.tasks.iter_mut().enumerate() {
        match n % 3 {
            0 => task.stop_code = Some("SpotInterruption".into()),
            1 => task.stop_code = Some("UserInitiated".into()),
            _ => task.started_by = Some(THEIRS.into()),
        }
    }
    let verdict = verdict(&seen, Until::Deployed);
    assert_eq!(verdict, Verdict::Running { stage: Stage::Starting, waiting_for: "1 of 1 tasks to run".into() });
}
