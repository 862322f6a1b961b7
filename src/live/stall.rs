//! An end to every wait: a request or an answer of which nothing moves for long is given up.

use super::transport::{Answer, Body, Cause, Transport, Unanswered};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Without a byte of the request going out or of the answer coming in.
pub const STALL: Duration = Duration::from_mins(1);

/// A transport that does not wait without end.
#[derive(Clone, Debug)]
pub struct Patient<T> {
    inner: T,
    stall: Duration,
}

impl<T> Patient<T> {
    /// The same transport, given up after `stall` in which nothing moves.
    pub fn new(inner: T, stall: Duration) -> Self {
        Self { inner, stall }
    }
}

impl<T: Transport> Transport for Patient<T> {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let moved = Moved::default();
        let (head, body) = request.into_parts();
        let body = Outgoing { body, moved: moved.clone() }.boxed();
        let mut answer = self.inner.send(http::Request::from_parts(head, body));
        let stall = self.stall;
        Box::pin(async move {
            let answer = loop {
                let until = moved.last() + stall;
                match tokio::time::timeout_at(until, &mut answer).await {
                    Ok(answer) => break answer?,
                    // A long upload is no stall: its answer comes only after its end.
                    Err(_) if moved.last() + stall > until => {}
                    Err(_) => {
                        let why = format!("no answer for {} seconds", stall.as_secs_f32());
                        return Err(Unanswered { sent: true, timeout: true, why });
                    }
                }
            };
            Ok(answer.map(|body| Incomer { body, stall, end: None }.boxed()))
        })
    }
}

/// When a body last moved.
#[derive(Clone)]
struct Moved(Arc<Mutex<Instant>>);

impl Default for Moved {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Moved {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's body that notes when it moves: the connection asks for more only when it has sent what it had.
struct Outgoing {
    body: Body,
    moved: Moved,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        self.moved.now();
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body that fails when nothing comes for long; the time in which nobody reads does not count.
struct Incomer {
    body: Body,
    stall: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Incomer {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.end = None;
            return Poll::Ready(frame);
        }
        let stall = self.stall;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + stall)));
        if end.as_mut().poll(context).is_ready() {
            let why = format!("nothing came for {} seconds", stall.as_secs_f32());
            return Poll::Ready(Some(Err(why.into())));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
