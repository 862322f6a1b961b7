//! A plan, for people and for programs.

use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall, ImageCall, TaskCall};
use crate::effects::permissions::{Permission, permissions};
use crate::effects::plan::changes::changes;
use crate::effects::plan::{Nature, Plan, Planned};
use crate::effects::summary;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The plan in lines.
pub fn lines(plan: &Plan) -> Vec<String> {
    let writes: Vec<_> = plan.writes().collect();
    let mut lines = vec![match writes.len() {
        0 => format!("{} would change nothing", plan.head.script),
        1 => format!("{} would change 1 thing:", plan.head.script),
        count => format!("{} would change {count} things:", plan.head.script),
    }];
    for (number, write) in writes.iter().enumerate() {
        lines.push(format!(
            "{:>3}. {}  ({}:{})",
            number + 1,
            summary::asked(&write.call),
            write.origin.file,
            write.origin.line
        ));
        lines.extend(changes(plan, write).iter().map(|line| format!("       {line}")));
    }
    for step in assumed(plan) {
        lines.push(format!(
            "assumed to go well: {}  ({}:{})",
            summary::asked(&step.call),
            step.origin.file,
            step.origin.line
        ));
    }
    lines.push(format!("it takes {} calls, {} of them writes", plan.steps.len(), writes.len()));
    let needed = needed(plan);
    if !needed.is_empty() {
        lines.push("it needs:".to_owned());
        lines.extend(needed.iter().map(|one| format!("  {:10} {:34} {}", one.session, one.action, one.resource)));
    }
    let unknown = unknown(plan);
    if !unknown.is_empty() {
        lines.push(format!("not known before: {}", unknown.join(", ")));
    }
    lines
}

/// The plan as one object: the same, and every call.
pub fn object(plan: &Plan) -> Value {
    let writes: Vec<_> = plan
        .writes()
        .map(|write| {
            json!({
                "key": write.key,
                "what": summary::asked(&write.call),
                "at": write.origin.to_string(),
                "changes": changes(plan, write),
                "call": write.call,
            })
        })
        .collect();
    json!({
        "script": plan.head.script,
        "arguments": plan.head.arguments,
        "writes": writes,
        "assumed": assumed(plan).map(|step| summary::asked(&step.call)).collect::<Vec<_>>(),
        "calls": plan.steps.iter().map(|step| summary::asked(&step.call)).collect::<Vec<_>>(),
        "permissions": needed(plan),
        "unknown": unknown(plan),
    })
}

fn assumed(plan: &Plan) -> impl Iterator<Item = &Planned> {
    plan.steps.iter().filter(|step| step.nature == Nature::Assumed)
}

fn needed(plan: &Plan) -> BTreeSet<Permission> {
    plan.steps.iter().flat_map(|step| permissions(&step.call)).collect()
}

/// What only AWS chooses.
fn unknown(plan: &Plan) -> Vec<String> {
    let writes = plan.writes().filter_map(|write| match &write.call {
        Call::Ecs(EcsCall::RegisterTaskDefinition { document, .. }) => {
            let family = document.get("family").and_then(Value::as_str).unwrap_or("?");
            Some(format!("the number of {family}'s next revision"))
        }
        Call::Ecs(EcsCall::UpdateService { document, .. }) => {
            let service = document.get("service").and_then(Value::as_str).unwrap_or("?");
            Some(format!("the id of {service}'s next deployment"))
        }
        Call::Task(TaskCall::RunTask { document, .. }) => {
            let definition = document.get("taskDefinition").and_then(Value::as_str).map_or("?", short_name);
            Some(format!("the id of the task of {definition}"))
        }
        Call::Ecs(EcsCall::CreateService { document, .. }) => {
            let service = document.get("serviceName").and_then(Value::as_str).unwrap_or("?");
            Some(format!("the id of {service}'s first deployment"))
        }
        Call::Image(ImageCall::BuildImage { to, .. }) => {
            Some(format!("the digest of {}, which is built", to.image.familiar()))
        }
        _ => None,
    });
    writes.collect()
}
