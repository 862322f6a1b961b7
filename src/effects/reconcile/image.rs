//! Looking for writes of images.

use super::{Found, Look};
use crate::effects::call::{BoundFor, ImageCall};
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use serde_json::json;

/// Whether `call` happened.
pub async fn reconcile(call: &ImageCall, look: Look<'_>) -> Result<Found, Fault> {
    match call {
        // content-addressed: what is there already is not sent again, and the same digest comes out
        ImageCall::CopyImage { .. } | ImageCall::RetagImage { .. } | ImageCall::RebuildImage { .. } => {
            Ok(Found::NotHappened)
        }
        // an engine has its cache, and a tag can be pushed again
        ImageCall::BuildImage { .. } => Ok(Found::NotHappened),
        // what is gone is not deleted again: the one that is pushed there next is another one
        ImageCall::DeleteImage { at, .. } => Ok(
            match look
                .at(ImageCall::ReadImage { at: at.clone(), manifest_only: true, bound_for: BoundFor::default() })
                .await?
                .image()?
            {
                None => Found::Happened(Box::new(Reply::Document(json!({ "deleted": true })))),
                Some(_) => Found::NotHappened,
            },
        ),
        ImageCall::ReadImage { .. }
        | ImageCall::FindImage { .. }
        | ImageCall::ReadPlatform { .. }
        | ImageCall::ListTags { .. } => Ok(Found::NotHappened),
    }
}
