//! The real network, against servers that behave badly.

use bytes::Bytes;
use gantry::live::network::Network;
use gantry::live::transport::{Body, Transport};
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpListener;

fn get(uri: &str) -> Request<Body> {
    let body = Empty::<Bytes>::new().map_err(|never: Infallible| match never {}).boxed();
    Request::get(uri).body(body).unwrap()
}

/// A server of one connection that reads a request and says `answer`.
fn server(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]);
        let _ = connection.write_all(answer);
    });
    port
}

#[tokio::test]
async fn an_answer_comes_with_its_body() {
    let port = server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\nx-kind: small\r\n\r\nhello");
    let answer = Network::new().send(get(&format!("http://127.0.0.1:{port}/x"))).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-kind"].as_bytes()), (404, &b"small"[..]));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hello");
}

#[tokio::test]
async fn a_refused_connection_has_sent_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let why = Network::new().send(get(&format!("http://127.0.0.1:{closed}/"))).await.unwrap_err();
    assert!(!why.sent && !why.timeout, "{why:?}");
    assert!(why.why.to_lowercase().contains("connection refused"), "{why}");
}

#[tokio::test]
async fn a_dropped_connection_may_have_sent_everything() {
    let port = server(b"");
    let why = Network::new().send(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(why.sent && !why.timeout, "{why:?}");
    assert!(why.why.contains("connection closed"), "{why}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello");
    let answer = Network::new().send(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn what_is_no_tls_is_told_and_nothing_was_sent() {
    let port = server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let why = Network::new().send(get(&format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(!why.sent, "{why:?}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_has_sent_nothing() {
    let why = Network::new().send(get("http://registry.invalid/")).await.unwrap_err();
    assert!(!why.sent, "{why:?}");
}
