//! Calls about tasks in a few words.

use super::text;
use crate::domain::one_off::id;
use crate::domain::task_definition::short_name;
use crate::effects::call::TaskCall;
use crate::effects::reply::Reply;
use serde_json::Value;

/// What a call asks for.
pub fn asked(call: &TaskCall) -> String {
    match call {
        TaskCall::RunTask { document, .. } => {
            let definition = short_name(text(document, "taskDefinition"));
            format!("run a task of {definition} in {}", short_name(text(document, "cluster")))
        }
        TaskCall::WatchTask { task, .. } => format!("wait for task {} to end", short_name(task)),
        TaskCall::StopTask { task, .. } => format!("stop task {}", short_name(task)),
        TaskCall::Execute { task, command, .. } => format!("execute `{command}` in task {}", short_name(task)),
        TaskCall::ListTasks { cluster, filter, desired_status, .. } => {
            let of: Vec<&str> = filter.values().map(String::as_str).collect();
            let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(", ")) };
            format!("list {} tasks{of} in {}", desired_status.to_lowercase(), short_name(cluster))
        }
        TaskCall::GetLogEvents { group, stream, .. } => format!("read the log {group} {stream}"),
    }
}

/// What a write came to.
pub fn done(call: &TaskCall, reply: &Reply) -> Option<String> {
    match (call, reply) {
        (TaskCall::RunTask { document, .. }, Reply::Document(answer)) => {
            let task = answer.pointer("/tasks/0").unwrap_or(&Value::Null);
            Some(format!("started task {} of {}", id(task), short_name(text(document, "taskDefinition"))))
        }
        (TaskCall::Execute { task, command, .. }, _) => {
            Some(format!("executed `{command}` in task {}", short_name(task)))
        }
        (TaskCall::StopTask { task, .. }, _) => Some(format!("stopped task {}", short_name(task))),
        _ => None,
    }
}
