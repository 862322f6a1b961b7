//! A new deployment of a service: the running definition, edited, registered and put to work.

use super::code_deploy::{self, CodeDeployOptions};
use super::create;
use super::definition::{Base, Edits, register};
use super::hold::{InProgress, hold};
use super::interruption::{self, OnInterrupt};
use super::service::{Service, primary, text};
use super::update::{self, Began};
use crate::domain::service_definition::{self, DefinitionError};
use crate::domain::task_definition::{TaskDefinition, differences, short_name};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::{Map, Value, json};

/// What is to be different. What is not named stays as it runs now.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The definition to start from instead of the one that runs now.
    pub base: Option<Base>,
    /// What is changed in it.
    pub edits: Edits,
    /// Members of the service itself, in ECS's words: a whole definition, or some of it.
    pub service: Map<String, Value>,
    /// A service that is not there is created, and this is what is said of such a one alone, in ECS's words.
    pub create: Option<Map<String, Value>>,
    /// The number of tasks; auto scaling owns it unless it is asked for.
    pub desired_count: Option<i64>,
    /// What is said to `CodeDeploy`, where it deploys the service.
    pub code_deploy: CodeDeployOptions,
    /// A new deployment even where nothing differs.
    pub force: bool,
    /// What is done while another run of this project releases the service.
    pub in_progress: InProgress,
    /// What becomes of the rollout when the run is told to stop while it is under way.
    pub on_interrupt: OnInterrupt,
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
    /// ARN of the definition that ran before; empty for a service that was created.
    pub previous: String,
    /// Whether nothing had to be done: the service ran this definition already.
    pub unchanged: bool,
    /// Whether a deployment began. Not every update begins one, and then there is nothing to wait for.
    pub began: bool,
}

impl Rollout {
    /// Whether it is the first of its service, which was created by it.
    pub(super) fn is_first(&self) -> bool {
        self.previous.is_empty()
    }
}

/// Deploys: describes what runs, edits it, registers it where it differs, and updates the service.
///
/// # Errors
/// The service or its definition is missing; a container that the definition does not have; whatever AWS refuses.
pub async fn deploy(gateway: &Gateway, service: &Service, changes: &Changes) -> Result<Rollout, Fault> {
    if let Some(count) = changes.desired_count.filter(|count| *count < 0) {
        return Err(Fault::usage(format!("desired_count: a service cannot run {count} tasks")));
    }
    hold(gateway, service, changes.in_progress).await?;
    let described = service.describe(gateway).await;
    if let Some(only) = changes.create.as_ref().filter(|_| create::is_missing(&described)) {
        return create::create(gateway, service, changes, only).await;
    }
    let described = described?;
    create::not_draining(service, &described)?;
    let by_code_deploy = code_deploy::deploys(&described);
    if !by_code_deploy {
        driven(service, &described)?;
    }
    let current = service.task_definition(gateway, text(&described, "taskDefinition")).await?;
    let base = match &changes.base {
        None => current.clone(),
        Some(Base::Given(document)) => document.clone(),
        Some(Base::Named(name)) => service.task_definition(gateway, name).await?,
    };
    let wanted = changes.edits.applied(gateway, service, &base).await?;
    let settings =
        service_definition::changes(&changes.service, &described).map_err(|error| definition_fault(service, &error))?;

    let edits = differences(&current, &wanted);
    for one in edits.iter().chain(&settings.differences) {
        gateway.events().step(format!("{service}: {one}"));
    }
    let previous = arn_of(&current, &described);
    let registered = matches!(changes.base, Some(Base::Named(_))) && differences(&base, &wanted).is_empty();
    let mut document = settings.members;
    let ready = if by_code_deploy {
        let differs = if registered { base.short_name() != short_name(&previous) } else { !edits.is_empty() };
        let settings = std::mem::take(&mut document);
        Some(code_deploy::ready(gateway, service, &described, settings, differs, changes).await?)
    } else {
        None
    };
    let (arn, name) = if registered {
        // a revision that is asked for by its name is meant, also where another one says the same
        (base.arn().map_or_else(|| base.short_name(), ToOwned::to_owned), base.short_name())
    } else if edits.is_empty() {
        (previous.clone(), current.short_name())
    } else {
        register(gateway, &service.session, &wanted).await?
    };
    let count = changes.desired_count.filter(|count| described.get("desiredCount") != Some(&json!(count)));
    if let Some(ready) = ready {
        let what = code_deploy::What { arn, previous, described: &described };
        return code_deploy::deploy(gateway, service, ready, what, changes).await;
    }
    if let Some(count) = count {
        document.insert("desiredCount".into(), json!(count));
    }
    if changes.force {
        document.insert("forceNewDeployment".into(), json!(true));
    }
    let same = short_name(&arn) == short_name(&previous);
    if same && document.is_empty() {
        gateway.events().step(format!("{service} runs {name} already: nothing to deploy"));
        let deployment = primary(&described).map(|one| text(one, "id").to_owned());
        let service = service.clone();
        return Ok(Rollout { service, deployment, task_definition: arn, previous, unchanged: true, began: false });
    }
    let Began { deployment, began } = update::update(gateway, service, &described, &arn, document).await?;
    if let (true, Some(deployment)) = (began, &deployment) {
        interruption::promise(gateway, service, deployment, &previous, changes.on_interrupt);
    }
    gateway.events().step(match (began, count) {
        (true, _) if same => format!("{service}: {name} is deployed again"),
        (true, _) => format!("{service}: {} → {name}", current.short_name()),
        (false, Some(count)) => format!("{service}: {count} tasks wanted; no deployment begins"),
        (false, None) => format!("{service} is updated; no deployment begins"),
    });
    let service = service.clone();
    Ok(Rollout { service, deployment, task_definition: arn, previous, unchanged: false, began })
}

/// Whether ECS itself deploys the service.
pub(super) fn driven(service: &Service, described: &Value) -> Result<(), Fault> {
    let controller = text(described.get("deploymentController").unwrap_or(&Value::Null), "type");
    let message = match controller {
        "CODE_DEPLOY" => {
            let message = format!("service {service} is deployed by CodeDeploy, which this is not done through");
            let hint = "deploy the revision that it is to run instead: `deploy(#{ task_definition: \"web:7\" })`, or the \
                        one that runs with `force: true`";
            return Err(Fault::new(FaultKind::Refused, "ControllerUnsupported", message).hint(hint));
        }
        "EXTERNAL" => format!(
            "service {service} has the deployment controller EXTERNAL: its task sets belong to the tool that made \
             them, and gantry neither makes nor changes any"
        ),
        _ => return Ok(()),
    };
    let hint = "its status, images and task definition can be read; deploy with the tool that owns it, or move the \
                service to the controller ECS, which knows blue/green, linear and canary deployments itself";
    Err(Fault::new(FaultKind::Refused, "ControllerUnsupported", message).hint(hint))
}

pub(super) fn definition_fault(service: &Service, error: &DefinitionError) -> Fault {
    let fault = Fault::new(FaultKind::Usage, "ServiceDefinition", format!("{service}: {error}"));
    match error {
        DefinitionError::Unknown { did_you_mean: Some(name), .. } => fault.hint(format!("did you mean `{name}`?")),
        DefinitionError::Unknown { .. } => fault.hint("members are written as ECS's own API writes them"),
        DefinitionError::CreateOnly(_) => fault.hint("leave it as it is, or create another service beside this one"),
    }
}

fn arn_of(definition: &TaskDefinition, service: &Value) -> String {
    definition.arn().map_or_else(|| text(service, "taskDefinition").to_owned(), ToOwned::to_owned)
}
