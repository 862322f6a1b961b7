//! One blob on its way into a repository: looked for, mounted or streamed, and started again when that broke.

use super::blobs::Upload;
use super::download;
use super::pack;
use super::repository::Repository;
use super::retry::{Patience, Trouble};
use super::streaming::{self, Chunks, Reason};
use super::telling::Telling;
use super::verified::verified;
use crate::domain::image_facts::{Blob, BlobFate};
use crate::effects::event::Stage;
use crate::effects::fault::Fault;
use crate::effects::intent::Intent;
use bytes::Bytes;
use futures_util::stream;

/// Bytes that are there already.
fn once(bytes: Bytes) -> Chunks {
    Box::pin(stream::once(async move { Ok(bytes) }))
}

/// Where a blob comes from.
#[derive(Clone)]
pub(super) enum Origin {
    /// Another repository.
    Registry(Repository),
    /// The same, whose bytes were read a moment ago.
    Known(Repository, Bytes),
    /// Files that are packed while they are sent.
    Files(pack::Source),
    /// Made here.
    Made(Bytes),
}

impl Origin {
    /// How a blob from here comes to a target that does not have it.
    pub fn fate(&self) -> BlobFate {
        match self {
            Self::Registry(_) | Self::Known(..) => BlobFate::Sent,
            Self::Files(_) | Self::Made(_) => BlobFate::Made,
        }
    }

    fn open(&self, target: &Repository, blob: &Blob, telling: &Telling) -> Chunks {
        let (source, doing) = match self {
            Self::Registry(repository) => (download::download(repository, blob), download::doing(repository, blob)),
            Self::Known(repository, bytes) => (once(bytes.clone()), download::doing(repository, blob)),
            Self::Files(source) => (source.chunks(), target.doing("pack", "a layer")),
            Self::Made(bytes) => (once(bytes.clone()), target.doing("make", "a config")),
        };
        verified(source, blob, doing, Some(telling.clone()))
    }

    /// The repository of the same registry that the target may take the blob from.
    fn mountable(&self, target: &Repository) -> Option<&Repository> {
        match self {
            Self::Registry(from) | Self::Known(from, _)
                if from.client.host() == target.client.host() && from.name != target.name =>
            {
                Some(from)
            }
            _ => None,
        }
    }
}

/// Sees to it that `target` has the blob.
pub(super) async fn push(
    target: &Repository,
    blob: &Blob,
    origin: &Origin,
    telling: &Telling,
    intent: &dyn Intent,
) -> Result<BlobFate, Fault> {
    let (mut with_source, mut with_target) = (Patience::default(), Patience::default());
    for number in 1.. {
        let (side, trouble) = match attempt(target, blob, origin, telling, intent).await {
            Ok(fate) => return Ok(fate),
            Err(failed) => failed,
        };
        // Where one side fails the other has not, so that its patience begins anew.
        let (patience, other) = match side {
            Side::Source => (&mut with_source, &mut with_target),
            Side::Target => (&mut with_target, &mut with_source),
        };
        *other = Patience::default();
        patience.after(if number < MOST { trouble } else { trouble.lasting() }).await?;
        telling.tell(Stage::Again);
    }
    Err(Fault::internal("counting the attempts at a blob came to an end"))
}

/// Attempts at one blob, however its two sides take turns in failing.
const MOST: u32 = 20;

/// Whose failure it was.
enum Side {
    Source,
    Target,
}

async fn attempt(
    target: &Repository,
    blob: &Blob,
    origin: &Origin,
    telling: &Telling,
    intent: &dyn Intent,
) -> Result<BlobFate, (Side, Trouble)> {
    let lasting = |fault: Fault| (Side::Target, Trouble::Lasting(fault));
    if target.has(blob).await.map_err(lasting)? {
        return Ok(BlobFate::Present);
    }
    intent.kept().await.map_err(lasting)?;
    let upload = match target.begin(blob, origin.mountable(target)).await.map_err(lasting)? {
        Upload::Mounted => return Ok(BlobFate::Present),
        Upload::Open(upload) => upload,
    };
    telling.tell(Stage::Moving(0));
    let reason = Reason::default();
    let body = streaming::streamed(origin.open(target, blob, telling), blob.size, &reason);
    match target.send(&upload, blob, body).await {
        Ok(()) => Ok(origin.fate()),
        Err(trouble) => {
            target.give_up(&upload, blob).await;
            // Where the source failed, the registry only saw a body that broke off.
            Err(streaming::take(&reason).map_or((Side::Target, trouble), |why| (Side::Source, why)))
        }
    }
}
