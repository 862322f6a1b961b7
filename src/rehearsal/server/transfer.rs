//! Bodies that take their time: a transfer lasts as long as its bytes at the world's bandwidth.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Body, Lost};

/// Bytes that travel together.
const CHUNK: usize = 256 * 1024;

/// Receives a whole body, from an instant on, at this many bytes a second.
pub async fn receive(mut body: Body, begin: Instant, bandwidth: u64) -> Result<Bytes, Lost> {
    let mut received = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Lost::new(format!("the request was cut short: {error}")))?;
        if let Ok(data) = frame.into_data() {
            received.extend_from_slice(&data);
            sleep_until(begin + lasting(received.len(), bandwidth)).await;
        }
    }
    Ok(received.freeze())
}

/// A body that arrives, from an instant on, at this many bytes a second.
pub fn send(body: Bytes, begin: Instant, bandwidth: u64) -> Body {
    if body.len() <= CHUNK {
        return Full::new(body).map_err(|never| match never {}).boxed();
    }
    let slow = Slow { rest: body, sent: 0, begin, bandwidth, pause: Box::pin(sleep_until(begin)) };
    slow.boxed()
}

/// Whole milliseconds: a small body costs nothing.
fn lasting(bytes: usize, bandwidth: u64) -> Duration {
    Duration::from_millis((bytes as u64).saturating_mul(1000) / bandwidth.max(1))
}

struct Slow {
    rest: Bytes,
    sent: usize,
    begin: Instant,
    bandwidth: u64,
    pause: Pin<Box<Sleep>>,
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.pause.as_mut().poll(context));
        let length = self.rest.len().min(CHUNK);
        let chunk = self.rest.split_to(length);
        self.sent += length;
        let next = self.begin + lasting(self.sent, self.bandwidth);
        self.pause.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
