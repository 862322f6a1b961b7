//! What is asked of the machine in a few words.

use crate::domain::duration::brief;
use crate::effects::call::HostCall;

use std::time::Duration;

/// What a call asks for.
pub fn asked(call: &HostCall) -> String {
    match call {
        HostCall::Now => "read the clock".into(),
        HostCall::Pause { millis } => format!("pause for {}", brief(Duration::from_millis(*millis))),
        HostCall::WaitUntil { told, .. } => format!("wait until {told}"),
        HostCall::Approve { question } => format!("ask for approval: {question}"),
        HostCall::Environment { name } => format!("read the environment variable {name}"),
        HostCall::ScanFiles { path, .. } => format!("scan {path}"),
        HostCall::ReadText { path } => format!("read {path}"),
        HostCall::Hold { place, .. } => format!("hold {place} for this run"),
        HostCall::Identify { session } => format!("identify session {session}"),
    }
}
