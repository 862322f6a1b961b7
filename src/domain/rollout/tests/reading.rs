//! What ECS answers, as an observation.

use serde_json::{Value, json};

use super::super::{Container, Deployment, Event, Observation, ObservationError, RolloutState, Task};

#[test]
fn a_service_and_its_tasks_are_read() {
    let service = json!({
        "serviceName": "web", "status": "ACTIVE", "deploymentController": { "type": "ECS" },
        "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } },
        "deployments": [{
            "id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "COMPLETED", "rolloutStateReason": "completed.",
            "taskDefinition": "arn:8", "desiredCount": 3, "pendingCount": 1, "runningCount": 2, "failedTasks": 4,
            "createdAt": 100.5,
        }],
        "events": [{ "id": "e", "createdAt": 101.25, "message": "hello" }],
    });
    let tasks = [
        json!({
            "taskArn": "arn:aws:ecs:ap-northeast-1:222222222222:task/prod/abc", "startedBy": "ecs-svc/2",
            "group": "service:web", "taskDefinitionArn": "arn:8", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
            "startedAt": 102.5, "stoppingAt": 110, "stoppedAt": 120,
            "healthStatus": "UNHEALTHY", "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited",
            "containers": [{
                "name": "app", "exitCode": 1, "reason": "why", "image": "shop:2", "imageDigest": "sha256:1",
                "healthStatus": "UNKNOWN",
            }],
        }),
        json!({ "taskArn": "one-off", "group": "family:web", "startedBy": "someone" }),
    ];
    let seen = Observation::of(&service, &tasks).expect("a service");
    let expected = Observation {
        service: "web".into(),
        status: "ACTIVE".into(),
        breaker: true,
        controller: Some("ECS".into()),
        deployments: vec![Deployment {
            id: "ecs-svc/2".into(),
            status: "PRIMARY".into(),
            rollout_state: Some(RolloutState::Completed),
            reason: Some("completed.".into()),
            task_definition: "arn:8".into(),
            desired: 3,
            pending: 1,
            running: 2,
            failed: 4,
            created_at: Some(100.5),
        }],
        events: vec![Event { id: "e".into(), created_at: Some(101.25), message: "hello".into() }],
        tasks: vec![Task {
            arn: "arn:aws:ecs:ap-northeast-1:222222222222:task/prod/abc".into(),
            started_by: Some("ecs-svc/2".into()),
            task_definition: "arn:8".into(),
            last_status: "STOPPED".into(),
            desired_status: "STOPPED".into(),
            stop_code: Some("EssentialContainerExited".into()),
            stopped_reason: Some("Essential container in task exited".into()),
            containers: vec![Container {
                name: "app".into(),
                exit_code: Some(1),
                reason: Some("why".into()),
                image: Some("shop:2".into()),
                image_digest: Some("sha256:1".into()),
                health: Some("UNKNOWN".into()),
            }],
            health: Some("UNHEALTHY".into()),
            started_at: Some(102.5),
            stopped_at: Some(110.0),
            ..Task::default()
        }],
        ..Observation::default()
    };
    assert_eq!(seen, expected);
    assert_eq!(seen.tasks.first().map(Task::short_id), Some("abc"));
    let json = serde_json::to_string(&seen).expect("JSON");
    assert_eq!(serde_json::from_str::<Observation>(&json).expect("an observation"), seen);
}

#[test]
fn what_is_absent_is_nothing() {
    let seen = Observation::of(&json!({ "serviceName": "web", "deployments": [{}] }), &[json!({})]).expect("a service");
    assert_eq!(seen.deployments, [Deployment::default()]);
    assert_eq!(seen.tasks, [Task::default()]);
    assert_eq!((seen.breaker, seen.controller, seen.events), (false, None, vec![]));
}

#[test]
fn rollout_states_are_known_or_under_way() {
    for (state, expected) in [
        (json!("COMPLETED"), Some(RolloutState::Completed)),
        (json!("FAILED"), Some(RolloutState::Failed)),
        (json!("IN_PROGRESS"), Some(RolloutState::InProgress)),
        (json!("OF_TOMORROW"), Some(RolloutState::InProgress)),
        (json!(""), None),
        (Value::Null, None),
    ] {
        let service = json!({ "serviceName": "web", "deployments": [{ "rolloutState": state }] });
        let seen = Observation::of(&service, &[]).expect("a service");
        assert_eq!(seen.deployments.first().map(|d| d.rollout_state), Some(expected), "{state}");
    }
}

#[test]
fn what_is_no_service_says_why() {
    assert_eq!(Observation::of(&json!([]), &[]), Err(ObservationError::NotAnObject));
    assert_eq!(Observation::of(&json!({ "status": "ACTIVE" }), &[]), Err(ObservationError::NoName));
}
