//! Looking for writes of `CodeDeploy`.

use super::{Found, Look, text};
use crate::effects::call::CodeDeployCall;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use serde_json::{Value, json};

/// AWS's clock and ours may differ by so much.
const SKEW_MILLIS: i64 = 10 * 60 * 1000;

/// Whether `call` happened.
pub async fn reconcile(call: &CodeDeployCall, look: Look<'_>) -> Result<Found, Fault> {
    match call {
        CodeDeployCall::CreateDeployment { session, document, app_spec, before } => {
            created(session, document, app_spec, before.as_deref(), look).await
        }
        CodeDeployCall::StopDeployment { session, deployment, .. } => {
            let status = status(session, deployment, look).await?;
            let over = matches!(status.as_str(), "Stopped" | "Failed" | "Succeeded");
            Ok(if over { happened(json!({ "status": "Succeeded" })) } else { Found::NotHappened })
        }
        // continuing again what waits no more is refused: where it waits still, it was not continued
        CodeDeployCall::ContinueDeployment { session, deployment, wait } => {
            let answer = get(session, deployment, look).await?;
            let info = answer.get("deploymentInfo").unwrap_or(&Value::Null);
            let waits = match wait.as_str() {
                "READY_WAIT" => text(info, "status") == "Ready",
                _ => {
                    info.get("instanceTerminationWaitTimeStarted").and_then(Value::as_bool) == Some(true)
                        && text(info, "status") == "InProgress"
                }
            };
            Ok(if waits { Found::NotHappened } else { happened(json!({})) })
        }
        CodeDeployCall::GetDeploymentGroup { .. }
        | CodeDeployCall::GetDeployment { .. }
        | CodeDeployCall::ListDeployments { .. }
        | CodeDeployCall::WatchCodeDeployment { .. } => Ok(Found::NotHappened),
    }
}

/// A deployment of the group that is newer than the one from before, with our description and our `AppSpec`, is ours.
/// Where there is none, making one is safe: a group has one deployment at a time, and AWS refuses a second.
async fn created(
    session: &str,
    document: &Value,
    app_spec: &Value,
    before: Option<&str>,
    look: Look<'_>,
) -> Result<Found, Fault> {
    let call = CodeDeployCall::ListDeployments {
        session: session.to_owned(),
        application: text(document, "applicationName").to_owned(),
        group: text(document, "deploymentGroupName").to_owned(),
        since_millis: look.since - SKEW_MILLIS,
    };
    let listed = look.at(call).await?.document()?;
    for id in listed.get("deployments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if Some(id) == before {
            continue;
        }
        let answer = get(session, id, look).await?;
        let info = answer.get("deploymentInfo").unwrap_or(&Value::Null);
        let content = info.pointer("/revision/appSpecContent/content").and_then(Value::as_str).unwrap_or_default();
        let same = serde_json::from_str::<Value>(content).is_ok_and(|content| content == *app_spec);
        let created = info.get("createTime").and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a double for this long")]
        let since = (look.since - SKEW_MILLIS) as f64 / 1000.0;
        let recent = created.is_none_or(|created| created >= since);
        if same && recent && text(info, "description") == text(document, "description") {
            return Ok(happened(json!({ "deploymentId": id })));
        }
    }
    Ok(Found::NotHappened)
}

async fn status(session: &str, deployment: &str, look: Look<'_>) -> Result<String, Fault> {
    let answer = get(session, deployment, look).await?;
    Ok(answer.pointer("/deploymentInfo/status").and_then(Value::as_str).unwrap_or_default().to_owned())
}

async fn get(session: &str, deployment: &str, look: Look<'_>) -> Result<Value, Fault> {
    let (session, deployment) = (session.to_owned(), deployment.to_owned());
    look.at(CodeDeployCall::GetDeployment { session, deployment }).await?.document()
}

fn happened(answer: Value) -> Found {
    Found::Happened(Box::new(Reply::Document(answer)))
}
