//! What is asked for once a rollout has gone wrong, or does not get on: the last lines of containers that ended, the
//! targets of its load balancers, the protection of tasks. What cannot be read is left out, or noted, and hides nothing.

use crate::domain::one_off::LogPlace;
use crate::domain::rollout::{Finding, Task, plainly, protections, targets};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::aws::{Aws, Service};
use crate::live::logs::Stream;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// So many causes get the log of a container.
const LOGS: usize = 3;
/// So many of the last lines are told.
const LINES: usize = 10;
/// So many target groups are looked at.
const GROUPS: usize = 4;
/// So many tasks `GetTaskProtection` takes at once.
const PROTECTED: usize = 100;
/// So long all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where it is asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub aws: &'a Aws,
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
}

impl Asked<'_> {
    /// Adds to each cause of a container that ran what it logged last; what may not be read is noted once.
    pub async fn logged(self, findings: &mut Vec<Finding>, tasks: &[Task]) {
        // nobody waits for long for an explanation
        let _ = tokio::time::timeout(PATIENCE, self.with_logs(findings, tasks)).await;
    }

    async fn with_logs(self, findings: &mut Vec<Finding>, tasks: &[Task]) {
        let mut known: BTreeMap<String, Option<Value>> = BTreeMap::new();
        let mut note = None;
        let explains = |one: &&mut Finding| one.exit_code.is_some() || one.cause.contains("health check");
        for finding in findings.iter_mut().filter(|one| one.container.is_some()).filter(explains).take(LOGS) {
            let (Some(container), Some(id)) = (finding.container.clone(), finding.tasks.first()) else { continue };
            let Some(task) = tasks.iter().find(|task| task.short_id() == id) else { continue };
            if !known.contains_key(&task.task_definition) {
                let answer = self.aws.describe_task_definition(self.session, &task.task_definition).await;
                known.insert(task.task_definition.clone(), answer.ok());
            }
            let Some(definition) = known.get(&task.task_definition).and_then(Option::as_ref) else { continue };
            match self.last_lines(definition, &container, &task.arn).await {
                Ok(lines) => finding.log = lines,
                Err(fault) if fault.kind == FaultKind::Denied => {
                    note = Some(format!(
                        "what {container} logged cannot be read ({}): allow logs:GetLogEvents",
                        fault.code
                    ));
                }
                Err(fault) => note = Some(format!("what {container} logged cannot be read ({})", fault.code)),
            }
        }
        findings.extend(note.map(plainly));
    }

    async fn last_lines(self, definition: &Value, container: &str, task: &str) -> Result<Vec<String>, Fault> {
        let containers = definition.pointer("/taskDefinition/containerDefinitions").and_then(Value::as_array);
        let named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(container);
        let place = containers.and_then(|all| all.iter().find(named)).and_then(LogPlace::of);
        let Some(place) = place else { return Ok(Vec::new()) };
        let Some(name) = place.stream(container, &json!({ "taskArn": task })) else { return Ok(Vec::new()) };
        let stream = Stream { session: self.session.to_owned(), group: place.group, name };
        let mut lines = stream.last_lines(self.aws).await?;
        Ok(lines.split_off(lines.len().saturating_sub(LINES)))
    }

    /// The targets of these groups that are not well.
    pub async fn unwell(self, groups: &[String]) -> Vec<Finding> {
        let mut found = Vec::new();
        for arn in groups.iter().take(GROUPS) {
            let request = json!({ "TargetGroupArn": arn });
            let (service, thing) = (Service::LoadBalancing, format!("target group `{arn}`"));
            let asked = self.aws.ask(self.session, service, "DescribeTargetHealth", &request, &thing);
            if let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, asked).await {
                found.extend(targets(arn, &answer));
            }
        }
        found
    }

    /// Which tasks of a service that another deployment than `ours` has started, and that should still run, are protected.
    pub async fn protected_of_before(self, service: &str, ours: &str) -> Option<Finding> {
        let listed = self.aws.list_tasks(self.session, self.cluster, service, "RUNNING").await.ok()?;
        let arns = listed.get("taskArns")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        let arns: Vec<String> = arns.collect();
        if arns.is_empty() {
            return None;
        }
        let described = self.aws.describe_tasks(self.session, self.cluster, &arns).await.ok()?;
        let tasks = described.get("tasks")?.as_array()?;
        let text = |task: &Value, member: &str| task.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let others = tasks.iter().filter(|task| text(task, "startedBy") != ours);
        let others: Vec<String> = others.map(|task| text(task, "taskArn")).collect();
        self.protected(&others).await
    }

    /// Which of these tasks are protected from being ended, and until when.
    pub async fn protected(self, tasks: &[String]) -> Option<Finding> {
        let some = tasks.get(..tasks.len().min(PROTECTED)).filter(|some| !some.is_empty())?;
        let asked = self.aws.task_protection(self.session, self.cluster, some);
        protections(&tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?)
    }
}
