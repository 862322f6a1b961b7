//! Transports: one that keeps what passes, and one with a single answer to everything.

use bytes::Bytes;
use gantry::live::transport::{Answer, Body, Transport};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// What was sent.
#[derive(Debug, Default)]
pub struct Wire(Mutex<Vec<Sent>>);

#[derive(Clone, Debug)]
pub struct Sent {
    pub uri: String,
    pub authorization: String,
    target: String,
    document: Value,
}

impl Wire {
    /// The documents that were sent to one operation.
    pub fn sent(&self, operation: &str) -> Vec<Value> {
        let sent = self.all().into_iter().filter(|sent| sent.target.ends_with(operation));
        sent.map(|sent| sent.document).collect()
    }

    pub fn all(&self) -> Vec<Sent> {
        self.0.lock().expect("no test failed with it").clone()
    }
}

/// Keeps what it sends through another transport.
#[derive(Debug)]
pub struct Recorded<T>(pub Arc<Wire>, pub Arc<T>);

impl<T: Transport + 'static> Transport for Recorded<T> {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let (wire, further) = (self.0.clone(), self.1.clone());
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.expect("a body in memory").to_bytes();
            let header = |name: &str| head.headers.get(name).map_or("", |it| it.to_str().expect("ASCII")).to_owned();
            wire.0.lock().expect("no test failed with it").push(Sent {
                uri: head.uri.to_string(),
                authorization: header("authorization"),
                target: header("x-amz-target"),
                document: serde_json::from_slice(&body).unwrap_or_default(),
            });
            let body = Full::new(body).map_err(Into::into).boxed();
            further.send(http::Request::from_parts(head, body)).await
        })
    }
}

/// Answers everything alike.
#[derive(Debug)]
pub struct Always(pub u16, pub &'static str);

impl Transport for Always {
    fn send(&self, _: http::Request<Body>) -> Answer {
        let body = Full::new(Bytes::from_static(self.1.as_bytes())).map_err(Into::into).boxed();
        let response = http::Response::builder().status(self.0).body(body).expect("a response");
        Box::pin(std::future::ready(Ok(response)))
    }
}
