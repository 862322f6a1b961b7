//! Streams of bytes in and out of HTTP bodies; a stream that fails leaves its reason behind.

use super::errors::Doing;
use super::retry::Trouble;
use crate::effects::fault::FaultKind;
use crate::live::transport::{Body, Cause};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

/// Bytes as they come.
pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Trouble>> + Send>>;

/// Where a stream that failed left its reason: HTTP itself only tells that a body broke off.
pub(super) type Reason = Arc<Mutex<Option<Trouble>>>;

/// A body of nothing.
pub(super) fn empty() -> Body {
    full(Bytes::new())
}

/// A body of these bytes.
pub(super) fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed()
}

/// A body of exactly `size` bytes that come from `chunks`.
pub(super) fn streamed(chunks: Chunks, size: u64, reason: &Reason) -> Body {
    Streamed { chunks: Mutex::new(chunks), left: size, reason: Arc::clone(reason) }.boxed()
}

/// What was left behind, if anything.
pub(super) fn take(reason: &Reason) -> Option<Trouble> {
    reason.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Reads a body to its end; a longer one than `limit` is not for us.
pub(super) async fn whole(mut body: Body, limit: usize, doing: &Doing) -> Result<Bytes, Trouble> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|why| broken(doing, &why))?.into_data() else { continue };
        if read.len() + data.len() > limit {
            let why = format!("the answer is longer than {limit} bytes");
            return Err(doing.fault(FaultKind::Verification, "TooLong", why).into());
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// An answer that broke off.
pub(super) fn broken(doing: &Doing, why: &Cause) -> Trouble {
    let fault = doing.fault(FaultKind::Network, "BrokenOff", format!("the answer broke off: {why}")).retryable();
    Trouble::Passing { fault, after: None }
}

struct Streamed {
    /// Never locked: a body must be `Sync`, which a stream need not be.
    chunks: Mutex<Chunks>,
    left: u64,
    reason: Reason,
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let chunks = self.chunks.get_mut().unwrap_or_else(PoisonError::into_inner);
        match ready!(chunks.as_mut().poll_next(context)) {
            None => Poll::Ready(None),
            Some(Ok(bytes)) => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Err(trouble)) => {
                *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
                Poll::Ready(Some(Err("the source of this body failed".into())))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
