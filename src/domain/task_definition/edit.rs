//! Edits by container name. Each gives a new document; one that matches nothing is an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{TaskDefinition, lists};
use crate::domain::nearest::nearest;

/// An edit that found nothing to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task definition `{definition}` has no container `{container}`: {}", there_are(.there))]
pub struct EditError {
    /// The task definition, `web:7`.
    pub definition: String,
    /// The container that was asked for.
    pub container: String,
    /// The containers there are.
    pub there: Vec<String>,
    /// The one that was probably meant.
    pub did_you_mean: Option<String>,
}

fn there_are(containers: &[String]) -> String {
    match containers {
        [] => "it has no containers".to_owned(),
        containers => format!("it has `{}`", containers.join("`, `")),
    }
}

impl EditError {
    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        self.did_you_mean.as_ref().map(|name| format!("did you mean `{name}`?"))
    }
}

impl TaskDefinition {
    /// Runs `image` in the container.
    pub fn set_image(&self, container: &str, image: &str) -> Result<Self, EditError> {
        self.set_member(container, "image", json!(image))
    }

    /// Sets environment variables of the container, and removes those whose value is `None`; one that is not there
    /// may be removed, so that the same edit can be made again. An empty text is a value.
    pub fn set_environment(
        &self,
        container: &str,
        variables: &BTreeMap<String, Option<String>>,
    ) -> Result<Self, EditError> {
        self.edit(container, |container| {
            lists::set_named(container, "environment", "value", variables);
        })
    }

    /// Sets from where the container's secrets are taken (the ARN of a Secrets Manager secret or an SSM parameter),
    /// and removes those that are `None`. The values are references: no secret is in a task definition.
    pub fn set_secrets(&self, container: &str, secrets: &BTreeMap<String, Option<String>>) -> Result<Self, EditError> {
        self.edit(container, |container| {
            lists::set_named(container, "secrets", "valueFrom", secrets);
        })
    }

    /// Sets the CPU units (1024 are one vCPU) of the task, where no container is named, or of one container.
    pub fn set_cpu(&self, container: Option<&str>, units: u64) -> Result<Self, EditError> {
        self.set_size(container, "cpu", units)
    }

    /// Sets the memory in MiB of the task, where no container is named, or the hard limit of one container.
    pub fn set_memory(&self, container: Option<&str>, mebibytes: u64) -> Result<Self, EditError> {
        self.set_size(container, "memory", mebibytes)
    }

    /// ECS has the sizes of a task as text and those of a container as numbers.
    fn set_size(&self, container: Option<&str>, member: &str, amount: u64) -> Result<Self, EditError> {
        match container {
            Some(container) => self.set_member(container, member, json!(amount)),
            None => Ok(self.set_task_member(member, json!(amount.to_string()))),
        }
    }

    /// Sets the container's command, which its image's entrypoint gets as arguments.
    pub fn set_command(&self, container: &str, command: &[String]) -> Result<Self, EditError> {
        self.set_member(container, "command", json!(command))
    }

    /// Sets any member of the container; `null` removes it.
    pub fn set_member(&self, container: &str, member: &str, value: Value) -> Result<Self, EditError> {
        self.edit(container, |container| {
            set_or_remove(container, member, value);
        })
    }

    /// Sets any member of the task definition itself; `null` removes it. Its `family` can be changed, not removed.
    #[must_use]
    pub fn set_task_member(&self, member: &str, value: Value) -> Self {
        let mut edited = self.clone();
        let is_name = value.as_str().is_some_and(|name| !name.is_empty());
        if member != "family" || is_name {
            set_or_remove(&mut edited.0, member, value);
        }
        edited
    }

    fn edit(&self, container: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Result<Self, EditError> {
        let mut edited = self.clone();
        let found = edited
            .0
            .get_mut("containerDefinitions")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
            .find(|document| document.get("name").is_some_and(|name| name == container));
        match found {
            Some(document) => {
                change(document);
                Ok(edited)
            }
            None => Err(EditError {
                definition: self.short_name(),
                container: container.to_owned(),
                there: self.containers().into_iter().map(str::to_owned).collect(),
                did_you_mean: nearest(container, self.containers()).map(str::to_owned),
            }),
        }
    }
}

fn set_or_remove(object: &mut Map<String, Value>, member: &str, value: Value) {
    if value.is_null() {
        object.shift_remove(member);
    } else {
        object.insert(member.to_owned(), value);
    }
}
