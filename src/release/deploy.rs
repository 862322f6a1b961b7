//! A new deployment of a service: the running definition, edited, registered and put to work.

use super::service::{Service, text};
use crate::domain::image_reference::Reference;
use crate::domain::task_definition::{DocumentError, EditError, TaskDefinition, differences, short_name};
use crate::effects::call::{Call, EcsCall, HostCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is to be different. What is not named stays as it runs now.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The definition to start from instead of the one that runs now.
    pub base: Option<TaskDefinition>,
    /// Container → image. One with a digest is pinned by it.
    pub images: BTreeMap<String, Reference>,
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
    /// The number of tasks; auto scaling owns it unless it is asked for.
    pub desired_count: Option<i64>,
    /// A new deployment even where nothing differs.
    pub force: bool,
    /// What is done while another run of this project releases the service.
    pub in_progress: InProgress,
}

/// What is done while another run of this project releases the same service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InProgress {
    /// It is refused, naming the other run.
    #[default]
    Refuse,
    /// The other run's end is waited for.
    Wait,
}

/// A deployment of ours that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Of this service.
    pub service: Service,
    /// Its id (`ecs-svc/…`), by which it is followed; none where the endpoint did not tell one.
    pub deployment: Option<String>,
    /// ARN of the definition it brings.
    pub task_definition: String,
    /// ARN of the definition that ran before.
    pub previous: String,
    /// Whether nothing had to be done: the service ran this definition already.
    pub unchanged: bool,
}

/// The definition with the changes in it.
fn edited(from: &TaskDefinition, changes: &Changes) -> Result<TaskDefinition, EditError> {
    let mut definition = from.clone();
    for (container, image) in &changes.images {
        // by digest alone: it cannot move, and a tag beside it would only look as if it decided
        let image = if image.digest().is_some() { image.without_tag() } else { image.clone() };
        definition = definition.set_image(container, &image.to_string())?;
    }
    for (container, env) in &changes.env {
        definition = definition.set_environment(container, env)?;
    }
    for (container, secrets) in &changes.secrets {
        definition = definition.set_secrets(container, secrets)?;
    }
    for (container, command) in &changes.command {
        definition = definition.set_command(container, command)?;
    }
    if let Some(cpu) = &changes.cpu {
        definition = definition.set_cpu(None, *cpu)?;
    }
    if let Some(memory) = &changes.memory {
        definition = definition.set_memory(None, *memory)?;
    }
    Ok(definition)
}

/// Deploys: describes what runs, edits it, registers it where it differs, and updates the service.
///
/// # Errors
/// The service or its definition is missing; a container that the definition does not have; whatever AWS refuses.
pub async fn deploy(gateway: &Gateway, service: &Service, changes: &Changes) -> Result<Rollout, Fault> {
    hold(gateway, service, changes.in_progress).await?;
    let described = service.describe(gateway).await?;
    if text(described.get("deploymentController").unwrap_or(&Value::Null), "type") == "CODE_DEPLOY" {
        let message = format!("service {service} is deployed by CodeDeploy, which gantry does not drive yet");
        return Err(Fault::new(FaultKind::Refused, "ControllerUnsupported", message));
    }
    let current = service.task_definition(gateway, text(&described, "taskDefinition")).await?;
    let base = changes.base.as_ref().unwrap_or(&current);
    let wanted = edited(base, changes).map_err(|error| edit_fault(&error, base))?;

    let differences = differences(&current, &wanted);
    let (arn, name) = if differences.is_empty() {
        (arn_of(&current, &described), current.short_name())
    } else {
        for one in &differences {
            gateway.events().step(format!("{service}: {one}"));
        }
        register(gateway, service, &wanted).await?
    };
    let must_update = !differences.is_empty() || changes.force || changes.desired_count.is_some();
    let previous = arn_of(&current, &described);
    if !must_update {
        gateway.events().step(format!("{service} runs {name} already: nothing to deploy"));
        let deployment = primary(&described).map(|one| text(one, "id").to_owned());
        return Ok(Rollout { service: service.clone(), deployment, task_definition: arn, previous, unchanged: true });
    }

    let before = primary(&described).map(|one| text(one, "id").to_owned());
    let answer = update(gateway, service, &arn, changes, before).await?;
    gateway.events().step(format!("{service}: {} → {name}", current.short_name()));
    Ok(Rollout {
        service: service.clone(),
        deployment: ours(&answer, &arn),
        task_definition: arn,
        previous,
        unchanged: false,
    })
}

