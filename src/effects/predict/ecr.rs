//! What is foreseen of ECR.

use super::{Prediction, known, partition, read, text};
use crate::effects::call::{Call, EcrCall};
use crate::effects::overlay::Overlay;
use crate::effects::reply::Reply;
use serde_json::{Value, json};

/// The prediction of `one`, which is `call`.
pub fn predict(one: &EcrCall, call: &Call, planned: &Overlay) -> Prediction {
    match one {
        EcrCall::CreateRepository { session, document } => known(created(session, document, planned)),
        EcrCall::DescribeRepository { .. } | EcrCall::DescribeImages { .. } => read(call, planned),
    }
}

fn created(session: &str, document: &Value, planned: &Overlay) -> Reply {
    let name = text(document, "repositoryName");
    let (account, region) = planned.place(session);
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    Reply::Document(json!({
        "repositoryName": name,
        "repositoryArn": format!("arn:{}:ecr:{region}:{account}:repository/{name}", partition(region)),
        "repositoryUri": format!("{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{name}"),
        "registryId": account,
        "imageTagMutability": document.get("imageTagMutability").cloned().unwrap_or_else(|| json!("MUTABLE")),
    }))
}
