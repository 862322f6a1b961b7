//! A blob as the body of an answer, read while it is wanted.

use super::store::Opened;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::aside;
use crate::live::transport::{Body, Cause};
use bytes::Bytes;
use futures_util::{Stream, stream};
use http_body::Frame;
use http_body_util::BodyExt as _;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

/// What is read at once.
const CHUNK: usize = 512 << 10;

/// The bytes of a blob.
pub(super) fn body(opened: Opened) -> Body {
    let frames = stream::try_unfold(opened.reader, |reader| async move {
        // no thread waits while a chunk is sent: on a paused clock it would stop time
        let read = aside(move || {
            let (mut reader, mut bytes) = (reader, Vec::with_capacity(CHUNK));
            match reader.by_ref().take(CHUNK as u64).read_to_end(&mut bytes) {
                Ok(_) => Ok((bytes, reader)),
                Err(why) => Err(Fault::new(FaultKind::Refused, "FileFault", why.to_string())),
            }
        });
        let (bytes, reader) = read.await.map_err(|fault| Cause::from(fault.message))?;
        Ok((!bytes.is_empty()).then(|| (Frame::data(Bytes::from(bytes)), reader)))
    });
    Sending(Mutex::new(Box::pin(frames))).boxed()
}

type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Cause>> + Send>>;

/// Never locked: a body must be `Sync`, which a stream need not be.
struct Sending(Mutex<Frames>);

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll_next(context)
    }
}
