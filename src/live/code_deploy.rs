//! Watches a deployment of `CodeDeploy` until it is where it was wanted, has failed, or time has run out.

use super::aws::{Aws, Service};
use super::rollouts::Asked;
use crate::domain::code_deploy::{Observed, Watched, judge};
use crate::domain::rollout::{Counts, Finding, Observation, Snapshot, Target, Verdict, diagnosis};
use crate::domain::task_definition::short_name;
use crate::effects::event::{Event, Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::RolloutEnd;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at first, and after something has changed.
const BEAT: Duration = Duration::from_secs(3);

/// The longest pause between two looks.
const SLOW: Duration = Duration::from_secs(15);

/// What is watched.
pub struct Watch<'a> {
    pub aws: &'a Aws,
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
    /// Name.
    pub service: &'a str,
    /// Our deployment.
    pub watched: &'a Watched,
}

/// Looks until the deployment has come to an end or where it is wanted; after `limit` with what was seen last.
///
/// # Errors
/// What cannot pass by itself: a deployment or service that is not there, missing permissions.
pub async fn watch(watch: &Watch<'_>, limit: Duration, events: &Events) -> Result<RolloutEnd, Fault> {
    let began = Instant::now();
    let mut pause = BEAT;
    let mut told: Vec<String> = Vec::new();
    let mut shown = None;
    loop {
        match look(watch).await {
            Ok((seen, service)) => {
                for event in seen.events.iter().filter(|event| event.status != "Pending") {
                    let line = format!("{}: {} {}", watch.place(), event.name, event.status);
                    if !told.contains(&line) {
                        events.step(line.clone());
                        told.push(line);
                        pause = BEAT;
                    }
                }
                let snapshot = snapshot(&seen, watch);
                if shown.as_ref() != Some(&snapshot) {
                    events.tell(&Event::Rollout { service: watch.place(), snapshot: snapshot.clone() });
                    shown = Some(snapshot.clone());
                    pause = BEAT;
                }
                let verdict = judge(&seen, watch.watched);
                if verdict.is_final() || began.elapsed() >= limit {
                    let done = matches!(verdict, Verdict::Done { .. });
                    let findings = if done { Vec::new() } else { Box::pin(findings(watch, &seen, &service)).await };
                    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    return Ok(RolloutEnd { verdict, snapshot: Box::new(snapshot), findings, millis });
                }
            }
            Err(fault) if (fault.retryable || fault.kind == FaultKind::Network) && began.elapsed() < limit => {
                events.log(Level::Warn, format!("{}: no answer to a look ({fault}); looking again", watch.place()));
            }
            Err(fault) => return Err(fault),
        }
        tokio::time::sleep(pause.min(limit.saturating_sub(began.elapsed()))).await;
        pause = pause.mul_f64(1.3).min(SLOW);
    }
}

impl Watch<'_> {
    fn place(&self) -> String {
        format!("{}/{}", self.cluster.rsplit('/').next().unwrap_or(self.cluster), self.service)
    }

    async fn get(&self, operation: &str, mut request: Value, id: &str) -> Result<Value, Fault> {
        request["deploymentId"] = json!(id);
        self.aws.ask(self.session, Service::CodeDeploy, operation, &request, &format!("deployment `{id}`")).await
    }
}

/// One look: the deployment, its target once there is one, the one that takes it back, and the service.
async fn look(watch: &Watch<'_>) -> Result<(Observed, Value), Fault> {
    let id = &watch.watched.deployment;
    let mut answer = watch.get("GetDeployment", json!({}), id).await?;
    let info = answer.get_mut("deploymentInfo").map(Value::take).unwrap_or_default();
    let target = target(watch, info.get("status").and_then(Value::as_str).unwrap_or_default()).await?;
    let answer = watch.aws.describe_services(watch.session, watch.cluster, &[watch.service.to_owned()]).await?;
    let service = answer.pointer("/services/0").cloned().unwrap_or_default();
    let mut seen = Observed::of(&info, target.as_ref(), &service);
    if let Some(back) = &seen.taken_back_by {
        let answer = watch.get("GetDeployment", json!({}), back).await?;
        seen.way_back = answer.pointer("/deploymentInfo/status").and_then(Value::as_str).map(str::to_owned);
    }
    Ok((seen, service))
}

/// The target of the deployment, once there is one.
async fn target(watch: &Watch<'_>, status: &str) -> Result<Option<Value>, Fault> {
    if matches!(status, "Created" | "Queued") {
        return Ok(None);
    }
    let place = json!({ "targetIds": [watch.place().replace('/', ":")] });
    match watch.get("BatchGetDeploymentTargets", place, &watch.watched.deployment).await {
        Ok(answer) => Ok(answer.pointer("/deploymentTargets/0/ecsTarget").cloned()),
        // one that ended before it began has none
        Err(fault) if fault.code.contains("NotStarted") || fault.code.contains("TargetDoesNotExist") => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn snapshot(seen: &Observed, watch: &Watch<'_>) -> Snapshot {
    let replacement = seen.replacement.as_deref();
    let mut counts = (Counts::default(), Counts::default());
    for set in &seen.task_sets {
        let sum = if Some(set.id.as_str()) == replacement { &mut counts.0 } else { &mut counts.1 };
        sum.desired = sum.desired.saturating_add(set.desired);
        sum.pending = sum.pending.saturating_add(set.pending);
        sum.running = sum.running.saturating_add(set.running);
    }
    Snapshot {
        service: watch.service.to_owned(),
        task_definition: short_name(&watch.watched.task_definition).to_owned(),
        new: counts.0,
        old: counts.1,
        stage: seen.stage().map(str::to_owned).or_else(|| (seen.status == "Ready").then(|| seen.status.clone())),
        traffic: seen.weight,
        ..Snapshot::default()
    }
}

/// Why it fails: what lifecycle events tell, and the tasks and events of the replacement. What cannot be read hides
/// nothing else.
async fn findings(watch: &Watch<'_>, seen: &Observed, service: &Value) -> Vec<Finding> {
    let told = seen.events.iter().filter(|event| !event.message.is_empty());
    let mut found: Vec<Finding> = told
        .map(|event| Finding {
            cause: format!("lifecycle event {}: {}", event.name, event.message),
            count: 1,
            tasks: Vec::new(),
            container: None,
            exit_code: None,
            hint: None,
            log: Vec::new(),
        })
        .collect();
    let tasks = super::rollouts::tasks_of(watch.aws, watch.session, watch.cluster, watch.service).await;
    if let Ok(observed) = Observation::of(service, &tasks.unwrap_or_default()) {
        let target = Target {
            deployment: seen.replacement.clone().unwrap_or_default(),
            task_definition: watch.watched.task_definition.clone(),
            previous: None,
            since: seen.created,
            until: watch.watched.until,
            service_deployment: None,
            answered: Vec::new(),
        };
        let mut failed = diagnosis(&observed, &target);
        let asked = Asked { aws: watch.aws, session: watch.session, cluster: watch.cluster };
        asked.logged(&mut failed, &observed.tasks).await;
        found.extend(failed);
    }
    found
}
