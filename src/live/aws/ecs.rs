//! The operations of Amazon ECS, one function each.

use super::json::Exchange;
use super::pages::{self, Pages};
use super::retry::Again;
use super::session::{Session, write_timeouts};
use crate::effects::fault::Fault;
use aws_sdk_ecs::config::{Builder, Config};
use serde_json::{Value, json};

/// So many tasks `DescribeTasks` takes at once.
const TASKS_AT_ONCE: usize = 100;

/// What is different for a read.
pub(super) fn read() -> Builder {
    let again = Again::read();
    Config::builder().interceptor(again.clone()).retry_classifier(again)
}

/// What is different for a write that is not idempotent.
pub(super) fn write() -> Builder {
    let again = Again::write();
    Config::builder().interceptor(again.clone()).retry_classifier(again).timeout_config(write_timeouts())
}

/// `DescribeServices` with tags; what is not there stands in `failures`.
pub async fn describe_services(session: &Session, cluster: &str, services: &[String]) -> Result<Value, Fault> {
    let asked = session.reads("ecs:DescribeServices", format!("{} in cluster `{cluster}`", names("service", services)));
    let exchange = Exchange::of(&json!({ "cluster": cluster, "services": services, "include": ["TAGS"] }));
    let call = session.ecs.describe_services().customize().interceptor(exchange.clone()).config_override(read());
    exchange.finish(call.send().await, &asked)
}

/// `DescribeTaskDefinition` with tags.
pub async fn describe_task_definition(session: &Session, name: &str) -> Result<Value, Fault> {
    let mut asked = session.reads("ecs:DescribeTaskDefinition", format!("task definition `{name}`"));
    let family = name.rsplit('/').next().unwrap_or(name).split(':').next().unwrap_or(name);
    asked.when_missing = Some(format!(
        "check the name and the Region; `aws ecs list-task-definitions --family-prefix {family}` lists what there is"
    ));
    let exchange = Exchange::of(&json!({ "taskDefinition": name, "include": ["TAGS"] }));
    let call = session.ecs.describe_task_definition().customize().interceptor(exchange.clone()).config_override(read());
    exchange.finish(call.send().await, &asked)
}

/// `ListTasks` of one service, every page: `{"taskArns": […]}`.
pub async fn list_tasks(session: &Session, cluster: &str, service: &str, desired: &str) -> Result<Value, Fault> {
    let thing = format!("tasks of service `{service}` in cluster `{cluster}`");
    let asked = session.reads("ecs:ListTasks", thing);
    let request = json!({ "cluster": cluster, "serviceName": service, "desiredStatus": desired });
    let mut pages = Pages::of("taskArns", request);
    while let Some(request) = pages.request() {
        let exchange = Exchange::of(request);
        let call = session.ecs.list_tasks().customize().interceptor(exchange.clone()).config_override(read());
        pages.add(exchange.finish(call.send().await, &asked)?, &asked)?;
    }
    Ok(pages.all())
}

/// `DescribeTasks`, in hundreds: `{"tasks": […], "failures": […]}`.
pub async fn describe_tasks(session: &Session, cluster: &str, tasks: &[String]) -> Result<Value, Fault> {
    let asked = session.reads("ecs:DescribeTasks", format!("{} tasks in cluster `{cluster}`", tasks.len()));
    let (mut described, mut failures) = (Vec::new(), Vec::new());
    for some in tasks.chunks(TASKS_AT_ONCE) {
        let exchange = Exchange::of(&json!({ "cluster": cluster, "tasks": some, "include": ["TAGS"] }));
        let call = session.ecs.describe_tasks().customize().interceptor(exchange.clone()).config_override(read());
        let mut answer = exchange.finish(call.send().await, &asked)?;
        described.append(&mut pages::list(&mut answer, "tasks"));
        failures.append(&mut pages::list(&mut answer, "failures"));
    }
    Ok(json!({ "tasks": described, "failures": failures }))
}

/// `RegisterTaskDefinition` of the document as it is.
pub async fn register_task_definition(session: &Session, document: &Value) -> Result<Value, Fault> {
    let family = document.get("family").and_then(Value::as_str).unwrap_or_default();
    let asked = session.writes("ecs:RegisterTaskDefinition", format!("task definition `{family}`"));
    let exchange = Exchange::of(document);
    let call =
        session.ecs.register_task_definition().customize().interceptor(exchange.clone()).config_override(write());
    exchange.finish(call.send().await, &asked)
}

/// `UpdateService` of the document as it is.
pub async fn update_service(session: &Session, document: &Value) -> Result<Value, Fault> {
    let mut asked = session.writes("ecs:UpdateService", service_of(document));
    asked.when_missing = Some(format!(
        "check the service's name, and that it is ACTIVE in {}; `create` of a deploy creates it",
        asked.region
    ));
    let exchange = Exchange::of(document);
    let call = session.ecs.update_service().customize().interceptor(exchange.clone()).config_override(write());
    exchange.finish(call.send().await, &asked)
}

/// The service that a request of `UpdateService` is about, in words.
pub fn service_of(document: &Value) -> String {
    let text = |name| document.get(name).and_then(Value::as_str);
    let service = text("service").unwrap_or_default();
    format!("service `{service}` in cluster `{}`", text("cluster").unwrap_or("default"))
}

fn names(noun: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{noun}{plural} {}", quoted.join(", "))
}
