//! Secrets, wherever they are kept.

use super::Effect;
use crate::effects::reply::Reply;
use serde::{Deserialize, Serialize};

/// A read of a secret. Its reply is a reference: the value stays in this process, with the redactor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum SecretCall {
    /// Secrets Manager `GetSecretValue`. Reply: `Secret`.
    GetSecret {
        /// The session.
        session: String,
        /// Name or ARN.
        id: String,
        /// This version, by its id.
        version: Option<String>,
        /// The version with this label; `AWSCURRENT` where neither is given.
        stage: Option<String>,
        /// Which member, where the secret is a JSON object.
        key: Option<String>,
    },
    /// SSM `GetParameter`, decrypted. Reply: `Secret` of a `SecureString`, `Text` of any other.
    GetParameter {
        /// The session.
        session: String,
        /// Name or ARN.
        name: String,
        /// This version; the latest where none is given.
        version: Option<String>,
    },
    /// A variable of the environment that is a secret. Reply: `Secret`.
    SecretVariable {
        /// Its name.
        name: String,
    },
}

impl SecretCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::GetSecret { .. } | Self::GetParameter { .. } | Self::SecretVariable { .. } => Effect::Read,
        }
    }

    /// The session it needs.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::GetSecret { session, .. } | Self::GetParameter { session, .. } => Some(session),
            Self::SecretVariable { .. } => None,
        }
    }

    /// The same call for exactly the version that `reply` tells of.
    #[must_use]
    pub fn pinned(&self, reply: &Reply) -> Self {
        let Reply::Secret(reference) = reply else { return self.clone() };
        let mut pinned = self.clone();
        match &mut pinned {
            Self::GetSecret { version, stage, .. } => {
                *version = Some(reference.version.clone());
                *stage = None;
            }
            Self::GetParameter { version, .. } => *version = Some(reference.version.clone()),
            // its version is its value
            Self::SecretVariable { .. } => {}
        }
        pinned
    }
}
