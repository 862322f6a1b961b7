//! A service that is not there yet is created, with the definition that it is to run.

use super::definition::{Base, register};
use super::deploy::{Changes, Rollout, definition_fault, driven};
use super::interruption::{self, OnInterrupt};
use super::service::{Service, text};
use super::update::ours;
use crate::domain::service_definition;
use crate::domain::task_definition::differences;
use crate::effects::call::{Call, EcsCall};
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::{Map, Value, json};

/// Whether `described` tells that there is no such service, or none any more, so that one may be created.
pub(super) fn is_missing(described: &Result<Value, Fault>) -> bool {
    matches!(described, Err(fault) if fault.code == "ServiceMissing")
}

/// A service that is being deleted: neither can it be deployed to, nor another one be created under its name.
///
/// # Errors
/// `ServiceDraining`.
pub(super) fn not_draining(service: &Service, described: &Value) -> Result<(), Fault> {
    if text(described, "status") != "DRAINING" {
        return Ok(());
    }
    let message = format!("service {service} is being deleted (DRAINING)");
    let hint = "wait until its last tasks are gone, and create it then";
    Err(Fault::new(FaultKind::Refused, "ServiceDraining", message).hint(hint))
}

/// Creates `service`: what `changes` say of it, and over that `only`, in ECS's words. Its first deployment is waited for
/// and judged like any other; there is nothing that it could go back to.
///
/// # Errors
/// `ServiceUnfinished` where it is not said what the service runs, or how many tasks; whatever AWS refuses.
pub(super) async fn create(
    gateway: &Gateway,
    service: &Service,
    changes: &Changes,
    only: &Map<String, Value>,
) -> Result<Rollout, Fault> {
    let mut wanted = changes.service.clone();
    wanted.extend(only.iter().map(|(member, value)| (member.clone(), value.clone())));
    let mut document = service_definition::creation(&wanted).map_err(|error| definition_fault(service, &error))?;
    if document.get("deploymentController").is_some_and(|one| text(one, "type") == "CODE_DEPLOY") {
        let message = format!("service {service} is to be deployed by CodeDeploy, and is not created by gantry");
        let hint = "create it together with its deployment group, where your infrastructure is described";
        return Err(Fault::new(FaultKind::Refused, "ControllerUnsupported", message).hint(hint));
    }
    driven(service, &Value::Object(document.clone()))?;
    let count = changes.desired_count.map(|count| json!(count)).or_else(|| wanted.get("desiredCount").cloned());
    match count {
        Some(count) => {
            document.insert("desiredCount".into(), count);
        }
        None if document.get("schedulingStrategy") == Some(&json!("DAEMON")) => {}
        None => return Err(unfinished(service, "how many tasks it runs", "`desired_count: 2`")),
    }
    let Some(base) = base(gateway, service, changes, &wanted).await? else {
        return Err(unfinished(service, "what it runs", "`task_definition: \"web:7\"`, or a definition"));
    };
    let edited = changes.edits.applied(gateway, service, &base).await?;
    let is_registered = base.arn().is_some() && differences(&base, &edited).is_empty();
    let (arn, name) = if is_registered {
        (base.arn().map_or_else(|| base.short_name(), ToOwned::to_owned), base.short_name())
    } else {
        register(gateway, &service.session, &edited).await?
    };

    let mut request = Map::new();
    request.insert("cluster".into(), json!(service.cluster));
    request.insert("serviceName".into(), json!(service.name));
    request.insert("taskDefinition".into(), json!(arn));
    request.extend(document);
    let (session, by) = (service.session.clone(), gateway.run().to_owned());
    let call = EcsCall::CreateService { session, document: Value::Object(request), by };
    let answer = gateway.perform(Call::Ecs(call)).await?.document()?;
    let deployment = ours(&answer, &arn);
    gateway.events().step(format!("{service} is created with {name}"));
    // there is nothing that it could be taken back to
    if changes.on_interrupt == OnInterrupt::Rollback {
        let message =
            format!("{service} is new: an interruption leaves its deployment, for there is nothing to go back to");
        gateway.events().log(Level::Info, message);
    }
    if let Some(deployment) = deployment.as_deref().filter(|_| changes.on_interrupt != OnInterrupt::Rollback) {
        interruption::promise(gateway, service, deployment, "", changes.on_interrupt);
    }
    let (service, previous) = (service.clone(), String::new());
    Ok(Rollout { service, deployment, task_definition: arn, previous, unchanged: false, began: true })
}

/// What the definition is made of: what is deployed, or what the service's own definition names.
async fn base(
    gateway: &Gateway,
    service: &Service,
    changes: &Changes,
    wanted: &Map<String, Value>,
) -> Result<Option<crate::domain::task_definition::TaskDefinition>, Fault> {
    let name = match &changes.base {
        Some(Base::Given(document)) => return Ok(Some(document.clone())),
        Some(Base::Named(name)) => Some(name.as_str()),
        None => wanted.get("taskDefinition").and_then(Value::as_str),
    };
    match name {
        Some(name) => service.task_definition(gateway, name).await.map(Some),
        None => Ok(None),
    }
}

fn unfinished(service: &Service, what: &str, how: &str) -> Fault {
    let message = format!("service {service} does not exist, and to create it {what} has to be said");
    Fault::new(FaultKind::Usage, "ServiceUnfinished", message).hint(format!("give the deploy {how}"))
}
