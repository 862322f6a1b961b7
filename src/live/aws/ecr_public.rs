//! Amazon ECR Public: the login of public.ecr.aws.

use super::pages;
use super::retry::Again;
use super::services::Service;
use super::session::Session;
use crate::effects::fault::Fault;
use serde_json::{Value, json};

/// What stands for the account in the names of kept tokens: the registry is everybody's.
pub const ACCOUNT: &str = "public";

/// ECR Public `GetAuthorizationToken`: token and expiry, as a private registry's. It is asked of us-east-1, whatever the
/// session's Region is, and needs `sts:GetServiceBearerToken` as well.
pub async fn authorization(session: &Session) -> Result<Value, Fault> {
    let mut asked = session.reads("ecr-public:GetAuthorizationToken", "Amazon ECR Public");
    Service::EcrPublic.region().unwrap_or_default().clone_into(&mut asked.region);
    let answer = session.ask(Service::EcrPublic, "GetAuthorizationToken", &json!({}), &asked, Again::read()).await;
    let mut answer = answer.map_err(|fault| match fault.code.as_str() {
        "AccessDeniedException" | "AccessDenied" => {
            fault.hint("allow it the IAM actions ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken, or pull without a session")
        }
        _ => fault,
    })?;
    match answer.get_mut("authorizationData").map(Value::take) {
        Some(data @ Value::Object(_)) => Ok(data),
        _ => Err(pages::without(&asked, "authorizationData")),
    }
}
