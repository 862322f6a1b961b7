//! A service deployment out of what `DescribeServiceDeployments` answers.

use serde_json::Value;

use super::read::{count, list, number, text};
use super::service_deployment::{Alarms, Breaker, Hook, Revision, Rollback, ServiceDeployment, Status};

impl ServiceDeployment {
    /// Reads one; `None` for what has no ARN. What is absent is taken as nothing.
    pub fn of(value: &Value) -> Option<Self> {
        let arn = text(value, "serviceDeploymentArn")?;
        let stage = text(value, "lifecycleStage");
        let hooks = list(value, "lifecycleHookDetails").map(|value| hook(value, stage.as_deref(), &arn)).collect();
        let configuration = value.get("deploymentConfiguration").unwrap_or(&Value::Null);
        let texts = |value: &Value, member: &str| {
            list(value, member).filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        Some(Self {
            arn,
            status: text(value, "status").map_or_else(Status::default, |status| Status::of(&status)),
            reason: text(value, "statusReason"),
            strategy: text(configuration, "strategy"),
            bake_minutes: count(configuration, "bakeTimeInMinutes"),
            cleanup_deferred: text(configuration, "sourceServiceRevisionCleanup").as_deref() == Some("DEFERRED"),
            target: value.get("targetServiceRevision").map(revision).unwrap_or_default(),
            sources: list(value, "sourceServiceRevisions").map(revision).collect(),
            rollback: value.get("rollback").filter(|rollback| rollback.is_object()).map(|rollback| Rollback {
                reason: text(rollback, "reason"),
                revision: text(rollback, "serviceRevisionArn"),
            }),
            breaker: value.get("deploymentCircuitBreaker").and_then(|breaker| {
                let status = text(breaker, "status")?;
                Some(Breaker {
                    triggered: status == "TRIGGERED",
                    watches: status == "MONITORING",
                    failures: count(breaker, "failureCount"),
                    threshold: count(breaker, "threshold"),
                })
            }),
            alarms: value.get("alarms").and_then(|alarms| {
                let triggered = text(alarms, "status")? == "TRIGGERED";
                let gone_off = texts(alarms, "triggeredAlarmNames");
                Some(Alarms { triggered, names: texts(alarms, "alarmNames"), gone_off })
            }),
            hooks,
            created_at: number(value, "createdAt"),
            finished_at: number(value, "finishedAt").or_else(|| number(value, "stoppedAt")),
            stage,
        })
    }
}

fn revision(value: &Value) -> Revision {
    Revision {
        arn: text(value, "arn").unwrap_or_default(),
        requested: count(value, "requestedTaskCount"),
        pending: count(value, "pendingTaskCount"),
        running: count(value, "runningTaskCount"),
        production_weight: number(value, "requestedProductionTrafficWeight"),
        test_weight: number(value, "requestedTestTrafficWeight"),
    }
}

fn hook(value: &Value, stage: Option<&str>, deployment: &str) -> Hook {
    Hook {
        id: text(value, "hookId").unwrap_or_default(),
        kind: text(value, "targetType").unwrap_or_default(),
        status: text(value, "status").unwrap_or_default(),
        function: text(value, "targetArn"),
        expires_at: number(value, "expiresAt"),
        timeout_action: text(value, "timeoutAction"),
        stage: stage.map(str::to_owned),
        deployment: deployment.to_owned(),
    }
}
