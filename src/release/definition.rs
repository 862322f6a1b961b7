//! The task definition of a deployment: where it starts from, what is changed in it, and its registration.

use super::image;
use super::service::Service;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::domain::task_definition::{DocumentError, EditError, TaskDefinition, short_name};
use crate::effects::call::{Call, EcsCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a deployment starts from instead of the definition that runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Base {
    /// A registered one, by `family`, `family:revision` or ARN: where nothing is changed in it, it is used itself.
    Named(String),
    /// A document.
    Given(TaskDefinition),
}

/// What is changed in a task definition.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Container → image. One with a digest is pinned by it.
    pub images: BTreeMap<String, Reference>,
    /// Whether tags stay tags; otherwise each is resolved to the digest that it names now.
    pub keep_tags: bool,
    /// Container → variable → value, or none to remove it.
    pub env: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// Container → variable → where its secret value is, or none to remove it.
    pub secrets: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// Container → command.
    pub command: BTreeMap<String, Vec<String>>,
    /// The task's CPU units: 1024 are one vCPU.
    pub cpu: Option<u64>,
    /// The task's memory in MiB.
    pub memory: Option<u64>,
}

impl Edits {
    /// The definition with the changes in it. Tags are resolved before anything is registered, so that an image that is
    /// not there has changed nothing, and a tag that has moved is a difference.
    ///
    /// # Errors
    /// A container that the definition does not have; an image that is not in its registry.
    pub(super) async fn applied(
        &self,
        gateway: &Gateway,
        service: &Service,
        base: &TaskDefinition,
    ) -> Result<TaskDefinition, Fault> {
        // a container that is not there is told before anything is asked about its image
        self.edited(base, &self.images).map_err(|error| edit_fault(&error, base))?;
        let mut images = BTreeMap::new();
        for (container, image) in &self.images {
            image::check_pullable(image)?;
            let pinned = match image.digest() {
                None if !self.keep_tags => {
                    let at = Located { image: image.clone(), session: Some(service.session.clone()) };
                    image::source(gateway, &at, None).await.map_err(tag_not_resolved)?.0.image
                }
                _ => image.clone(),
            };
            images.insert(container.clone(), pinned);
        }
        self.edited(base, &images).map_err(|error| edit_fault(&error, base))
    }

    fn edited(&self, from: &TaskDefinition, images: &BTreeMap<String, Reference>) -> Result<TaskDefinition, EditError> {
        let mut definition = from.clone();
        for (container, image) in images {
            // by digest alone: it cannot move, and a tag beside it would only look as if it decided
            let image = if image.digest().is_some() { image.without_tag() } else { image.clone() };
            definition = definition.set_image(container, &image.to_string())?;
        }
        for (container, env) in &self.env {
            definition = definition.set_environment(container, env)?;
        }
        for (container, secrets) in &self.secrets {
            definition = definition.set_secrets(container, secrets)?;
        }
        for (container, command) in &self.command {
            definition = definition.set_command(container, command)?;
        }
        if let Some(cpu) = &self.cpu {
            definition = definition.set_cpu(None, *cpu)?;
        }
        if let Some(memory) = &self.memory {
            definition = definition.set_memory(None, *memory)?;
        }
        Ok(definition)
    }
}

fn edit_fault(error: &EditError, base: &TaskDefinition) -> Fault {
    let fault = Fault::new(FaultKind::Usage, "EditMatchesNothing", format!("{}: {error}", base.short_name()));
    Fault { hint: error.hint(), ..fault }
}

fn tag_not_resolved(fault: Fault) -> Fault {
    let way_out = "where the registry cannot be reached from here, `keep_tags: true` deploys the tag as it is";
    match &fault.hint {
        Some(hint) => {
            let hint = format!("{hint}; {way_out}");
            fault.hint(hint)
        }
        None => fault.hint(way_out),
    }
}

/// Registers a definition; gives its ARN and its short name.
///
/// # Errors
/// What AWS refuses; `NoArn` where its answer names no revision.
pub(super) async fn register(
    gateway: &Gateway,
    session: &str,
    definition: &TaskDefinition,
) -> Result<(String, String), Fault> {
    let call =
        Call::Ecs(EcsCall::RegisterTaskDefinition { session: session.to_owned(), document: definition.registrable() });
    let registered = described(gateway.perform(call).await?.document()?)?;
    match registered.arn() {
        Some(arn) => Ok((arn.to_owned(), short_name(arn).to_owned())),
        None => Err(Fault::new(
            FaultKind::Verification,
            "NoArn",
            format!("the answer to registering {} names no revision", definition.family()),
        )),
    }
}

/// The document in an answer of ECS.
pub(super) fn described(answer: Value) -> Result<TaskDefinition, Fault> {
    TaskDefinition::from_described(answer).map_err(|error: DocumentError| {
        Fault::new(FaultKind::Verification, "NotUnderstood", format!("ECS answered with no task definition: {error}"))
    })
}
