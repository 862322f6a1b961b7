//! Application Auto Scaling, as far as it owns the desired count of ECS services.

use super::Effect;
use crate::domain::scaling::SuspendedState;
use serde::{Deserialize, Serialize};

/// A read or a write of Application Auto Scaling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum ScalingCall {
    /// `DescribeScalableTargets` for the desired count of one service. Reply: `Document`, AWS's answer.
    DescribeScalableTarget {
        /// The session.
        session: String,
        /// `service/CLUSTER/SERVICE`.
        resource: String,
    },
    /// `RegisterScalableTarget` with a suspended state alone; everything else of the target stays. Writes. Reply:
    /// `Document`, AWS's answer.
    RegisterScalableTarget {
        /// The session.
        session: String,
        /// `service/CLUSTER/SERVICE`.
        resource: String,
        /// What is to be suspended.
        suspended: SuspendedState,
        /// What was suspended before, where that is owed: it is put back however the run ends.
        before: Option<SuspendedState>,
    },
}

impl ScalingCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::DescribeScalableTarget { .. } => Effect::Read,
            Self::RegisterScalableTarget { .. } => Effect::Write,
        }
    }

    pub(super) fn session(&self) -> &str {
        match self {
            Self::DescribeScalableTarget { session, .. } | Self::RegisterScalableTarget { session, .. } => session,
        }
    }

    pub(super) fn undone_by(&self) -> Option<Self> {
        match self {
            Self::DescribeScalableTarget { .. } => None,
            Self::RegisterScalableTarget { session, resource, before, .. } => before.map(|suspended| {
                let (session, resource) = (session.clone(), resource.clone());
                Self::RegisterScalableTarget { session, resource, suspended, before: None }
            }),
        }
    }
}
