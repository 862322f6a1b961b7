//! The judgment of an observation of a deployment of `CodeDeploy`.

use serde::{Deserialize, Serialize};

use super::observation::Observed;
use crate::domain::equivalence::same_resource;
use crate::domain::rollout::{Failure, FailureKind, Stage, Undone, Until, Verdict};
use crate::domain::task_definition::short_name;

/// What is watched, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Our deployment, `d-…`.
    pub deployment: String,
    /// ARN of the definition that it brings.
    pub task_definition: String,
    /// How far to wait.
    pub until: Until,
    /// Whether it is enough that the deployment waits for its traffic to be continued.
    #[serde(default)]
    pub ready_is_enough: bool,
}

/// What `seen` means for our deployment.
///
/// A success is that our own deployment got there, and that the PRIMARY task set runs our definition. One that is taken
/// back is failing from the moment that its rollback is known, and failed when that has ended.
pub fn judge(seen: &Observed, watched: &Watched) -> Verdict {
    if watched.until == Until::None {
        return Verdict::Done { reached: Until::None };
    }
    if seen.id != watched.deployment {
        return Verdict::Failed(failure(watched, FailureKind::Gone, "CodeDeploy shows another deployment".to_owned()));
    }
    match seen.status.as_str() {
        "Failed" | "Stopped" => unsuccessful(seen, watched),
        "Succeeded" => succeeded(seen, watched),
        "Ready" if watched.ready_is_enough => Verdict::Done { reached: Until::None },
        "Ready" => Verdict::Running {
            stage: Stage::Starting,
            waiting_for: format!("deployment {} to be continued: it is ready to move its traffic", seen.id),
        },
        _ => under_way(seen, watched),
    }
}

fn is_ours(seen: &Observed, watched: &Watched) -> bool {
    seen.primary().is_some_and(|primary| same_resource(&primary.task_definition, &watched.task_definition))
}

fn under_way(seen: &Observed, watched: &Watched) -> Verdict {
    let moved = seen.has_passed("AllowTraffic");
    if moved && is_ours(seen, watched) && (watched.until == Until::Traffic || watched.ready_is_enough) {
        return Verdict::Done { reached: Until::Traffic };
    }
    let stage = if moved { Stage::Draining } else { Stage::Starting };
    let all_passed = !seen.events.is_empty() && seen.events.iter().all(|event| event.status == "Succeeded");
    let waiting_for = match seen.stage() {
        Some(stage) => format!("lifecycle event {stage} of deployment {}", seen.id),
        None if all_passed => format!("deployment {} to remove the original task set", seen.id),
        None => format!("deployment {}, which is {}", seen.id, seen.status),
    };
    Verdict::Running { stage, waiting_for }
}

fn succeeded(seen: &Observed, watched: &Watched) -> Verdict {
    if !is_ours(seen, watched) {
        let theirs = seen.primary().map_or("none", |primary| short_name(&primary.task_definition));
        let wanted = short_name(&watched.task_definition);
        let reason = format!("deployment {} succeeded, and the PRIMARY task set runs {theirs}, not {wanted}", seen.id);
        return Verdict::Failed(failure(watched, FailureKind::OtherDefinition, reason));
    }
    let others = seen.task_sets.len() > 1;
    if watched.until == Until::Drained && others {
        let waiting_for = "the original task set to be gone".to_owned();
        return Verdict::Running { stage: Stage::Draining, waiting_for };
    }
    Verdict::Done { reached: watched.until }
}

fn unsuccessful(seen: &Observed, watched: &Watched) -> Verdict {
    let (code, message) = seen.error.clone().unwrap_or_default();
    let kind = match code.as_str() {
        "ALARM_ACTIVE" => FailureKind::Alarm,
        "HOOK_EXECUTION_FAILURE" => FailureKind::HookFailed,
        _ if seen.status == "Stopped" => FailureKind::Stopped,
        _ => FailureKind::RolloutFailed,
    };
    let why = if message.is_empty() { "CodeDeploy tells no reason".to_owned() } else { message };
    let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
    let reason = format!("deployment {} is {}{code}: {why}", seen.id, seen.status);
    let failed = failure(watched, kind, reason);
    match (&seen.taken_back_by, seen.way_back.as_deref()) {
        (None, _) => Verdict::Failed(failed),
        (Some(_), Some("Succeeded")) => Verdict::Failed(Failure { undone: Undone::Done, ..failed }),
        (Some(_), Some("Failed" | "Stopped")) => Verdict::Failed(Failure { undone: Undone::Failed, ..failed }),
        (Some(_), _) => Verdict::Failing(Failure { undone: Undone::UnderWay, ..failed }),
    }
}

fn failure(watched: &Watched, kind: FailureKind, reason: String) -> Failure {
    Failure { kind, reason, deployment: watched.deployment.clone(), other: None, undone: Undone::Nothing }
}
