//! A failed rollout in words: the reason, the findings, and what the service is left with.

use super::deploy::Rollout;
use super::service::{Service, text};
use super::undo::WentBack;
use crate::domain::duration;
use crate::domain::rollout::{Finding, Undone, Verdict, hint_for_verdict};
use crate::domain::task_definition::short_name;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use crate::effects::reply::RolloutEnd;
use serde_json::Value;
use std::time::Duration;

/// The state a service is in after all.
pub(super) struct Left {
    /// A line each; none where it could not be looked at.
    pub lines: Vec<String>,
}

/// Looks at what a service is left with: its deployments, and the images of the one it goes towards.
///
/// # Errors
/// Only what ends the run.
pub(super) async fn left(gateway: &Gateway, service: &Service) -> Result<Left, Fault> {
    let described = match service.describe(gateway).await {
        Ok(described) => described,
        Err(fault) if fault.ends_the_run() => return Err(fault),
        Err(_) => return Ok(Left { lines: Vec::new() }),
    };
    let listed = |key: &str| described.get(key).and_then(Value::as_array).filter(|all| !all.is_empty()).cloned();
    // a service that another controller deploys has task sets instead
    let deployments = listed("deployments").or_else(|| listed("taskSets")).unwrap_or_default();
    let mut lines = Vec::new();
    for one in &deployments {
        let count = |key| one.get(key).and_then(Value::as_i64).unwrap_or(0);
        lines.push(format!(
            "{service} is left with {} ({}): {} of {} running",
            short_name(text(one, "taskDefinition")),
            text(one, "status"),
            count("runningCount"),
            count("desiredCount").max(count("computedDesiredCount")),
        ));
    }
    let primary = deployments.iter().find(|one| text(one, "status") == "PRIMARY").unwrap_or(&described);
    let definition = service.task_definition(gateway, text(primary, "taskDefinition")).await;
    if let Err(fault) = &definition
        && fault.ends_the_run()
    {
        return Err(fault.clone());
    }
    if let Ok(definition) = definition {
        for container in definition.containers() {
            let image = definition.image(container).unwrap_or("no image");
            lines.push(format!("{service} is left with image {image} in container {container}"));
        }
    }
    Ok(Left { lines })
}

/// The fault that ends the release.
pub(super) fn fault(
    rollout: &Rollout,
    end: &RolloutEnd,
    timeout_millis: u64,
    went_back: WentBack,
    left: Left,
) -> Fault {
    let (code, reason) = match &end.verdict {
        Verdict::Failed(failure) => (failure.kind.code(), failure.reason.clone()),
        Verdict::Superseded(superseded) => ("Superseded", superseded.reason.clone()),
        Verdict::Running { waiting_for, .. } => ("WaitRanOut", ran_out(timeout_millis, waiting_for)),
        Verdict::Awaiting(hook) => ("WaitRanOut", ran_out(timeout_millis, &format!("an answer to {hook}"))),
        // it is a failure already, and only its undoing has not ended
        Verdict::Failing(failure) => (failure.kind.code(), failure.reason.clone()),
        Verdict::Done { .. } => ("RolloutFailed", "it was judged done".to_owned()),
    };
    let mut details: Vec<String> = end.findings.iter().flat_map(Finding::lines).collect();
    details.extend(outcome(rollout, &end.verdict, went_back, left));
    let found = end.findings.iter().find_map(|finding| finding.hint.clone());
    let hint = found.or_else(|| hint_for_verdict(&end.verdict).map(str::to_owned));
    Fault { hint, details, ..failed(rollout, code, &reason) }
}

/// The fault of a release that its script did not let go on.
pub(super) fn refused(
    rollout: &Rollout,
    code: &str,
    reason: &str,
    hint: Option<String>,
    verdict: &Verdict,
    went_back: WentBack,
    left: Left,
) -> Fault {
    Fault { hint, details: outcome(rollout, verdict, went_back, left), ..failed(rollout, code, reason) }
}

fn failed(rollout: &Rollout, code: &str, reason: &str) -> Fault {
    let (service, name) = (&rollout.service, short_name(&rollout.task_definition));
    Fault::new(FaultKind::Rollout, code, format!("the rollout of {name} to {service} failed: {reason}"))
}

/// What was done about a failure, and what the service is left with.
fn outcome(rollout: &Rollout, verdict: &Verdict, went_back: WentBack, left: Left) -> Vec<String> {
    let (service, name) = (&rollout.service, short_name(&rollout.task_definition));
    let mut details = vec![match went_back {
        WentBack::NotNeeded => taken(service, verdict),
        WentBack::NothingThere if rollout.unchanged => {
            format!("nothing had been deployed, so {service} has nothing to go back to")
        }
        WentBack::NothingThere => format!("{service} ran {name} before as well, so there is nothing to go back to"),
        WentBack::NothingBefore => {
            format!("{service} was created by this release, so there is nothing to go back to; it is left as it is")
        }
        WentBack::NotWanted => format!("{service} is left as it is, as on_failure says"),
        WentBack::Stopped => format!("our deployment was stopped, and {service} is left as it is, as on_failure says"),
        WentBack::Done(name) => format!("{service} was put back on {name}"),
        WentBack::Failed(why) => format!("{service} was not put back: {why}"),
    }];
    if !left.is_known() {
        details.push(format!("{service} could not be looked at any more: see for yourself what it runs"));
    }
    details.extend(left.lines);
    details
}

/// What became of a service that is out of our hands.
fn taken(service: &Service, verdict: &Verdict) -> String {
    let failure = match verdict {
        Verdict::Failed(failure) | Verdict::Failing(failure) => Some(failure),
        _ => None,
    };
    let to = failure.and_then(|failure| failure.other.as_ref()).map(|other| short_name(&other.task_definition));
    match (failure.map(|failure| failure.undone), to) {
        (Some(Undone::Done), Some(to)) => format!("{service} was put back on {to} by ECS"),
        (Some(Undone::UnderWay), Some(to)) => format!("{service} is being put back on {to} by ECS"),
        (Some(Undone::Failed), Some(to)) => format!("{service} was not put back: ECS tried it with {to}, and failed"),
        _ => format!("{service} runs another deployment than ours now"),
    }
}

fn ran_out(timeout_millis: u64, waiting_for: &str) -> String {
    let limit = duration::brief(Duration::from_millis(timeout_millis));
    format!("after {limit} it still waits for {waiting_for}")
}
