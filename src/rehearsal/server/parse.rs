//! What a request is: a call of an AWS API, or of a registry.

use bytes::Bytes;
use http::Method;
use http::header::HOST;
use http::request::Parts;
use serde_json::Value;

use super::authorization::{Scope, scope};
use crate::rehearsal::balancing;
use crate::rehearsal::digest::sha256;
use crate::rehearsal::query::Form;
use crate::rehearsal::registry::{Incoming, Operation};

/// A request, read.
#[derive(Debug)]
pub struct Request {
    /// The host that it names.
    pub host: String,
    /// What it asks.
    pub asked: Asked,
    key: String,
}

/// What a request asks.
#[derive(Debug)]
pub enum Asked {
    /// An operation over JSON 1.1.
    Json {
        /// `ecs`, `ecr`, `ssm`… as in the names of permissions.
        service: &'static str,
        operation: String,
        scope: Option<Scope>,
        /// `None` when it is not JSON.
        body: Option<Value>,
    },
    /// An operation of STS over the query protocol.
    Sts {
        operation: String,
        /// The form's `RoleArn`.
        role: Option<String>,
        scope: Option<Scope>,
    },
    /// An operation of Elastic Load Balancing over the query protocol.
    Balancing { operation: String, form: Form, scope: Option<Scope> },
    /// An operation of a registry.
    Registry(Incoming),
    /// None of these.
    Nothing,
}

/// How the targets of the services begin that speak JSON 1.1, and the names that they have in permissions.
const TARGETS: [(&str, &str); 7] = [
    ("AmazonEC2ContainerServiceV20141113.", "ecs"),
    ("AmazonEC2ContainerRegistry_V20150921.", "ecr"),
    ("secretsmanager.", "secretsmanager"),
    ("AmazonSSM.", "ssm"),
    ("Logs_20140328.", "logs"),
    ("CodeDeploy_20141006.", "codedeploy"),
    ("AnyScaleFrontendService.", "application-autoscaling"),
];

/// The service that an `X-Amz-Target` is of, as permissions name it, and the operation; `None` for one that is not here.
pub fn service_of(target: &str) -> Option<(&'static str, &str)> {
    TARGETS.into_iter().find_map(|(prefix, service)| Some((service, target.strip_prefix(prefix)?)))
}

/// Bytes that a form may have.
const FORM: usize = 65_536;

/// Reads a request whose body has arrived.
pub fn parse(head: Parts, body: Bytes) -> Request {
    let host = head
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| Some(head.headers.get(HOST)?.to_str().ok()?.to_owned()))
        .unwrap_or_default();
    let host = host.strip_suffix(":443").map(str::to_owned).unwrap_or(host);
    let path_and_query = head.uri.path_and_query().map_or("", |path| path.as_str());
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let key = format!("{host} {} {path_and_query} {target} {}", head.method, sha256(&body));
    Request { asked: asked(head, &host, &target, body), host, key }
}

impl Request {
    /// Orders requests that are due at one instant: by what they ask, and nothing else.
    pub fn key(&self) -> String {
        self.key.clone()
    }
}

fn asked(head: Parts, host: &str, target: &str, body: Bytes) -> Asked {
    let scope = scope(&head.headers);
    if let Some((service, operation)) = service_of(target) {
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        return Asked::Json {
            service,
            operation: operation.to_owned(),
            scope,
            body: serde_json::from_slice(text).ok(),
        };
    }
    // a form is short; a layer that is being uploaded is not looked through
    if head.method == Method::POST && head.uri.path() == "/" && body.len() < FORM {
        let form = Form::read(&body);
        if let Some(operation) = form.get("Action").map(str::to_owned)
            && (host.starts_with("sts.") || scope.is_some())
        {
            if form.get("Version") == Some(balancing::VERSION) {
                return Asked::Balancing { operation, form, scope };
            }
            return Asked::Sts { operation, role: form.get("RoleArn").map(str::to_owned), scope };
        }
    }
    match Operation::read(&head.method, head.uri.path()) {
        Some(operation) => Asked::Registry(Incoming {
            operation,
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
        }),
        None => Asked::Nothing,
    }
}
