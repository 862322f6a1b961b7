//! What is foreseen of `CodeDeploy`.

use super::{Prediction, known};
use crate::domain::rollout::{Snapshot, Until, Verdict};
use crate::domain::task_definition::short_name;
use crate::effects::call::CodeDeployCall;
use crate::effects::overlay::Overlay;
use crate::effects::reply::{Reply, RolloutEnd};
use serde_json::json;

/// The prediction of `call`.
pub fn predict(call: &CodeDeployCall, planned: &Overlay) -> Prediction {
    match call {
        CodeDeployCall::GetDeploymentGroup { .. }
        | CodeDeployCall::GetDeployment { .. }
        | CodeDeployCall::ListDeployments { .. } => Prediction::Read,
        CodeDeployCall::CreateDeployment { .. } => {
            known(Reply::Document(json!({ "deploymentId": planned.next_code_deployment() })))
        }
        CodeDeployCall::StopDeployment { .. } => known(Reply::Document(json!({ "status": "Succeeded" }))),
        CodeDeployCall::ContinueDeployment { .. } => known(Reply::Document(json!({}))),
        CodeDeployCall::WatchCodeDeployment { service, watched, .. } => {
            let snapshot = Box::new(Snapshot {
                service: service.clone(),
                task_definition: short_name(&watched.task_definition).to_owned(),
                ..Snapshot::default()
            });
            // that it is ready is not yet any of the points of a wait
            let reached = if watched.ready_is_enough { Until::None } else { watched.until };
            let verdict = Verdict::Done { reached };
            Prediction::Assumed(Box::new(Reply::Rollout(RolloutEnd {
                verdict,
                snapshot,
                findings: Vec::new(),
                millis: 0,
            })))
        }
    }
}
