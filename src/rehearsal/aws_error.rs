//! Errors as the AWS JSON protocol writes them.

use serde_json::{Value, json};

/// An error that AWS answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The HTTP status; 400 for nearly all.
    pub status: u16,
    /// The error's name: `ClusterNotFoundException`.
    pub code: String,
    /// What it says.
    pub message: String,
}

impl AwsError {
    /// An error with status 400.
    pub fn new(code: &str, message: impl Into<String>) -> AwsError {
        AwsError { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// `ClientException`: ECS's name for most mistakes in a request.
    pub fn client(message: impl Into<String>) -> AwsError {
        AwsError::new("ClientException", message)
    }

    /// `InvalidParameterException`
    pub fn parameter(message: impl Into<String>) -> AwsError {
        AwsError::new("InvalidParameterException", message)
    }

    /// `SerializationException`: JSON of another type than the member's.
    pub fn serialization(message: impl Into<String>) -> AwsError {
        AwsError::new("SerializationException", message)
    }

    /// The operation does not exist here.
    pub fn unknown_operation() -> AwsError {
        AwsError::new("UnknownOperationException", "The requested operation is not recognized by the service.")
    }

    /// The JSON body, as the named service writes it: the models of some write `Message`, and an error without words
    /// has none.
    pub fn body(&self, service: &str) -> Value {
        let member =
            if matches!(service, "secretsmanager" | "application-autoscaling") { "Message" } else { "message" };
        let mut body = json!({ "__type": self.code });
        if let Some(members) = body.as_object_mut().filter(|_| !self.message.is_empty()) {
            members.insert(member.to_owned(), json!(self.message));
        }
        body
    }
}
