//! AWS `CodeDeploy`, for services of ECS that it deploys.

use super::Effect;
use crate::domain::code_deploy::Watched;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A read or a write of `CodeDeploy`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum CodeDeployCall {
    /// `GetDeploymentGroup`. Reply: `Document`, AWS's answer.
    GetDeploymentGroup {
        /// The session.
        session: String,
        /// The application.
        application: String,
        /// The group.
        group: String,
    },
    /// `GetDeployment`. Reply: `Document`, AWS's answer.
    GetDeployment {
        /// The session.
        session: String,
        /// `d-…`
        deployment: String,
    },
    /// `ListDeployments` of a group, all that were created since. Reply: `Document`, AWS's answer.
    ListDeployments {
        /// The session.
        session: String,
        /// The application.
        application: String,
        /// The group.
        group: String,
        /// Milliseconds since 1970.
        since_millis: i64,
    },
    /// `CreateDeployment`. Writes. Reply: `Document`, AWS's answer: `deploymentId`.
    CreateDeployment {
        /// The session.
        session: String,
        /// The request without its revision.
        document: Value,
        /// The revision: an `AppSpec`.
        app_spec: Value,
        /// The newest deployment of the group before, by which a write in doubt is told from an earlier one.
        before: Option<String>,
    },
    /// `StopDeployment`. Writes. Reply: `Document`, AWS's answer.
    StopDeployment {
        /// The session.
        session: String,
        /// `d-…`
        deployment: String,
        /// Whether what ran before gets the traffic back.
        rollback: bool,
    },
    /// `ContinueDeployment`. Writes. Reply: `Document`, AWS's answer.
    ContinueDeployment {
        /// The session.
        session: String,
        /// `d-…`
        deployment: String,
        /// `READY_WAIT`, to move the traffic, or `TERMINATION_WAIT`, to remove the original task set now.
        wait: String,
    },
    /// Looks at a deployment until it is where it was wanted, has failed or time has run out. Reply: `Rollout`.
    WatchCodeDeployment {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// Our deployment, and how far to wait.
        watched: Watched,
        /// How long to wait at the most.
        timeout_millis: u64,
    },
}

impl CodeDeployCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::GetDeploymentGroup { .. } | Self::GetDeployment { .. } | Self::ListDeployments { .. } => Effect::Read,
            Self::WatchCodeDeployment { .. } => Effect::Watch,
            Self::CreateDeployment { .. } | Self::StopDeployment { .. } | Self::ContinueDeployment { .. } => {
                Effect::Write
            }
        }
    }

    pub(super) fn session(&self) -> &str {
        match self {
            Self::GetDeploymentGroup { session, .. }
            | Self::GetDeployment { session, .. }
            | Self::ListDeployments { session, .. }
            | Self::CreateDeployment { session, .. }
            | Self::StopDeployment { session, .. }
            | Self::ContinueDeployment { session, .. }
            | Self::WatchCodeDeployment { session, .. } => session,
        }
    }
}
