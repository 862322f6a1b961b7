//! ECR repositories.

use crate::effects::call::{Call, EcrCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use serde_json::{Map, Value, json};

/// A repository as ECR tells it (`repositoryUri`, `imageTagMutability`, …).
///
/// # Errors
/// `RepositoryNotFoundException`.
pub async fn describe(gateway: &Gateway, session: &str, name: &str) -> Result<Value, Fault> {
    gateway
        .perform(Call::Ecr(EcrCall::DescribeRepository { session: session.to_owned(), name: name.to_owned() }))
        .await?
        .document()
}

/// Creates a repository; one that is there already is left as it is.
pub async fn create(gateway: &Gateway, session: &str, name: &str, more: Map<String, Value>) -> Result<Value, Fault> {
    match describe(gateway, session, name).await {
        Err(fault) if fault.kind == FaultKind::Missing => {}
        other => return other,
    }
    let mut document = more;
    document.insert("repositoryName".into(), json!(name));
    let call = Call::Ecr(EcrCall::CreateRepository { session: session.to_owned(), document: Value::Object(document) });
    let created = gateway.perform(call).await?.document()?;
    gateway.events().step(format!("created repository {name}"));
    Ok(created)
}
