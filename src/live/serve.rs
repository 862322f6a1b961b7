//! A port of this machine that answers what a [`Transport`] answers: the way in for strangers, as
//! [`network`](super::network) is the way out.

use super::transport::{Body, Transport, Unanswered};
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A port that is listened on, by this machine alone.
pub struct Port {
    listener: TcpListener,
    number: u16,
}

impl Port {
    /// Listens on 127.0.0.1; on a port that is free where `number` is 0.
    ///
    /// # Errors
    /// Those of the system: above all, that somebody listens there already.
    #[expect(clippy::disallowed_methods, reason = "sockets are this room's")]
    pub async fn open(number: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await?;
        let number = listener.local_addr()?.port();
        Ok(Self { listener, number })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Answers HTTP/1.1 until it is dropped. Each request goes on with the host that its `Host` header names, its body
    /// and the answer's streamed; one that is not answered has its connection closed without a word. A request is served
    /// to its end even when its client goes away, as it is in any other server that has read it.
    pub async fn serve(self, transport: Arc<dyn Transport>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, transport.clone()));
                }
                // out of file descriptors, or a caller who left again: the next one may have more luck
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

async fn connection(stream: TcpStream, transport: Arc<dyn Transport>) {
    // without it small answers wait for the client's acknowledgement
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, transport.clone()));
    let mut server = http1::Builder::new();
    // what a client sent before it went away is still read
    server.timer(TokioTimer::new()).half_close(true);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    // a client that went away, or that is told so by the closed connection
    let _ = connection.await;
}

async fn answer(request: Request<Incoming>, transport: Arc<dyn Transport>) -> Result<Response<Body>, Unanswered> {
    let (mut head, body) = request.into_parts();
    head.uri = absolute(&head.uri, head.headers.get(HOST).and_then(|host| host.to_str().ok())).ok_or_else(nameless)?;
    let request = Request::from_parts(head, body.map_err(Into::into).boxed());
    let served = tokio::spawn(transport.send(request));
    served.await.unwrap_or_else(|_| Err(nameless()))
}

fn nameless() -> Unanswered {
    Unanswered { sent: false, timeout: false, why: "the request names no host, or cannot be served".to_owned() }
}

/// The URI with its host, which HTTP/1.1 writes in a header; a proxy's client has it in the URI already.
fn absolute(uri: &Uri, host: Option<&str>) -> Option<Uri> {
    if uri.authority().is_some() {
        return Some(uri.clone());
    }
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(host?.parse::<Authority>().ok()?);
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_to_the_host_that_it_names() {
        let uri = |text: &str| text.parse::<Uri>().expect("a URI");
        let absolute = |text: &str, host| absolute(&uri(text), host).map(|uri| uri.to_string());
        assert_eq!(absolute("/v2/?n=1", Some("a.example:81")).as_deref(), Some("http://a.example:81/v2/?n=1"));
        assert_eq!(absolute("http://b.example/x", Some("a.example")).as_deref(), Some("http://b.example/x"));
        assert_eq!(absolute("/", None), None);
        assert_eq!(absolute("/", Some("no host")), None);
    }
}
