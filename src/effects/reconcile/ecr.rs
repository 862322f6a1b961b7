//! Looking for writes of ECR.

use super::{Found, Look, text};
use crate::effects::call::EcrCall;
use crate::effects::fault::{Fault, FaultKind};

/// Whether `call` happened.
pub async fn reconcile(call: &EcrCall, look: Look<'_>) -> Result<Found, Fault> {
    match call {
        EcrCall::CreateRepository { session, document } => {
            let name = text(document, "repositoryName").to_owned();
            match look.at(EcrCall::DescribeRepository { session: session.clone(), name }).await {
                Ok(reply) => Ok(Found::Happened(Box::new(reply))),
                Err(fault) if fault.kind == FaultKind::Missing => Ok(Found::NotHappened),
                Err(fault) => Err(fault),
            }
        }
        EcrCall::DescribeRepository { .. } | EcrCall::DescribeImages { .. } => Ok(Found::NotHappened),
    }
}
