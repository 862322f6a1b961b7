//! `DeleteService`: a service without tasks goes at once, one with tasks by force.

use serde_json::{Value, json};

use super::realm::{Context, Realm, last_part, text};
use super::service_json::service;
use super::update_service::service_not_found;
use crate::rehearsal::aws_error::AwsError;

/// Answers `DeleteService`. Its tasks are gone with it: what drains of a deleted service is nobody's concern here.
pub fn call(realm: &mut Realm, body: &Value, context: &Context<'_>) -> Result<Value, AwsError> {
    let cluster = realm.cluster_mut(body)?;
    let name = last_part(text(body, "service")).to_owned();
    let hosted = cluster.services.get(&name).ok_or_else(service_not_found)?;
    let forced = body.get("force").and_then(Value::as_bool) == Some(true);
    if hosted.service.desired > 0 && !forced {
        return Err(AwsError::parameter("The service cannot be stopped while it is scaled above 0."));
    }
    let mut document = service(cluster, hosted, Some(context.now));
    if let Some(members) = document.as_object_mut() {
        members.insert("status".to_owned(), json!("DRAINING"));
    }
    cluster.services.remove(&name);
    Ok(json!({ "service": document }))
}
