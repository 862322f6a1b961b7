//! `GetAuthorizationToken`: user AWS, twelve hours, for the caller's registry alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::operations::Desk;
use crate::rehearsal::aws_error::AwsError;

/// Answers `GetAuthorizationToken`.
pub fn get(desk: &mut Desk<'_>) -> Result<Value, AwsError> {
    let (token, expires) = desk
        .registry
        .issue_token(desk.now)
        .ok_or_else(|| AwsError::new("ServerException", "This registry has no tokens."))?;
    Ok(json!({
        "authorizationData": [{
            "authorizationToken": STANDARD.encode(format!("AWS:{token}")),
            "expiresAt": expires.epoch_seconds(),
            "proxyEndpoint": format!("https://{}", desk.registry.host),
        }],
    }))
}
