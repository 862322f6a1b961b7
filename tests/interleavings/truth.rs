//! A verdict beside what the simulation knows happened.

use super::story::{Meddling, Story};
use gantry::domain::rollout::{FailureKind, Undone, Until, Verdict};
use serde_json::Value;

/// What a verdict says that did not happen; none where it is right.
pub fn mistake(story: &Story, verdict: &Verdict, truth: &Value) -> Option<String> {
    let outcome = truth["outcome"].as_str().unwrap_or("unknown");
    let (succeeded, served, drained) = (outcome == "succeeded", truth["served"] == true, truth["drained"] == true);
    // without records, that `deployments[]` calls it completed is all that can be known
    let completed = succeeded || (story.records != "present" && truth["completed"] == true);
    let wrong = match verdict {
        Verdict::Done { reached: Until::Traffic } if !served => "it never served",
        Verdict::Done { reached } if !completed && *reached > Until::Traffic => "a false success",
        // who deployed after us has tasks of their own
        Verdict::Done { reached: Until::Drained } if !drained && !story.somebody_deploys() => "drained too early",
        Verdict::Failed(failure) if succeeded && failure.kind != FailureKind::CrashLoop => "a false failure",
        Verdict::Failed(failure) if failure.kind == FailureKind::CrashLoop && !story.tasks_fail => "no crash loop",
        Verdict::Failed(failure) if failure.undone == Undone::Done && outcome == "stopped" => "nothing was undone",
        Verdict::Failed(failure) if story.records == "present" && !is_why(story, failure.kind, truth) => "not why",
        Verdict::Superseded(_) if truth["followed"] != true => "superseded by nobody",
        Verdict::Running { .. } | Verdict::Failing(_) | Verdict::Awaiting(_)
            // tasks that run and fail by turns are never all there
            if outcome != "under way" && !(succeeded && (!drained || story.tasks_fail)) =>
        {
            "an end that was not seen"
        }
        _ => return None,
    };
    Some(format!("{wrong}: {verdict:?}\n  the truth: {truth}\n  the story: {story:?}"))
}

/// Whether a deployment failed for this reason, which ECS's record of it tells.
fn is_why(story: &Story, kind: FailureKind, truth: &Value) -> bool {
    let cause = truth["cause"].as_str().unwrap_or("none");
    match kind {
        // judged by ourselves, before ECS knows
        FailureKind::CrashLoop => true,
        FailureKind::CircuitBreaker => cause == "circuit breaker",
        FailureKind::Alarm => cause == "alarm",
        FailureKind::HookTimedOut => cause == "hook",
        // who answers a hook with a rollback has said no
        FailureKind::HookFailed => {
            cause == "hook" || (cause == "stopped" && matches!(story.meddling, Some((Meddling::Answers(_), _))))
        }
        FailureKind::Stopped => cause == "stopped",
        FailureKind::RolledBack
        | FailureKind::RolloutFailed
        | FailureKind::OtherDefinition
        | FailureKind::Gone
        | FailureKind::ServiceGone => false,
    }
}
