//! Amazon ECR's own API; its images are `ImageCall`'s.

use super::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A read or a write of Amazon ECR's own API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum EcrCall {
    /// ECR `DescribeRepositories` for one name. Reply: `Document`, the repository.
    DescribeRepository {
        /// The session.
        session: String,
        /// Its name, without the registry.
        name: String,
    },
    /// ECR `CreateRepository`. Writes. Reply: `Document`, the repository.
    CreateRepository {
        /// The session.
        session: String,
        /// The request, `repositoryName` included.
        document: Value,
    },
    /// ECR `DescribeImages`, all pages. Reply: `Document`, `{"imageDetails": […]}`.
    DescribeImages {
        /// The session.
        session: String,
        /// The repository's name.
        repository: String,
        /// Only these (`{"imageTag": …}` or `{"imageDigest": …}`); all where empty.
        images: Vec<Value>,
    },
}

impl EcrCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::DescribeRepository { .. } | Self::DescribeImages { .. } => Effect::Read,
            Self::CreateRepository { .. } => Effect::Write,
        }
    }

    pub(super) fn session(&self) -> &str {
        match self {
            Self::DescribeRepository { session, .. }
            | Self::DescribeImages { session, .. }
            | Self::CreateRepository { session, .. } => session,
        }
    }
}
