//! What is asked about secrets in a few words.

use crate::effects::call::SecretCall;

/// What a call asks for.
pub fn asked(call: &SecretCall) -> String {
    match call {
        SecretCall::GetSecret { id, key: None, .. } => format!("fetch secret {id}"),
        SecretCall::GetSecret { id, key: Some(key), .. } => format!("fetch {key} of secret {id}"),
        SecretCall::GetParameter { name, .. } => format!("fetch parameter {name}"),
        SecretCall::SecretVariable { name } => format!("read the secret variable {name}"),
    }
}
