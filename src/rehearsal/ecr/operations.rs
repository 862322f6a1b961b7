//! Which function answers which operation, and what they share.

use serde_json::Value;

use super::{delete, images, put_image, repositories, token};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::registry::{Registry, Repository};

/// The operations there are.
pub const OPERATIONS: [&str; 9] = [
    "BatchCheckLayerAvailability",
    "BatchDeleteImage",
    "BatchGetImage",
    "CreateRepository",
    "DescribeImages",
    "DescribeRepositories",
    "GetAuthorizationToken",
    "ListImages",
    "PutImage",
];

/// A call's registry: that of the caller's account in the call's Region.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The registry.
    pub registry: &'a mut Registry,
    /// The account's twelve digits, which are also the registry's id.
    pub account: &'a str,
    /// The Region.
    pub region: &'a str,
    /// When.
    pub now: Moment,
}

/// Answers a call.
///
/// # Errors
/// What ECR answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(mut desk: Desk<'_>, operation: &str, body: &Value) -> Result<Value, AwsError> {
    match operation {
        "BatchCheckLayerAvailability" => images::check_layers(&desk, body),
        "BatchDeleteImage" => delete::call(&mut desk, body),
        "BatchGetImage" => images::batch_get(&desk, body),
        "CreateRepository" => repositories::create(&mut desk, body),
        "DescribeImages" => images::describe(&desk, body),
        "DescribeRepositories" => repositories::describe(&desk, body),
        "GetAuthorizationToken" => token::get(&mut desk),
        "ListImages" => images::list_images(&desk, body),
        "PutImage" => put_image::call(&mut desk, body),
        _ => Err(AwsError::unknown_operation()),
    }
}

impl Desk<'_> {
    /// The repository that a request names.
    ///
    /// # Errors
    /// `RepositoryNotFoundException`, also for a `registryId` that is not the caller's.
    pub fn repository(&self, body: &Value) -> Result<&Repository, AwsError> {
        let name = text(body, "repositoryName");
        let found = self.registry.repositories.get(name);
        found.filter(|_| self.is_ours(body)).ok_or_else(|| self.no_repository(name, body))
    }

    /// The repository that a request names, to be changed.
    ///
    /// # Errors
    /// `RepositoryNotFoundException`
    pub fn repository_mut(&mut self, body: &Value) -> Result<&mut Repository, AwsError> {
        let name = text(body, "repositoryName");
        let missing = self.no_repository(name, body);
        if !self.is_ours(body) {
            return Err(missing);
        }
        self.registry.repositories.get_mut(name).ok_or(missing)
    }

    /// Whether the request's `registryId` is absent or the caller's.
    pub fn is_ours(&self, body: &Value) -> bool {
        let named = text(body, "registryId");
        named.is_empty() || named == self.account
    }

    /// `RepositoryNotFoundException` for a name.
    pub fn no_repository(&self, name: &str, body: &Value) -> AwsError {
        let registry = match text(body, "registryId") {
            "" => self.account,
            named => named,
        };
        AwsError::new(
            "RepositoryNotFoundException",
            format!("The repository with name '{name}' does not exist in the registry with id '{registry}'"),
        )
    }
}

/// A text member of a request; empty where there is none.
pub fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A list of a request.
pub fn list<'a>(body: &'a Value, member: &str) -> &'a [Value] {
    body.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
