//! The operations of Amazon ECR, one function each.

use super::json::Exchange;
use super::pages::{self, Pages};
use super::retry::Again;
use super::session::{Session, write_timeouts};
use crate::effects::fault::{Fault, FaultKind};
use aws_sdk_ecr::Client;
use aws_sdk_ecr::config::{Builder, Config};
use serde_json::{Value, json};

/// What is different for a read.
pub(super) fn read() -> Builder {
    let again = Again::read();
    Config::builder().interceptor(again.clone()).retry_classifier(again)
}

/// What is different for a write that is not idempotent.
pub(super) fn write() -> Builder {
    let again = Again::write();
    Config::builder().interceptor(again.clone()).retry_classifier(again).timeout_config(write_timeouts())
}

/// `DescribeRepositories` for one name: the repository.
pub async fn describe_repository(session: &Session, name: &str) -> Result<Value, Fault> {
    let mut asked = session.reads("ecr:DescribeRepositories", format!("repository `{name}`"));
    asked.when_missing = Some(create_it(name, &asked.region));
    let exchange = Exchange::of(&json!({ "repositoryNames": [name] }));
    let call = session.ecr.describe_repositories().customize().interceptor(exchange.clone()).config_override(read());
    let mut answer = exchange.finish(call.send().await, &asked)?;
    pages::list(&mut answer, "repositories").into_iter().next().ok_or_else(|| {
        let message = format!("{asked}: the answer names no repository");
        Fault::new(FaultKind::Missing, "RepositoryNotFoundException", message).hint(create_it(name, &asked.region))
    })
}

/// `CreateRepository` of the document as it is: the repository.
pub async fn create_repository(session: &Session, document: &Value) -> Result<Value, Fault> {
    let name = document.get("repositoryName").and_then(Value::as_str).unwrap_or_default();
    let asked = session.writes("ecr:CreateRepository", format!("repository `{name}`"));
    let exchange = Exchange::of(document);
    let call = session.ecr.create_repository().customize().interceptor(exchange.clone()).config_override(write());
    let mut answer = exchange.finish(call.send().await, &asked)?;
    match answer.get_mut("repository").map(Value::take) {
        Some(repository @ Value::Object(_)) => Ok(repository),
        _ => Err(pages::without(&asked, "repository").in_doubt()),
    }
}

/// `DescribeImages`, every page: `{"imageDetails": […]}`. With `images` empty, all there are.
/// The registry is the session's own where no account is named.
pub async fn describe_images(
    session: &Session,
    account: Option<&str>,
    repository: &str,
    images: &[Value],
) -> Result<Value, Fault> {
    let mut asked = session.reads("ecr:DescribeImages", format!("repository `{repository}`"));
    asked.when_missing = Some(if images.is_empty() {
        create_it(repository, &asked.region)
    } else {
        format!(
            "check repository and tag; `aws ecr describe-images --repository-name {repository}` lists what there is"
        )
    });
    let mut request = json!({ "repositoryName": repository });
    if !images.is_empty() {
        request["imageIds"] = Value::from(images);
    }
    if let Some(account) = account {
        request["registryId"] = json!(account);
    }
    let mut pages = Pages::of("imageDetails", request);
    while let Some(request) = pages.request() {
        let exchange = Exchange::of(request);
        let call = session.ecr.describe_images().customize().interceptor(exchange.clone()).config_override(read());
        pages.add(exchange.finish(call.send().await, &asked)?, &asked)?;
    }
    Ok(pages.all())
}

/// `GetAuthorizationToken` from `client`, whose Region decides: the answer's first entry.
pub async fn authorization(session: &Session, client: &Client, account: Option<&str>) -> Result<Value, Fault> {
    let thing = account.map_or_else(|| "its registry".to_owned(), |account| format!("registry {account}"));
    let asked = session.reads("ecr:GetAuthorizationToken", thing);
    let request = account.map_or_else(|| json!({}), |account| json!({ "registryIds": [account] }));
    let exchange = Exchange::of(&request);
    let call = client.get_authorization_token().customize().interceptor(exchange.clone()).config_override(read());
    let mut answer = exchange.finish(call.send().await, &asked)?;
    let first = pages::list(&mut answer, "authorizationData").into_iter().next();
    first.ok_or_else(|| pages::without(&asked, "authorizationData"))
}

fn create_it(name: &str, region: &str) -> String {
    format!(
        "create it: `aws ecr create-repository --region {region} --repository-name {name}`, or `ecr::create_repository` \
         in the script"
    )
}
