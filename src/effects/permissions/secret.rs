//! What reads of secrets need; a key of one's own in KMS also has to allow `kms:Decrypt`, and the call does not name it.

use super::{Permission, one};
use crate::effects::call::SecretCall;

/// What `call` needs.
pub fn permissions(call: &SecretCall) -> Vec<Permission> {
    match call {
        // Secrets Manager ends its ARNs in six letters of its own
        SecretCall::GetSecret { session, id, .. } => {
            let named = || format!("arn:aws:secretsmanager:*:*:secret:{id}-*");
            let resource = if id.starts_with("arn:") { id.clone() } else { named() };
            one(session, "secretsmanager:GetSecretValue", resource)
        }
        SecretCall::GetParameter { session, name, .. } => {
            let named = || format!("arn:aws:ssm:*:*:parameter/{}", name.trim_start_matches('/'));
            let resource = if name.starts_with("arn:") { name.clone() } else { named() };
            one(session, "ssm:GetParameter", resource)
        }
        SecretCall::SecretVariable { .. } => Vec::new(),
    }
}
