//! The end of a watch, with the reasons where it is not the one that was wanted.

use super::Watch;
use super::why::Asked;
use crate::domain::rollout::{Finding, Observation, Snapshot, Stage, Verdict, diagnosis};
use crate::effects::fault::Fault;
use crate::effects::reply::RolloutEnd;
use crate::live::aws::Aws;
use serde_json::Value;
use std::time::Duration;

/// What the watch comes to. What cannot be read for the explanation is left out of it, and hides nothing else.
pub async fn end(
    aws: &Aws,
    watch: &Watch,
    verdict: Verdict,
    mut seen: Observation,
    took: Duration,
) -> Result<RolloutEnd, Fault> {
    let mut findings = Vec::new();
    if !matches!(verdict, Verdict::Done { .. }) {
        // the reasons are in the tasks as they are now; without an answer, as they were last seen
        if let Ok(tasks) = tasks(aws, watch).await {
            seen.tasks = Observation::tasks_of(&seen.service, &tasks);
        }
        findings = diagnosis(&seen, &watch.target);
        let asked = Asked { aws, session: &watch.session, cluster: &watch.cluster };
        findings.extend(held_up(asked, &verdict, &seen, &findings, &watch.target.deployment).await);
        asked.logged(&mut findings, &seen.tasks).await;
    }
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    Ok(RolloutEnd { verdict, snapshot: Box::new(Snapshot::of(&seen, &watch.target)), findings, millis })
}

/// What holds it up beside its tasks: the health of targets where it is what tasks or events fail for, or where time ran
/// out; protection where new tasks serve and old ones do not end.
async fn held_up(
    asked: Asked<'_>,
    verdict: &Verdict,
    seen: &Observation,
    found: &[Finding],
    ours: &str,
) -> Vec<Finding> {
    let ran_out = matches!(verdict, Verdict::Running { .. });
    let of_health = |one: &Finding| one.cause.contains("ELB health checks") || one.cause.contains("is unhealthy in");
    let mut more = Vec::new();
    if matches!(verdict, Verdict::Running { stage: Stage::Serving | Stage::Draining, .. }) {
        let stays = seen.others_left(ours).filter(|task| task.desired_status == "RUNNING");
        let stays: Vec<String> = stays.map(|task| task.arn.clone()).collect();
        more.extend(asked.protected(&stays).await);
    }
    if ran_out || found.iter().any(of_health) {
        let targets = asked.unwell(&seen.target_groups).await;
        // what drains explains a wait, and no failure
        more.extend(targets.into_iter().filter(|one| ran_out || !one.cause.contains(" drain in ")));
    }
    more
}

/// All tasks of the service, as ECS describes them: those that should run and those that should not.
pub async fn tasks(aws: &Aws, watch: &Watch) -> Result<Vec<Value>, Fault> {
    tasks_of(aws, &watch.session, &watch.cluster, &watch.service).await
}

/// The same, of a service.
pub async fn tasks_of(aws: &Aws, session: &str, cluster: &str, service: &str) -> Result<Vec<Value>, Fault> {
    let mut arns = Vec::new();
    for desired in ["RUNNING", "STOPPED"] {
        let page = aws.list_tasks(session, cluster, service, desired).await?;
        let listed = page.get("taskArns").and_then(Value::as_array).into_iter().flatten();
        arns.extend(listed.filter_map(Value::as_str).map(ToOwned::to_owned));
    }
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let described = aws.describe_tasks(session, cluster, &arns).await?;
    Ok(described.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default())
}
