//! A call in a few words, for people: what is asked, and what came of it.

use super::call::Call;
use super::reply::Reply;
use crate::domain::image_reference::Reference;
use crate::domain::task_definition::short_name;
use serde_json::Value;

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or("?")
}

/// What a call asks for.
pub fn asked(call: &Call) -> String {
    match call {
        Call::Now => "read the clock".into(),
        Call::Pause { millis } => format!("pause for {millis} ms"),
        Call::WaitUntil { told, .. } => format!("wait until {told}"),
        Call::Approve { question } => format!("ask for approval: {question}"),
        Call::Environment { name } => format!("read the environment variable {name}"),
        Call::ScanFiles { path, .. } => format!("scan {path}"),
        Call::ReadText { path } => format!("read {path}"),
        Call::Hold { place, .. } => format!("hold {place} for this run"),
        Call::Identify { session } => format!("identify session {session}"),
        Call::DescribeServices { cluster, services, .. } => {
            format!("describe service {cluster}/{}", services.join(", "))
        }
        Call::DescribeTaskDefinition { task_definition, .. } => format!("describe task definition {task_definition}"),
        Call::ListTasks { cluster, service, desired_status, .. } => {
            format!("list {} tasks of {cluster}/{service}", desired_status.to_lowercase())
        }
        Call::DescribeTasks { cluster, tasks, .. } => format!("describe {} tasks of {cluster}", tasks.len()),
        Call::RegisterTaskDefinition { document, .. } => {
            format!("register a revision of task definition {}", text(document, "family"))
        }
        Call::UpdateService { document, .. } => {
            format!("update service {}/{}", text(document, "cluster"), text(document, "service"))
        }
        Call::WatchRollout { cluster, service, target, .. } => {
            format!("wait for {cluster}/{service} to be {}", target.until)
        }
        Call::DescribeRepository { name, .. } => format!("describe repository {name}"),
        Call::CreateRepository { document, .. } => format!("create repository {}", text(document, "repositoryName")),
        Call::DescribeImages { repository, .. } => format!("describe images of {repository}"),
        Call::ReadImage { at } => format!("read image {}", short(&at.image)),
        Call::CopyImage { from, to, .. } => format!("copy image {} to {}", short(&from.image), short(&to.image)),
        Call::RebuildImage { from, to, .. } => format!("rebuild image {} as {}", short(&from.image), short(&to.image)),
    }
}

/// What a write came to.
pub fn done(call: &Call, reply: &Reply) -> String {
    match (call, reply) {
        (Call::RegisterTaskDefinition { .. }, Reply::Document(answer)) => {
            let arn = answer.pointer("/taskDefinition/taskDefinitionArn").and_then(Value::as_str);
            format!("registered task definition {}", arn.map_or("?", short_name))
        }
        (Call::UpdateService { document, .. }, _) => {
            let (cluster, service) = (text(document, "cluster"), text(document, "service"));
            match document.get("taskDefinition").and_then(Value::as_str) {
                Some(arn) => format!("updated service {cluster}/{service} to {}", short_name(arn)),
                None => format!("updated service {cluster}/{service}"),
            }
        }
        (Call::CreateRepository { document, .. }, _) => {
            format!("created repository {}", text(document, "repositoryName"))
        }
        (_, Reply::Pushed(pushed)) => format!("pushed image {}", pushed.image),
        _ => asked(call),
    }
}

/// An image as people say it: by its tag, where it has one.
fn short(image: &Reference) -> String {
    if image.tag().is_some() { image.without_digest().familiar() } else { image.familiar() }
}
