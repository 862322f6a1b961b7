//! A new deployment of `CodeDeploy`, and what of a service is still `UpdateService`'s.

use super::super::deploy::{Changes, Rollout};
use super::super::interruption;
use super::super::service::{Service, text};
use super::super::update;
use crate::domain::code_deploy::app_spec;
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, CodeDeployCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is said to `CodeDeploy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodeDeployOptions {
    /// The application; `AppECS-CLUSTER-SERVICE`.
    pub application: Option<String>,
    /// The deployment group; `DgpECS-CLUSTER-SERVICE`.
    pub group: Option<String>,
    /// How traffic moves: `CodeDeployDefault.ECSAllAtOnce`; the group's.
    pub configuration: Option<String>,
    /// Lambda functions by lifecycle event.
    pub hooks: BTreeMap<String, String>,
    /// Events after which `CodeDeploy` rolls back by itself; the group's.
    pub rollback_on: Option<Vec<String>>,
}

/// What is deployed: a registered revision in the place of another.
pub struct What<'a> {
    pub arn: String,
    pub previous: String,
    pub described: &'a Value,
}

/// A deployment that nothing speaks against, before anything is written for it.
pub struct Ready {
    /// Members of the service that change with it.
    with_it: Map<String, Value>,
    /// Those that `UpdateService` changes.
    beside: Map<String, Value>,
    /// The newest deployment of the group, and its status.
    before: Option<(String, String)>,
    begins: bool,
}

/// Members that come with a deployment; all others are for `UpdateService`, as its reference lists them.
const OF_DEPLOYMENTS: [&str; 3] = ["networkConfiguration", "platformVersion", "capacityProviderStrategy"];

/// Members that neither a deployment nor `UpdateService` changes.
const FIXED: [&str; 2] = ["loadBalancers", "serviceRegistries"];

/// Whether `CodeDeploy` deploys a described service.
pub fn deploys(described: &Value) -> bool {
    described.pointer("/deploymentController/type").is_some_and(|controller| controller == "CODE_DEPLOY")
}

/// Whether a service can be deployed with these members changed, and with another revision or not.
///
/// # Errors
/// A group that is not there or has a deployment under way; a service without a load balancer, or whose change is nobody's.
pub async fn ready(
    gateway: &Gateway,
    service: &Service,
    described: &Value,
    settings: Map<String, Value>,
    differs: bool,
    changes: &Changes,
) -> Result<Ready, Fault> {
    let (mut with_it, mut beside) = (Map::new(), Map::new());
    for (member, value) in settings {
        if FIXED.contains(&member.as_str()) {
            return Err(refused(service, &format!("`{member}` of it cannot be changed")));
        }
        let to = if OF_DEPLOYMENTS.contains(&member.as_str()) { &mut with_it } else { &mut beside };
        to.insert(member, value);
    }
    if let Some(count) = changes.desired_count.filter(|count| described.get("desiredCount") != Some(&json!(count))) {
        beside.insert("desiredCount".into(), json!(count));
    }
    let begins = differs || changes.force || !with_it.is_empty();
    // what is wrong with an AppSpec is so whatever the revision
    spec(service, described, "", &with_it, changes)?;
    let before = if begins || beside.is_empty() { newest(gateway, service, &changes.code_deploy).await? } else { None };
    if let Some((id, _)) = before.as_ref().filter(|(_, status)| begins && is_under_way(status)) {
        let message = format!("deployment {id} of {service} is under way, and CodeDeploy makes one at a time");
        return Err(Fault::new(FaultKind::Refused, "DeploymentUnderWay", message)
            .hint("wait for it, or stop it with `aws deploy stop-deployment`"));
    }
    Ok(Ready { with_it, beside, before, begins })
}

/// Deploys a revision by `CodeDeploy`, after what `UpdateService` changes of the service.
///
/// # Errors
/// Whatever AWS refuses.
pub async fn deploy(
    gateway: &Gateway,
    service: &Service,
    ready: Ready,
    what: What<'_>,
    changes: &Changes,
) -> Result<Rollout, Fault> {
    let Ready { with_it, beside, before, begins } = ready;
    let What { arn, previous, described } = what;
    let updates = !beside.is_empty();
    let mut rollout = Rollout {
        service: service.clone(),
        deployment: None,
        task_definition: arn,
        previous,
        unchanged: !begins && !updates,
        began: begins,
    };
    if updates {
        update::update(gateway, service, described, &rollout.previous, beside).await?;
        gateway.events().step(format!("{service} is updated; no deployment begins by that"));
    }
    let name = short_name(&rollout.task_definition).to_owned();
    let stands = before.as_ref().is_some_and(|(_, status)| status == "Succeeded");
    let before = before.map(|(id, _)| id);
    if !begins {
        if rollout.unchanged {
            gateway.events().step(format!("{service} runs {name} already: nothing to deploy"));
        }
        // another one than the last that succeeded says nothing of what runs
        rollout.deployment = before.filter(|_| stands);
        return Ok(rollout);
    }
    let document = request(service, &changes.code_deploy, &name);
    let spec = spec(service, described, &rollout.task_definition, &with_it, changes)?;
    let session = service.session.clone();
    let call = Call::CodeDeploy(CodeDeployCall::CreateDeployment { session, document, app_spec: spec, before });
    let answer = gateway.perform(call).await?.document()?;
    let id = text(&answer, "deploymentId").to_owned();
    gateway.events().step(format!("{service}: {} → {name}, deployment {id}", short_name(&rollout.previous)));
    rollout.deployment = Some(id).filter(|id| !id.is_empty());
    if let Some(deployment) = &rollout.deployment {
        interruption::promise(gateway, service, deployment, &rollout.previous, changes.on_interrupt);
    }
    Ok(rollout)
}

fn spec(
    service: &Service,
    described: &Value,
    arn: &str,
    with_it: &Map<String, Value>,
    changes: &Changes,
) -> Result<Value, Fault> {
    app_spec(described, arn, with_it, &changes.code_deploy.hooks).map_err(|error| refused(service, &error.to_string()))
}

/// Application and group of a service.
fn names(service: &Service, options: &CodeDeployOptions) -> (String, String) {
    let place = service.to_string().replace('/', "-");
    (
        options.application.clone().unwrap_or_else(|| format!("AppECS-{place}")),
        options.group.clone().unwrap_or_else(|| format!("DgpECS-{place}")),
    )
}

fn request(service: &Service, options: &CodeDeployOptions, name: &str) -> Value {
    let (application, group) = names(service, options);
    let mut document = json!({
        "applicationName": application,
        "deploymentGroupName": group,
        "description": format!("gantry: {name}"),
    });
    if let Some(configuration) = &options.configuration {
        document["deploymentConfigName"] = json!(configuration);
    }
    if let Some(events) = &options.rollback_on {
        document["autoRollbackConfiguration"] = json!({ "enabled": !events.is_empty(), "events": events });
    }
    document
}

/// The newest deployment of the service's group, and its status; checks that the group is the service's.
async fn newest(
    gateway: &Gateway,
    service: &Service,
    options: &CodeDeployOptions,
) -> Result<Option<(String, String)>, Fault> {
    let (application, group) = names(service, options);
    let session = service.session.clone();
    let call = CodeDeployCall::GetDeploymentGroup { session, application, group: group.clone() };
    let answer = gateway.perform(Call::CodeDeploy(call)).await.map_err(|fault| {
        let told = fault.code.contains("DoesNotExist");
        if told { fault.hint("name them: `code_deploy: #{ application: \"…\", group: \"…\" }`") } else { fault }
    })?;
    let answer = answer.document()?;
    let info = answer.get("deploymentGroupInfo").unwrap_or(&Value::Null);
    let theirs = info.get("ecsServices").and_then(Value::as_array).into_iter().flatten();
    let theirs: Vec<String> =
        theirs.map(|one| format!("{}/{}", text(one, "clusterName"), text(one, "serviceName"))).collect();
    if !theirs.is_empty() && !theirs.contains(&service.to_string()) {
        return Err(refused(service, &format!("deployment group {group} is of another service")));
    }
    let last = info.get("lastAttemptedDeployment").unwrap_or(&Value::Null);
    let id = text(last, "deploymentId");
    Ok((!id.is_empty()).then(|| (id.to_owned(), text(last, "status").to_owned())))
}

/// The last deployment of a service's group by its usual name, and its status; none where there is no such group, or it
/// may not be read.
///
/// # Errors
/// Where no answer came, or the run was told to stop.
pub async fn last(gateway: &Gateway, service: &Service) -> Result<Option<(String, String)>, Fault> {
    match newest(gateway, service, &CodeDeployOptions::default()).await {
        Err(fault) if fault.ends_the_run() || fault.kind == FaultKind::Network => Err(fault),
        Err(_) => Ok(None),
        found => found,
    }
}

fn is_under_way(status: &str) -> bool {
    matches!(status, "Created" | "Queued" | "InProgress" | "Ready" | "Baking")
}

fn refused(service: &Service, why: &str) -> Fault {
    let message = format!("service {service} is deployed by CodeDeploy: {why}");
    Fault::new(FaultKind::Usage, "CodeDeploy", message)
}
