//! How requests leave: one door for AWS and for registries, over the network or into a rehearsal in this process.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Any cause from below.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A body, streamed.
pub type Body = BoxBody<Bytes, Cause>;

/// Why no answer came.
#[derive(Debug)]
pub struct Unanswered {
    /// Whether the request can have reached the other side: false when no connection was made at all.
    pub sent: bool,
    /// Whether it was a timeout.
    pub timeout: bool,
    /// In words, with every cause below it.
    pub why: String,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

impl std::error::Error for Unanswered {}

/// The answer to one request.
pub type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Unanswered>> + Send>>;

/// Sends one request. The URI is absolute; there are no redirects, retries or credentials here.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends it; dropping the future cuts the connection.
    fn send(&self, request: http::Request<Body>) -> Answer;
}
