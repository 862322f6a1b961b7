//! What `DescribeServiceDeployments` answers, as a record.

use serde_json::json;

use super::super::diagnosis;
use super::super::{
    Alarms, Breaker, Hook, Observation, Revision, Rollback, ServiceDeployment, Snapshot, Status, Until,
};
use super::{pinned, record, target};

#[test]
fn a_service_deployment_is_read() {
    let document = json!({
        "serviceDeploymentArn": "arn:d", "status": "ROLLBACK_IN_PROGRESS", "statusReason": "why",
        "lifecycleStage": "BAKE_TIME", "createdAt": 100.5, "stoppedAt": 130,
        "deploymentConfiguration": {
            "strategy": "CANARY", "bakeTimeInMinutes": 5, "sourceServiceRevisionCleanup": "DEFERRED",
        },
        "targetServiceRevision": {
            "arn": "arn:r/2", "requestedTaskCount": 3, "runningTaskCount": 2, "pendingTaskCount": 1,
            "requestedProductionTrafficWeight": 10, "requestedTestTrafficWeight": 100.0,
        },
        "sourceServiceRevisions": [{ "arn": "arn:r/1", "runningTaskCount": 3 }],
        "rollback": { "reason": "alarm", "serviceRevisionArn": "arn:r/1", "startedAt": 120 },
        "deploymentCircuitBreaker": { "status": "TRIGGERED", "failureCount": 3, "threshold": 3 },
        "alarms": { "status": "TRIGGERED", "alarmNames": ["a", "b"], "triggeredAlarmNames": ["b"] },
        "lifecycleHookDetails": [{
            "hookId": "h", "targetType": "PAUSE", "status": "AWAITING_ACTION", "expiresAt": 200, "timeoutAction": "ROLLBACK",
        }],
    });
    let expected = ServiceDeployment {
        arn: "arn:d".into(),
        status: Status::RollbackInProgress,
        reason: Some("why".into()),
        stage: Some("BAKE_TIME".into()),
        strategy: Some("CANARY".into()),
        bake_minutes: 5,
        cleanup_deferred: true,
        target: Revision {
            arn: "arn:r/2".into(),
            requested: 3,
            pending: 1,
            running: 2,
            production_weight: Some(10.0),
            test_weight: Some(100.0),
        },
        sources: vec![Revision { arn: "arn:r/1".into(), running: 3, ..Revision::default() }],
        rollback: Some(Rollback { reason: Some("alarm".into()), revision: Some("arn:r/1".into()) }),
        breaker: Some(Breaker { triggered: true, watches: false, failures: 3, threshold: 3 }),
        alarms: Some(Alarms { triggered: true, names: vec!["a".into(), "b".into()], gone_off: vec!["b".into()] }),
        hooks: vec![Hook {
            id: "h".into(),
            kind: "PAUSE".into(),
            status: "AWAITING_ACTION".into(),
            function: None,
            expires_at: Some(200.0),
            timeout_action: Some("ROLLBACK".into()),
            stage: Some("BAKE_TIME".into()),
            deployment: "arn:d".into(),
        }],
        created_at: Some(100.5),
        finished_at: Some(130.0),
    };
    assert_eq!(ServiceDeployment::of(&document), Some(expected));
    let bare = ServiceDeployment { arn: "x".into(), ..ServiceDeployment::default() };
    assert_eq!(ServiceDeployment::of(&json!({ "serviceDeploymentArn": "x" })), Some(bare));
    assert_eq!(ServiceDeployment::of(&json!({ "status": "SUCCESSFUL" })), None);
}

#[test]
fn people_watch_stage_traffic_and_the_hook_that_waits() {
    let mut one = record(Status::InProgress);
    one.stage = Some("PRODUCTION_TRAFFIC_SHIFT".into());
    one.target.production_weight = Some(10.0);
    one.sources[0].running = 3;
    one.hooks =
        vec![Hook { id: "h1".into(), status: "AWAITING_ACTION".into(), stage: one.stage.clone(), ..Hook::default() }];
    let shown = |one: &ServiceDeployment| {
        let snapshot = Snapshot::of(&pinned(one.clone()), &target(Until::Drained));
        let json = serde_json::to_string(&snapshot).expect("JSON");
        assert_eq!(serde_json::from_str::<Snapshot>(&json).expect("a snapshot"), snapshot);
        snapshot.to_string()
    };
    assert_eq!(
        shown(&one),
        "web:8: 3 of 3 running; old: 3; 10% of the traffic; PRODUCTION_TRAFFIC_SHIFT; hook h1 at \
         PRODUCTION_TRAFFIC_SHIFT waits for an answer"
    );
    one.hooks.clear();
    one.status = Status::RollbackInProgress;
    assert_eq!(
        shown(&one),
        "web:8: 3 of 3 running; old: 3; 10% of the traffic; PRODUCTION_TRAFFIC_SHIFT; ROLLBACK_IN_PROGRESS"
    );
    // what a plain rolling one does not have is not in the JSON either
    let plain = Snapshot::of(&Observation { service_deployment: None, ..pinned(one) }, &target(Until::Drained));
    let members = serde_json::to_value(&plain).expect("JSON");
    let members: Vec<_> = members.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(members, ["service", "task_definition", "new", "old", "event"]);
}

#[test]
fn what_guards_a_deployment_is_part_of_its_diagnosis() {
    let mut one = record(Status::RollbackInProgress);
    one.breaker = Some(Breaker { triggered: true, watches: false, failures: 3, threshold: 3 });
    one.alarms = Some(Alarms { triggered: true, names: vec![], gone_off: vec!["errors".into()] });
    one.hooks = vec![
        Hook { id: "h1".into(), status: "TIMED_OUT".into(), stage: Some("PRE_SCALE_UP".into()), ..Hook::default() },
        Hook { status: "FAILED".into(), function: Some("arn:f".into()), ..Hook::default() },
    ];
    let found = diagnosis(&pinned(one), &target(Until::Drained));
    let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "the deployment circuit breaker counted 3 failed tasks of the 3 it allows",
            "alarm errors went off",
            "hook h1 at PRE_SCALE_UP had no answer in time",
            "hook without an id (arn:f) failed",
        ]
    );
    let hinted: Vec<_> = found.iter().map(|finding| finding.hint.is_some()).collect();
    assert_eq!(hinted, [false, true, true, true]);
}
