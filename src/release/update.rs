//! `UpdateService`, and whether a deployment began by it.

use super::service::{Service, primary, text};
use crate::domain::service_definition::starts_a_deployment;
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, EcsCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::{Map, Value, json};

/// What an update came to.
pub(super) struct Began {
    /// The id of the PRIMARY deployment that is ours; none where the endpoint told none.
    pub deployment: Option<String>,
    /// Whether it is a new one.
    pub began: bool,
}

/// Updates a service that was `described`; `members` is what changes beside its definition. The definition is named
/// where a deployment begins, so that no other than this one can come of it.
pub(super) async fn update(
    gateway: &Gateway,
    service: &Service,
    described: &Value,
    arn: &str,
    members: Map<String, Value>,
) -> Result<Began, Fault> {
    let mut document = Map::new();
    document.insert("cluster".into(), json!(service.cluster));
    document.insert("service".into(), json!(service.name));
    document.insert("taskDefinition".into(), json!(arn));
    document.extend(members);
    let begins = starts_a_deployment(&Value::Object(document.clone()), described);
    if !begins {
        document.shift_remove("taskDefinition");
    }
    let before = primary(described).map(|one| text(one, "id").to_owned());
    let (session, document) = (service.session.clone(), Value::Object(document));
    let call = Call::Ecs(EcsCall::UpdateService { session, document, before: before.clone() });
    let answer = gateway.perform(call).await?.document()?;
    let ours = ours(&answer, arn);
    Ok(Began { began: begins || ours != before, deployment: ours })
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
    Ok(Some(update(gateway, service, &described, arn, Map::new()).await?.deployment))
}

/// The PRIMARY deployment's id in an answer of `UpdateService` or `CreateService`, when it is of our definition.
pub(super) fn ours(answer: &Value, arn: &str) -> Option<String> {
    let deployment = primary(answer.get("service")?)?;
    let same = short_name(text(deployment, "taskDefinition")) == short_name(arn);
    same.then(|| text(deployment, "id").to_owned()).filter(|id| !id.is_empty())
}
