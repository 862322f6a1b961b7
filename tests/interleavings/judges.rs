//! Worse judges: each has one of the mistakes that tools for ECS make.

use gantry::domain::rollout::{Judge, Observation, Policy, RolloutState, Status, Target, Until, Verdict, judge};

/// What each does wrong.
pub const WORSE: [(&str, Judge); 6] = [
    ("that does not pin our deployment", unpinned),
    ("that takes a rollback that ended well for a success", rollback_is_fine),
    ("that does not look for tasks that drain", blind_to_draining),
    ("that trusts the first stable description", first_stable),
    ("that goes by the definition's name", by_name),
    ("that takes tasks that run for tasks that serve", running_is_serving),
];

fn unpinned(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    let mut target = target.clone();
    if let Some(primary) = seen.primary() {
        target.deployment.clone_from(&primary.id);
        target.task_definition.clone_from(&primary.task_definition);
    }
    let listed = Observation { service_deployment: None, ..seen.clone() };
    judge(&listed, &target, policy, now)
}

fn rollback_is_fine(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    match &seen.service_deployment {
        Some(record) if record.status == Status::RollbackSuccessful => Verdict::Done { reached: target.until },
        _ => judge(seen, target, policy, now),
    }
}

fn blind_to_draining(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    judge(&Observation { tasks: Vec::new(), ..seen.clone() }, target, policy, now)
}

fn first_stable(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    let stable = seen.primary().is_some_and(|primary| {
        primary.rollout_state == Some(RolloutState::Completed) && primary.running == primary.desired
    });
    if stable && seen.deployments.len() == 1 && target.until > Until::None {
        return Verdict::Done { reached: target.until };
    }
    judge(seen, target, policy, now)
}

fn by_name(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    let runs = seen.primary().is_some_and(|primary| {
        primary.task_definition == target.task_definition && primary.rollout_state == Some(RolloutState::Completed)
    });
    if runs && seen.deployments.len() == 1 {
        return Verdict::Done { reached: target.until };
    }
    judge(seen, target, policy, now)
}

fn running_is_serving(seen: &Observation, target: &Target, policy: Policy, now: f64) -> Verdict {
    let mut rolling = Observation { strategy: None, ..seen.clone() };
    if let Some(record) = &mut rolling.service_deployment {
        record.strategy = None;
    }
    judge(&rolling, target, policy, now)
}
