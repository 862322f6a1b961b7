//! Tasks by themselves: starting one, stopping one, listing those of anybody.

use super::Aws;
use super::ecs::{read, write};
use super::json::Exchange;
use super::limits::Category;
use super::pages::Pages;
use crate::domain::rollout::hint_for;
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

impl Aws {
    /// ECS `RunTask` of the document, with a client token that is made of its `startedBy`: asked for again within a day,
    /// AWS answers with the task that it has started already. Writes. AWS's answer.
    ///
    /// # Errors
    /// `Refused`, code `NotPlaced`, where AWS answers that nothing was started, and why.
    pub async fn run_task(&self, session: &str, document: &Value) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Runs).await?;
        let text = |member: &str| document.get(member).and_then(Value::as_str).unwrap_or_default();
        let (definition, cluster) = (short(text("taskDefinition")), short(text("cluster")));
        let thing = format!("a task of `{definition}` in cluster `{cluster}`");
        let asked = session.writes("ecs:RunTask", thing.clone());
        let mut request = document.clone();
        request["clientToken"] = json!(token(text("startedBy")));
        let exchange = Exchange::of(&request);
        let call = session.ecs.run_task().customize().interceptor(exchange.clone()).config_override(write());
        let answer = exchange.finish(call.send().await, &asked)?;
        let Some(failure) = answer.pointer("/failures/0") else { return Ok(answer) };
        let said = |member: &str| failure.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
        let why: Vec<&str> = [said("reason"), said("detail")].into_iter().flatten().collect();
        let why = why.join(": ");
        let fault = Fault::new(FaultKind::Refused, "NotPlaced", format!("{thing} was not started: {why}"));
        let hint = hint_for(&why).map(str::to_owned);
        Err(Fault { hint, ..fault.retryable() })
    }

    /// ECS `StopTask`. Writes. AWS's answer.
    pub async fn stop_task(&self, session: &str, cluster: &str, task: &str, reason: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Runs).await?;
        let asked = session.writes("ecs:StopTask", format!("task `{}` in cluster `{cluster}`", short(task)));
        let exchange = Exchange::of(&json!({ "cluster": cluster, "task": task, "reason": reason }));
        let call = session.ecs.stop_task().customize().interceptor(exchange.clone()).config_override(write());
        exchange.finish(call.send().await, &asked)
    }

    /// ECS `ExecuteCommand`. AWS's answer, with the token of a session that lives for minutes, and the Region.
    pub async fn execute_command(&self, session: &str, request: &Value) -> Result<(Value, String), Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Runs).await?;
        let text = |member: &str| request.get(member).and_then(Value::as_str).unwrap_or_default();
        let thing = format!("task `{}` in cluster `{}`", short(text("task")), text("cluster"));
        let asked = session.writes("ecs:ExecuteCommand", thing);
        let exchange = Exchange::of(request);
        let call = session.ecs.execute_command().customize().interceptor(exchange.clone()).config_override(write());
        let answer = exchange.finish(call.send().await, &asked)?;
        Ok((answer, asked.region))
    }

    /// ECS `GetTaskProtection` of at most a hundred tasks: AWS's answer.
    pub async fn task_protection(&self, session: &str, cluster: &str, tasks: &[String]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Tasks).await?;
        let asked = session.reads("ecs:GetTaskProtection", format!("{} tasks in cluster `{cluster}`", tasks.len()));
        let exchange = Exchange::of(&json!({ "cluster": cluster, "tasks": tasks }));
        let call = session.ecs.get_task_protection().customize().interceptor(exchange.clone()).config_override(read());
        exchange.finish(call.send().await, &asked)
    }

    /// ECS `ListTasks` by `filter`, in ECS's words, all pages: `{"taskArns": […]}`.
    pub async fn list_tasks_by(
        &self,
        session: &str,
        cluster: &str,
        filter: &BTreeMap<String, String>,
        desired_status: &str,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Tasks).await?;
        let asked = session.reads("ecs:ListTasks", format!("tasks in cluster `{cluster}`"));
        let mut request = Map::from_iter([("cluster".to_owned(), json!(cluster))]);
        request.extend(filter.iter().map(|(name, value)| (name.clone(), json!(value))));
        // startedBy takes no other filter, and asks for those that should run
        if !(filter.contains_key("startedBy") && desired_status == "RUNNING") {
            request.insert("desiredStatus".to_owned(), json!(desired_status));
        }
        let mut pages = Pages::of("taskArns", Value::Object(request));
        while let Some(request) = pages.request() {
            let exchange = Exchange::of(request);
            let call = session.ecs.list_tasks().customize().interceptor(exchange.clone()).config_override(read());
            pages.add(exchange.finish(call.send().await, &asked)?, &asked)?;
        }
        Ok(pages.all())
    }
}

/// The token of whoever `started_by` names: 64 characters, which is what AWS takes here at the most.
pub(super) fn token(started_by: &str) -> String {
    Sha256::digest(started_by.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
