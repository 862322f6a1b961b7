//! Which function answers which operation.

use serde_json::Value;

use super::deployments::{self, Availability};
use super::realm::{Context, Realm};
use super::{
    create_service, delete_service, describe_services, describe_tasks, list_tasks, lists, one_off, protection,
    task_definitions, update_service,
};
use crate::rehearsal::aws_error::AwsError;

/// The operations there are; ECS's others are answered like ones that do not exist.
pub const OPERATIONS: [&str; 21] = [
    "ContinueServiceDeployment",
    "CreateService",
    "DeleteService",
    "DeregisterTaskDefinition",
    "DescribeClusters",
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
    "DescribeServices",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "ExecuteCommand",
    "GetTaskProtection",
    "ListServiceDeployments",
    "ListServices",
    "ListTaskDefinitions",
    "ListTasks",
    "RegisterTaskDefinition",
    "RunTask",
    "StopServiceDeployment",
    "StopTask",
    "UpdateService",
];

/// Those that a place may be without.
const OF_DEPLOYMENTS: [&str; 5] = [
    "ContinueServiceDeployment",
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
    "ListServiceDeployments",
    "StopServiceDeployment",
];

/// Answers a call.
///
/// # Errors
/// What ECS answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(realm: &mut Realm, operation: &str, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    if OF_DEPLOYMENTS.contains(&operation) {
        available(realm.availability, operation, context)?;
    }
    match operation {
        "ContinueServiceDeployment" => deployments::resume(realm, body, context),
        "CreateService" => create_service::call(realm, body, context),
        "DeleteService" => delete_service::call(realm, body, context),
        "DeregisterTaskDefinition" => task_definitions::deregister(realm, body, context),
        "DescribeClusters" => Ok(lists::describe_clusters(realm, body)),
        "DescribeServiceDeployments" => deployments::describe(realm, body, context),
        "DescribeServiceRevisions" => deployments::describe_revisions(realm, body, context),
        "DescribeServices" => describe_services::call(realm, body, context),
        "DescribeTaskDefinition" => task_definitions::describe(realm, body),
        "DescribeTasks" => describe_tasks::call(realm, body, context),
        "ExecuteCommand" => one_off::execute_command(realm, body, context),
        "GetTaskProtection" => protection::call(realm, body, context),
        "ListServiceDeployments" => deployments::list(realm, body, context),
        "ListServices" => lists::services(realm, body),
        "ListTaskDefinitions" => lists::task_definitions(realm, body),
        "ListTasks" => list_tasks::call(realm, body, context),
        "RegisterTaskDefinition" => task_definitions::register_one(realm, body, context),
        "RunTask" => one_off::run_task(realm, body, context),
        "StopServiceDeployment" => deployments::stop(realm, body, context),
        "StopTask" => one_off::stop_task(realm, body, context),
        "UpdateService" => update_service::call(realm, body, context),
        _ => Err(AwsError::unknown_operation()),
    }
}

/// Whether the operations of service deployments are to be had here.
fn available(availability: Availability, operation: &str, context: &Context<'_>) -> Result<(), AwsError> {
    match availability {
        Availability::Present => Ok(()),
        Availability::Missing => Err(AwsError::unknown_operation()),
        Availability::Denied => Err(AwsError::new(
            "AccessDeniedException",
            format!("User: {} is not authorized to perform: ecs:{operation}", context.caller.arn),
        )),
        Availability::Error => Err(AwsError {
            status: 500,
            code: "ServerException".to_owned(),
            message: "The operation is not implemented.".to_owned(),
        }),
    }
}
