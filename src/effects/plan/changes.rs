//! What each planned write changes, in lines for people.

use super::{Plan, Planned};
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::domain::size;
use crate::domain::task_definition::{TaskDefinition, differences, short_name};
use crate::effects::call::{Call, EcrCall, EcsCall, ImageCall, TaskCall};
use crate::effects::journal::entry::Answer;
use crate::effects::reply::Reply;
use serde_json::Value;

/// The differences that `write` makes, against what the plan had read or planned before it.
pub fn changes(plan: &Plan, write: &Planned) -> Vec<String> {
    let before: Vec<&Planned> = plan.steps.iter().take_while(|step| step.key != write.key).collect();
    match (&write.call, &write.answer) {
        (_, Answer::Fault(fault)) => vec![format!("would fail: {}", fault.message)],
        (Call::Ecs(EcsCall::RegisterTaskDefinition { document, .. }), _) => of_definition(&before, document),
        (Call::Ecs(EcsCall::UpdateService { document, .. }), _) => of_service(&before, document),
        (Call::Ecs(EcsCall::CreateService { document, .. }), _) => of_new_service(document),
        (Call::Ecr(EcrCall::CreateRepository { document, .. }), _) => {
            let text = |key: &str| document.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
            vec![format!("tags: {}", text("imageTagMutability").unwrap_or_else(|| "MUTABLE".to_owned()))]
        }
        (Call::Task(TaskCall::RunTask { document, .. }), _) => of_task(document),
        (Call::Image(ImageCall::BuildImage { .. }), _) => vec!["digest: only the build gives it".to_owned()],
        (_, Answer::Reply(Reply::Pushed(pushed))) => of_image(pushed),
        (_, Answer::Reply(_)) => Vec::new(),
    }
}

fn of_definition(before: &[&Planned], document: &Value) -> Vec<String> {
    let family = document.get("family").and_then(Value::as_str).unwrap_or_default();
    let described = before.iter().rev().filter_map(|step| match (&step.call, &step.answer) {
        (
            Call::Ecs(EcsCall::DescribeTaskDefinition { .. } | EcsCall::RegisterTaskDefinition { .. }),
            Answer::Reply(Reply::Document(answer)),
        ) => TaskDefinition::from_described(answer.clone()).ok(),
        _ => None,
    });
    let earlier = described.into_iter().find(|one| one.family() == family);
    match (earlier, TaskDefinition::from_value(document.clone())) {
        (Some(earlier), Ok(wanted)) => {
            let differences = differences(&earlier, &wanted);
            let against = format!("against {}:", earlier.short_name());
            std::iter::once(against).chain(differences.iter().map(|one| format!("  {one}"))).collect()
        }
        _ => vec!["a new family".to_owned()],
    }
}

fn of_service(before: &[&Planned], document: &Value) -> Vec<String> {
    let service = document.get("service");
    let seen = before.iter().rev().find_map(|step| match (&step.call, &step.answer) {
        (Call::Ecs(EcsCall::DescribeServices { .. }), Answer::Reply(Reply::Document(answer))) => {
            let services = answer.get("services")?.as_array()?;
            services.iter().find(|one| one.get("serviceName") == service).cloned()
        }
        (
            Call::Ecs(EcsCall::UpdateService { .. } | EcsCall::CreateService { .. }),
            Answer::Reply(Reply::Document(answer)),
        ) => answer.get("service").filter(|one| one.get("serviceName") == service).cloned(),
        _ => None,
    });
    let seen = seen.unwrap_or(Value::Null);
    let members = document.as_object().into_iter().flatten();
    members
        .filter(|(member, value)| {
            !matches!(member.as_str(), "cluster" | "service") && seen.get(member.as_str()) != Some(value)
        })
        .map(|(member, value)| match seen.get(member.as_str()) {
            Some(old) => format!("{member}: {} → {}", shown(old), shown(value)),
            None => format!("{member}: {}", shown(value)),
        })
        .collect()
}

/// What a task has otherwise than its definition.
fn of_task(document: &Value) -> Vec<String> {
    let overrides = document.get("overrides").and_then(Value::as_object);
    let members = overrides.into_iter().flatten();
    members
        .flat_map(|(member, value)| match (member.as_str(), value) {
            ("containerOverrides", Value::Array(containers)) => containers.iter().flat_map(of_container).collect(),
            (member, value) => vec![format!("{member}: {}", shown(value))],
        })
        .collect()
}

fn of_container(document: &Value) -> Vec<String> {
    let name = document.get("name").and_then(Value::as_str).unwrap_or_default();
    let members = document.as_object().into_iter().flatten().filter(|(member, _)| *member != "name");
    members
        .map(|(member, value)| match (member.as_str(), value) {
            ("command", Value::Array(words)) => {
                let words: Vec<String> = words.iter().map(shown).collect();
                format!("{name}.command: {}", words.join(" "))
            }
            (member, value) => format!("{name}.{member}: {}", shown(value)),
        })
        .collect()
}

fn of_new_service(document: &Value) -> Vec<String> {
    let members = document.as_object().into_iter().flatten();
    let said = members.filter(|(member, _)| !matches!(member.as_str(), "cluster" | "serviceName"));
    said.map(|(member, value)| format!("{member}: {}", shown(value))).collect()
}

/// A value in a line; of a task definition's ARN what people say.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains(":task-definition/") => short_name(text).to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn of_image(pushed: &Pushed) -> Vec<String> {
    let digest = pushed.image.digest().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![format!("tag {}: not there → {digest}", pushed.image.tag().unwrap_or_default())];
    for (blob, fate) in &pushed.blobs {
        let what = match fate {
            BlobFate::Present => "is there",
            BlobFate::Sent => "to be sent",
            BlobFate::Made => "to be made and sent",
        };
        lines.push(format!("blob {} {:>9}  {what}", blob.digest.short(), size::human(blob.size)));
    }
    lines.push(format!("{} to move", size::human(pushed.bytes_moved())));
    lines
}
