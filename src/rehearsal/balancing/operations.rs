//! Which function answers which operation of the query protocol.

use serde_json::Value;

use super::{groups, health};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::Realm;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::query::Form;

/// The operations there are.
pub const OPERATIONS: [&str; 2] = ["DescribeTargetGroups", "DescribeTargetHealth"];

/// The `Version` of its requests.
pub const VERSION: &str = "2015-12-01";

/// The namespace of its XML.
pub const NAMESPACE: &str = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";

/// Answers a call: the members of its result.
///
/// # Errors
/// What Elastic Load Balancing answers to a mistaken request; `InvalidAction` for what is not in [`OPERATIONS`].
pub fn call(realm: &Realm, operation: &str, form: &Form, now: Moment) -> Result<Value, AwsError> {
    match operation {
        "DescribeTargetGroups" => groups::describe(realm, form),
        "DescribeTargetHealth" => health::describe(realm, form, now),
        _ => Err(AwsError::new("InvalidAction", format!("Could not find operation {operation} for version {VERSION}"))),
    }
}

/// No target group of this name or ARN is here.
pub fn not_found() -> AwsError {
    AwsError::new("TargetGroupNotFound", "One or more target groups not found")
}
