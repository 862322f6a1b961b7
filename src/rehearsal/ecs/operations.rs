//! Which function answers which operation.

use serde_json::Value;

use super::realm::{Context, Realm};
use super::{describe_services, describe_tasks, list_tasks, lists, task_definitions, update_service};
use crate::rehearsal::aws_error::AwsError;

/// The operations there are; ECS's others are answered like ones that do not exist.
pub const OPERATIONS: [&str; 9] = [
    "DescribeClusters",
    "DescribeServices",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "ListServices",
    "ListTaskDefinitions",
    "ListTasks",
    "RegisterTaskDefinition",
    "UpdateService",
];

/// Answers a call.
///
/// # Errors
/// What ECS answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(realm: &mut Realm, operation: &str, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    match operation {
        "DescribeClusters" => Ok(lists::describe_clusters(realm, body)),
        "DescribeServices" => describe_services::call(realm, body),
        "DescribeTaskDefinition" => task_definitions::describe(realm, body),
        "DescribeTasks" => describe_tasks::call(realm, body),
        "ListServices" => lists::services(realm, body),
        "ListTaskDefinitions" => lists::task_definitions(realm, body),
        "ListTasks" => list_tasks::call(realm, body),
        "RegisterTaskDefinition" => task_definitions::register_one(realm, body, context),
        "UpdateService" => update_service::call(realm, body, context),
        _ => Err(AwsError::unknown_operation()),
    }
}