/// Two releases of one service at once would each judge the other's deployment.
async fn hold(gateway: &Gateway, service: &Service, in_progress: InProgress) -> Result<(), Fault> {
    let identity = gateway.identity(&service.session).await?;
    let account = identity.account.as_deref().unwrap_or("unknown");
    let cluster = short_name(&service.cluster);
    let place = format!("{account}.{}.{cluster}.{}", identity.region, short_name(&service.name));
    let call =
        Call::Host(HostCall::Hold { place, by: gateway.run().to_owned(), wait: in_progress == InProgress::Wait });
    gateway.perform(call).await.map(|_| ())
}

async fn register(
    gateway: &Gateway,
    service: &Service,
    definition: &TaskDefinition,
) -> Result<(String, String), Fault> {
    let call = Call::Ecs(EcsCall::RegisterTaskDefinition {
        session: service.session.clone(),
        document: definition.registrable(),
    });
    let registered = described(gateway.perform(call).await?.document()?)?;
    match registered.arn() {
        Some(arn) => Ok((arn.to_owned(), short_name(arn).to_owned())),
        None => Err(Fault::new(
            FaultKind::Refused,
            "NoArn",
            format!("the answer to registering {} names no revision", definition.family()),
        )),
    }
}

async fn update(
    gateway: &Gateway,
    service: &Service,
    arn: &str,
    changes: &Changes,
    before: Option<String>,
) -> Result<Value, Fault> {
    let mut document = Map::new();
    document.insert("cluster".into(), json!(service.cluster));
    document.insert("service".into(), json!(service.name));
    document.insert("taskDefinition".into(), json!(arn));
    if let Some(count) = changes.desired_count {
        document.insert("desiredCount".into(), json!(count));
    }
    if changes.force {
        document.insert("forceNewDeployment".into(), json!(true));
    }
    let call = Call::Ecs(EcsCall::UpdateService {
        session: service.session.clone(),
        document: Value::Object(document),
        before,
    });
    gateway.perform(call).await?.document()
}

/// Puts a service back on a definition that is registered already, unless another deployment than `ours` is PRIMARY by
/// now: none then. Gives the new deployment's id, as far as the endpoint tells one.
pub(super) async fn put_back(
    gateway: &Gateway,
    service: &Service,
    arn: &str,
    ours: Option<&str>,
) -> Result<Option<Option<String>>, Fault> {
    let described = service.describe(gateway).await?;
    let before = primary(&described).map(|one| text(one, "id").to_owned());
    if before.as_deref() != ours {
        return Ok(None);
    }
    let answer = update(gateway, service, arn, &Changes::default(), before).await?;
    Ok(Some(self::ours(&answer, arn)))
}

/// The PRIMARY deployment's id in an answer of `UpdateService`, when it is of our definition.
fn ours(answer: &Value, arn: &str) -> Option<String> {
    let deployment = primary(answer.get("service")?)?;
    let same = short_name(text(deployment, "taskDefinition")) == short_name(arn);
    same.then(|| text(deployment, "id").to_owned()).filter(|id| !id.is_empty())
}

fn primary(service: &Value) -> Option<&Value> {
    service.get("deployments")?.as_array()?.iter().find(|one| text(one, "status") == "PRIMARY")
}

fn arn_of(definition: &TaskDefinition, service: &Value) -> String {
    definition.arn().map_or_else(|| text(service, "taskDefinition").to_owned(), ToOwned::to_owned)
}

fn edit_fault(error: &EditError, base: &TaskDefinition) -> Fault {
    let fault = Fault::new(FaultKind::Usage, "EditMatchesNothing", format!("{}: {error}", base.short_name()));
    Fault { hint: error.hint(), ..fault }
}

/// The document in an answer of ECS.
pub(super) fn described(answer: Value) -> Result<TaskDefinition, Fault> {
    TaskDefinition::from_described(answer).map_err(|error: DocumentError| {
        Fault::new(FaultKind::Refused, "NotUnderstood", format!("ECS answered with no task definition: {error}"))
    })
}
