//! A task definition: a lossless JSON document, and edits that give new ones.
//!
//! The order of members and members that nobody here knows survive everything, so what ECS adds tomorrow is kept today.

mod edit;
mod equal;
mod lists;
#[cfg(test)]
mod tests;

pub use edit::EditError;
pub use equal::{differences, same};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What only `DescribeTaskDefinition` returns, and `RegisterTaskDefinition` does not take.
const DESCRIBED_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A task definition as a document: an object that has a `family`; its tags, if any, are its member `tags`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct TaskDefinition(Map<String, Value>);

/// A document that is no task definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not even an object.
    #[error("a task definition is a JSON object, this is {0}")]
    NotAnObject(&'static str),
    /// What names it is missing.
    #[error("a task definition has its name in `family`, a text, and here it {0}")]
    NoFamily(&'static str),
    /// The reply of a describe call without what was described.
    #[error("the reply has no `taskDefinition`")]
    NotDescribed,
}

impl TaskDefinition {
    /// Takes a document as it is: what a file has, or what a script made.
    pub fn from_value(document: Value) -> Result<Self, DocumentError> {
        let Value::Object(document) = document else {
            return Err(DocumentError::NotAnObject(kind(&document)));
        };
        match document.get("family") {
            Some(Value::String(family)) if !family.is_empty() => Ok(Self(document)),
            Some(Value::String(_)) => Err(DocumentError::NoFamily("is empty")),
            Some(_) => Err(DocumentError::NoFamily("is something else")),
            None => Err(DocumentError::NoFamily("is missing")),
        }
    }

    /// Takes the reply of `DescribeTaskDefinition` or `RegisterTaskDefinition`: `{taskDefinition: {…}, tags: […]}`.
    ///
    /// The tags, which ECS returns beside the document (and only if asked with `include=[TAGS]`), are put into it.
    pub fn from_described(mut reply: Value) -> Result<Self, DocumentError> {
        let tags = reply.get_mut("tags").map(Value::take);
        let mut described = match reply.get_mut("taskDefinition").map(Value::take) {
            Some(document) => Self::from_value(document)?,
            None => return Err(DocumentError::NotDescribed),
        };
        if let Some(Value::Array(tags)) = tags
            && !tags.is_empty()
        {
            described.0.insert("tags".to_owned(), Value::Array(tags));
        }
        Ok(described)
    }

    /// The request that registers this document: without what only describing returns, without empty tags, and without
    /// tags that AWS itself set (`aws:…`), which it refuses to be given.
    pub fn registrable(&self) -> Value {
        let mut request = self.0.clone();
        request.retain(|member, _| !DESCRIBED_ONLY.contains(&member.as_str()));
        if let Some(Value::Array(tags)) = request.get_mut("tags") {
            tags.retain(|tag| !tag.get("key").and_then(Value::as_str).is_some_and(|key| key.starts_with("aws:")));
            if tags.is_empty() {
                request.shift_remove("tags");
            }
        }
        Value::Object(request)
    }

    /// The whole document.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// A member of the document, as it is.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.0.get(member)
    }

    /// The family, without a revision: `web`.
    pub fn family(&self) -> &str {
        self.text("family").unwrap_or_default()
    }

    /// The revision, if this one is registered.
    pub fn revision(&self) -> Option<u64> {
        self.0.get("revision").and_then(Value::as_u64)
    }

    /// The ARN, if this one is registered.
    pub fn arn(&self) -> Option<&str> {
        self.text("taskDefinitionArn")
    }

    /// `web:7`, or the family alone while it is not registered.
    pub fn short_name(&self) -> String {
        match self.revision() {
            Some(revision) => format!("{}:{revision}", self.family()),
            None => self.family().to_owned(),
        }
    }

    /// The names of its containers, in their order.
    pub fn containers(&self) -> Vec<&str> {
        self.container_documents().filter_map(|container| container.get("name")?.as_str()).collect()
    }

    /// The image of the container with this name, as written.
    pub fn image(&self, container: &str) -> Option<&str> {
        self.container_documents()
            .find(|document| document.get("name").is_some_and(|name| name == container))?
            .get("image")?
            .as_str()
    }

    fn container_documents(&self) -> impl Iterator<Item = &Value> {
        self.0.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten()
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member).and_then(Value::as_str)
    }
}

/// `web:7` out of a task definition's ARN; a short name stays as it is.
pub fn short_name(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

impl TryFrom<Value> for TaskDefinition {
    type Error = DocumentError;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        Self::from_value(document)
    }
}

impl From<TaskDefinition> for Value {
    fn from(definition: TaskDefinition) -> Self {
        Self::Object(definition.0)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
