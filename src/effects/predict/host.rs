//! What is foreseen of the machine.

use super::{Prediction, known, read};
use crate::effects::call::{Call, HostCall};
use crate::effects::overlay::Overlay;
use crate::effects::reply::{Approval, Reply};

/// The prediction of `one`, which is `call`.
pub fn predict(one: &HostCall, call: &Call, planned: &Overlay) -> Prediction {
    match one {
        HostCall::Pause { .. } | HostCall::WaitUntil { .. } => Prediction::Assumed(Box::new(Reply::Nothing)),
        HostCall::Approve { .. } => {
            let by = "whoever approves".to_owned();
            Prediction::Assumed(Box::new(Reply::Approval(Approval { by, at_millis: 0 })))
        }
        // a plan is nobody's release yet
        HostCall::Hold { .. } => known(Reply::Nothing),
        HostCall::Now
        | HostCall::Environment { .. }
        | HostCall::ScanFiles { .. }
        | HostCall::ReadText { .. }
        | HostCall::Identify { .. } => read(call, planned),
    }
}
