//! Amazon ECS.

use super::Effect;
use crate::domain::rollout::{Policy, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A read or a write of Amazon ECS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum EcsCall {
    /// ECS `DescribeServices` with tags, at most 10. Reply: `Document`, AWS's answer.
    DescribeServices {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Names or ARNs.
        services: Vec<String>,
    },
    /// ECS `DescribeTaskDefinition` with tags. Reply: `Document`, AWS's answer.
    DescribeTaskDefinition {
        /// The session.
        session: String,
        /// `family`, `family:revision` or an ARN.
        task_definition: String,
    },
    /// ECS `ListTasks` of a service, all pages. Reply: `Document`, `{"taskArns": […]}`.
    ListTasks {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// `RUNNING` or `STOPPED`: what ECS wants of the tasks, not what they do.
        desired_status: String,
    },
    /// ECS `DescribeTasks`, in hundreds. Reply: `Document`, `{"tasks": […], "failures": […]}`.
    DescribeTasks {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// ARNs.
        tasks: Vec<String>,
    },
    /// ECS `ListServiceDeployments` of a service, the newest hundred. Reply: `Document`, AWS's answer.
    ListServiceDeployments {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
    },
    /// ECS `DescribeServiceRevisions`, at most 20. Reply: `Document`, AWS's answer.
    DescribeServiceRevisions {
        /// The session.
        session: String,
        /// ARNs.
        revisions: Vec<String>,
    },
    /// ECS `DescribeServiceDeployments`, at most 20. Reply: `Document`, AWS's answer.
    DescribeServiceDeployments {
        /// The session.
        session: String,
        /// ARNs.
        deployments: Vec<String>,
    },
    /// ECS `ContinueServiceDeployment`. Writes. Reply: `Document`, AWS's answer.
    ContinueServiceDeployment {
        /// The session.
        session: String,
        /// ARN of the service deployment.
        deployment: String,
        /// Id of the PAUSE hook that waits.
        hook: String,
        /// `CONTINUE` with the next stage, or `ROLLBACK` to the revision from before.
        action: String,
    },
    /// ECS `StopServiceDeployment`. Writes. Reply: `Document`, AWS's answer.
    StopServiceDeployment {
        /// The session.
        session: String,
        /// ARN of the service deployment.
        deployment: String,
        /// `ROLLBACK`, back to what completed last, or `ABORT`, no further.
        how: String,
    },
    /// Looks at a service until it runs as many tasks as it was told to. Reply: `Document`: `desiredCount`,
    /// `runningCount` and `pendingCount`.
    WatchCount {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// As many.
        count: i64,
        /// How long to wait at the most.
        timeout_millis: u64,
    },
    /// ECS `RegisterTaskDefinition`. Writes. Reply: `Document`, AWS's answer, checked for an echo of every member.
    RegisterTaskDefinition {
        /// The session.
        session: String,
        /// The request, tags included.
        document: Value,
    },
    /// ECS `CreateService`. Writes. Reply: `Document`, AWS's answer, checked like that of a registration.
    CreateService {
        /// The session.
        session: String,
        /// The request, without its client token.
        document: Value,
        /// Who creates it, a run: the client token is made of it and of the service's name.
        by: String,
    },
    /// ECS `UpdateService`. Writes. Reply: `Document`, AWS's answer, checked like that of a registration.
    UpdateService {
        /// The session.
        session: String,
        /// The request: `cluster`, `service` and what changes.
        document: Value,
        /// The PRIMARY deployment's id before, by which a write in doubt is told from somebody else's.
        before: Option<String>,
    },
    /// Looks at a rollout until it is where it was wanted, has failed or time has run out. Reply: `Rollout`.
    WatchRollout {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// Our deployment, and how far to wait.
        target: Target,
        /// When a crash loop is a failure.
        policy: Policy,
        /// How long to wait at the most.
        timeout_millis: u64,
    },
}

impl EcsCall {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::DescribeServices { .. }
            | Self::DescribeTaskDefinition { .. }
            | Self::ListTasks { .. }
            | Self::DescribeTasks { .. }
            | Self::ListServiceDeployments { .. }
            | Self::DescribeServiceDeployments { .. }
            | Self::DescribeServiceRevisions { .. } => Effect::Read,
            Self::WatchRollout { .. } | Self::WatchCount { .. } => Effect::Watch,
            Self::RegisterTaskDefinition { .. }
            | Self::CreateService { .. }
            | Self::UpdateService { .. }
            | Self::ContinueServiceDeployment { .. }
            | Self::StopServiceDeployment { .. } => Effect::Write,
        }
    }

    pub(super) fn session(&self) -> &str {
        match self {
            Self::DescribeServices { session, .. }
            | Self::DescribeTaskDefinition { session, .. }
            | Self::ListTasks { session, .. }
            | Self::DescribeTasks { session, .. }
            | Self::ListServiceDeployments { session, .. }
            | Self::DescribeServiceRevisions { session, .. }
            | Self::DescribeServiceDeployments { session, .. }
            | Self::ContinueServiceDeployment { session, .. }
            | Self::StopServiceDeployment { session, .. }
            | Self::WatchCount { session, .. }
            | Self::WatchRollout { session, .. }
            | Self::RegisterTaskDefinition { session, .. }
            | Self::CreateService { session, .. }
            | Self::UpdateService { session, .. } => session,
        }
    }
}
