//! Why a deployment failed, as ECS's record of it tells.

use super::service_deployment::{Hook, ServiceDeployment, Status};
use super::verdict::FailureKind;

/// The class of the cause: what was triggered goes before what the words say.
pub(super) fn cause(failed: &ServiceDeployment) -> FailureKind {
    if failed.breaker.as_ref().is_some_and(|breaker| breaker.triggered) {
        return FailureKind::CircuitBreaker;
    }
    if failed.alarms.as_ref().is_some_and(|alarms| alarms.triggered || !alarms.gone_off.is_empty()) {
        return FailureKind::Alarm;
    }
    let hook = |status: &str| {
        // one that nobody answered may have let the deployment go on
        let decided = |hook: &&Hook| status != "TIMED_OUT" || hook.timeout_action.as_deref() != Some("CONTINUE");
        failed.hooks.iter().filter(decided).any(|hook| hook.status == status)
    };
    if hook("TIMED_OUT") {
        return FailureKind::HookTimedOut;
    }
    if hook("FAILED") {
        return FailureKind::HookFailed;
    }
    // why it went back comes before why the way back failed
    let went_back = failed.rollback.as_ref().and_then(|rollback| rollback.reason.clone());
    let words = went_back.or_else(|| in_words(failed)).unwrap_or_default().to_lowercase();
    let says = |word: &str| words.contains(word);
    if says("circuit breaker") {
        FailureKind::CircuitBreaker
    } else if says("alarm") {
        FailureKind::Alarm
    } else if says("hook") && (says("timed out") || says("timeout")) {
        FailureKind::HookTimedOut
    } else if says("hook") && says("fail") {
        FailureKind::HookFailed
    } else if failed.status == Status::Stopped || says("stopservicedeployment") || says("stopped by") {
        FailureKind::Stopped
    } else {
        FailureKind::RolledBack
    }
}

/// Why, in ECS's words: the reason of the status and that of the rollback, once where they are the same.
pub(super) fn in_words(failed: &ServiceDeployment) -> Option<String> {
    let rollback = failed.rollback.as_ref().and_then(|rollback| rollback.reason.as_deref());
    match (failed.reason.as_deref(), rollback) {
        (Some(reason), Some(why)) if !reason.contains(why) && !why.contains(reason) => Some(format!("{reason}: {why}")),
        (Some(reason), Some(why)) if why.len() > reason.len() => Some(why.to_owned()),
        (Some(reason), _) => Some(reason.to_owned()),
        (None, why) => why.map(str::to_owned),
    }
}
