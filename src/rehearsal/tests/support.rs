//! A client of the embedded world that knows no more than the wire.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use crate::rehearsal::{Body, Lost, Rehearsal, World};

pub const TEST_HOST: &str = "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com";
pub const PROD_HOST: &str = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com";

/// A whole response.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The world of the example release.
pub fn release() -> Rehearsal {
    release_and("")
}

/// The world of the example release, and something more.
pub fn release_and(more: &str) -> Rehearsal {
    Rehearsal::new(parse(&format!("{}\n{more}", release_text())).expect("a world"))
}

pub fn release_text() -> String {
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/release.world.toml"))
        // the weight of the filler does not matter to these tests, its seconds do
        .replace("20MB", "600KB")
}

pub fn parse(text: &str) -> Result<World, crate::rehearsal::WorldError> {
    World::parse(&project("scripts/release.world.toml"), text)
}

pub fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

pub async fn send(rehearsal: &Rehearsal, request: http::Request<Body>) -> Result<Response, Lost> {
    let (head, body) = rehearsal.handle(request).await?.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Ok(Response { status: head.status, headers: head.headers, body })
}

pub fn signed(rehearsal: &Rehearsal, session: &str, scope: &str) -> String {
    let key = rehearsal.credentials(session).expect("a session").access_key_id;
    format!("AWS4-HMAC-SHA256 Credential={key}/20261119/{scope}/aws4_request, SignedHeaders=host, Signature=0")
}

/// A call over AWS JSON in ap-northeast-1.
pub async fn call(rehearsal: &Rehearsal, session: &str, operation: &str, request: &Value) -> Result<Response, Lost> {
    let (service, operation) = operation.split_once(':').expect("service:Operation");
    let (prefix, host) = match service {
        "ecs" => ("AmazonEC2ContainerServiceV20141113", "ecs"),
        "secretsmanager" => ("secretsmanager", "secretsmanager"),
        "ssm" => ("AmazonSSM", "ssm"),
        "codedeploy" => ("CodeDeploy_20141006", "codedeploy"),
        "logs" => ("Logs_20140328", "logs"),
        "application-autoscaling" => ("AnyScaleFrontendService", "application-autoscaling"),
        _ => ("AmazonEC2ContainerRegistry_V20150921", "api.ecr"),
    };
    let region = "ap-northeast-1";
    let http = http::Request::post(format!("https://{host}.{region}.amazonaws.com/"))
        .header("x-amz-target", format!("{prefix}.{operation}"))
        .header("authorization", signed(rehearsal, session, &format!("{region}/{service}")))
        .body(body(request.to_string()))
        .expect("a request");
    send(rehearsal, http).await
}

/// The answer of a call that succeeds.
pub async fn ok(rehearsal: &Rehearsal, session: &str, operation: &str, request: Value) -> Value {
    let response = call(rehearsal, session, operation, &request).await.expect("an answer");
    assert_eq!(response.status, StatusCode::OK, "{operation} {request}: {}", response.json());
    response.json()
}

/// `Code: message` of a call that is refused with status 400.
pub async fn refused(rehearsal: &Rehearsal, session: &str, operation: &str, request: Value) -> String {
    let response = call(rehearsal, session, operation, &request).await.expect("an answer");
    assert_eq!(response.status, StatusCode::BAD_REQUEST, "{operation}");
    let error = response.json();
    let text = |member: &str| error[member].as_str().map(str::to_owned);
    let said = text("message").or_else(|| text("Message")).unwrap_or_default();
    format!("{}: {said}", text("__type").expect("__type"))
}

/// A registry's Authorization header, from ECR's token.
pub async fn login(rehearsal: &Rehearsal, session: &str) -> String {
    let token = ok(rehearsal, session, "ecr:GetAuthorizationToken", serde_json::json!({})).await;
    let token = token["authorizationData"][0]["authorizationToken"].as_str().expect("a token").to_owned();
    format!("Basic {token}")
}

pub fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

/// A request to a registry: `GET shop/manifests/1`, with headers and a body.
pub async fn registry(
    rehearsal: &Rehearsal,
    host: &str,
    request: &str,
    headers: &[(&str, &str)],
    content: impl Into<Bytes>,
) -> Result<Response, Lost> {
    let (method, path) = request.split_once(' ').expect("METHOD path");
    let path = path.strip_prefix('/').map_or_else(|| format!("/v2/{path}"), |path| format!("/{path}"));
    let mut http = http::Request::builder().method(method).uri(format!("https://{host}{path}"));
    for (name, value) in headers {
        http = http.header(*name, *value);
    }
    send(rehearsal, http.body(body(content)).expect("a request")).await
}

/// A client of one registry, with its password.
pub struct Client<'a> {
    pub world: &'a Rehearsal,
    pub host: &'a str,
    pub authorization: String,
}

impl<'a> Client<'a> {
    /// The ECR registry of a session, logged in.
    pub async fn ecr(world: &'a Rehearsal, session: &str, host: &'a str) -> Client<'a> {
        let authorization = login(world, session).await;
        Client { world, host, authorization }
    }

    /// A request without a body that is answered.
    pub async fn ask(&self, request: &str) -> Response {
        self.send(request, &[], "").await
    }

    /// A request that is answered.
    pub async fn send(&self, request: &str, more: &[(&str, &str)], content: impl Into<Bytes>) -> Response {
        let mut headers = vec![("authorization", self.authorization.as_str())];
        headers.extend(more);
        let response = registry(self.world, self.host, request, &headers, content).await;
        response.expect("an answer")
    }

    /// Starts an upload; answers its location.
    pub async fn upload(&self, repository: &str) -> String {
        let start = self.ask(&format!("POST {repository}/blobs/uploads/")).await;
        assert_eq!(start.status, StatusCode::ACCEPTED);
        start.header("location").expect("a location").to_owned()
    }
}
