//! A rehearsal's world on ports of this machine: the AWS APIs on one, each registry on one of its own, since a stranger
//! who is sent to 127.0.0.1 names no other host.

use super::{InProcess, RehearsedWorld};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::host::surroundings::Surroundings;
use crate::live::serve::Port;
use crate::live::transport::{Answer, Body, Transport, Unanswered};
use crate::rehearsal::{Rehearsal, service_of};
use bytes::Bytes;
use futures_util::future::join_all;
use http::header::CONTENT_TYPE;
use http::uri::{Authority, Scheme};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use serde::Serialize;
use serde_json::json;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Where the state of a sandbox is read on its main port.
const STATE: &str = "/_world";

/// A world that listens.
pub struct Sandbox {
    rehearsal: Rehearsal,
    main: Port,
    registries: Vec<(Authority, Port)>,
    /// How to reach it.
    pub directory: Directory,
}

/// How a sandbox is reached.
#[derive(Debug, Serialize)]
pub struct Directory {
    /// AWS, for every account: the access key says which.
    pub endpoint: String,
    /// The world's state as JSON, for tests to compare.
    pub state: String,
    /// How many times as fast as the wall's its clock runs.
    pub speed: NonZeroU32,
    /// By name.
    pub accounts: Vec<AccountEntry>,
    /// By host.
    pub registries: Vec<RegistryEntry>,
}

/// An account, and the key that makes a caller its own.
#[derive(Debug, Serialize)]
pub struct AccountEntry {
    /// The session's name.
    pub name: String,
    /// Twelve digits.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// `AKIA…`
    pub access_key_id: String,
    /// Signs requests; it is not checked.
    pub secret_access_key: String,
    /// The host of its ECR registry in its Region.
    pub registry: String,
    /// Where that registry is: `127.0.0.1:PORT`.
    pub registry_address: String,
}

/// A registry, ECR's or another.
#[derive(Debug, Serialize)]
pub struct RegistryEntry {
    /// The host that image references have.
    pub host: String,
    /// Where it is: `127.0.0.1:PORT`.
    pub address: String,
}

impl RehearsedWorld {
    /// Opens the world's ports: `port` for AWS and the ones after it for the registries, in the order of their hosts;
    /// any that are free where it is 0. Its clock starts now, with the wall's. Must be called inside the runtime.
    ///
    /// # Errors
    /// A port that cannot be listened on.
    pub async fn open(self, port: u16, speed: NonZeroU32) -> Result<Sandbox, Fault> {
        let accounts = self.0.accounts().clone();
        let wall = Surroundings::of_this_machine().now();
        let wall = jiff::Timestamp::from_millisecond(wall).unwrap_or_default();
        let rehearsal = Rehearsal::beside(self.0, wall, speed);
        let main = open(Some(port)).await?;
        let mut registries = Vec::new();
        let mut next = Some(port);
        for host in rehearsal.registry_hosts() {
            next = next.and_then(|port| if port == 0 { Some(0) } else { port.checked_add(1) });
            let wrong = |_| Fault::usage(format!("`{host}` is not the host of a registry"));
            let authority: Authority = host.parse().map_err(wrong)?;
            registries.push((authority, open(next).await?));
        }
        let entries: Vec<_> = registries
            .iter()
            .map(|(host, port)| RegistryEntry { host: host.to_string(), address: address(port) })
            .collect();
        let accounts = accounts.into_iter().filter_map(|(name, account)| {
            let key = rehearsal.credentials(&name)?;
            // ECR's hosts begin with the account and hold the Region
            let own = format!("{}.dkr.ecr.{}.", account.id, account.region);
            let registry = entries.iter().find(|entry| entry.host.starts_with(&own))?;
            Some(AccountEntry {
                name,
                account: account.id,
                region: account.region,
                access_key_id: key.access_key_id,
                secret_access_key: key.secret_access_key,
                registry: registry.host.clone(),
                registry_address: registry.address.clone(),
            })
        });
        let endpoint = format!("http://{}", address(&main));
        let state = format!("{endpoint}{STATE}");
        let accounts = accounts.collect();
        let directory = Directory { endpoint, state, speed, accounts, registries: entries };
        Ok(Sandbox { rehearsal, main, registries, directory })
    }
}

async fn open(port: Option<u16>) -> Result<Port, Fault> {
    let port =
        port.ok_or_else(|| Fault::usage("there are too few ports after this one").hint("choose a lower --port"))?;
    Port::open(port).await.map_err(|error| {
        Fault::new(FaultKind::Refused, "Port", format!("port {port} of 127.0.0.1 cannot be listened on: {error}"))
            .hint("leave --port out, and free ones are taken")
    })
}

fn address(port: &Port) -> String {
    format!("127.0.0.1:{}", port.number())
}

impl Sandbox {
    /// Serves until it is dropped. Each request is told to `tell`, with its status or why it got no answer.
    pub async fn serve(self, tell: Option<Tell>) {
        let Self { rehearsal, main, registries, directory } = self;
        let hosts =
            directory.registries.iter().map(|entry| format!("{} is at {}", entry.host, entry.address)).collect();
        let told = |inner: Arc<dyn Transport>| match &tell {
            Some(tell) => Arc::new(Told { inner, tell: tell.clone() }) as Arc<dyn Transport>,
            None => inner,
        };
        let world: Arc<dyn Transport> = Arc::new(InProcess(rehearsal.clone()));
        let front = told(Arc::new(Front { rehearsal, world: world.clone(), hosts }));
        let world = told(world);
        let ports =
            registries.into_iter().map(|(host, port)| port.serve(Arc::new(AtHost { host, world: world.clone() })));
        tokio::join!(main.serve(front), join_all(ports));
    }
}

/// Hears what was asked and what became of it.
pub type Tell = Arc<dyn Fn(&str, Result<u16, &str>) + Send + Sync>;

/// The main port.
#[derive(Debug)]
struct Front {
    rehearsal: Rehearsal,
    world: Arc<dyn Transport>,
    hosts: Vec<String>,
}

impl Transport for Front {
    fn send(&self, request: Request<Body>) -> Answer {
        let host = request.uri().host().unwrap_or_default();
        let is_form = request.method() == Method::POST && request.uri().path() == "/";
        let answer = match target(&request) {
            Some(target) if service_of(target).is_some() => return self.world.send(request),
            Some(target) => {
                let text = format!("A sandbox does not have {target}.");
                let error = json!({ "__type": "UnknownOperationException", "message": text });
                (StatusCode::BAD_REQUEST, "application/x-amz-json-1.1", error.to_string())
            }
            None if is_form || self.rehearsal.registry_hosts().iter().any(|known| known == host) => {
                return self.world.send(request);
            }
            None if request.uri().path() == STATE => {
                (StatusCode::OK, "application/json", self.rehearsal.snapshot().to_string())
            }
            None => {
                let text = format!("AWS is here, and {STATE}.\n{}\n", self.hosts.join("\n"));
                (StatusCode::NOT_FOUND, "text/plain", text)
            }
        };
        let (status, kind, text) = answer;
        let body = Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed();
        let response = Response::builder().status(status).header(CONTENT_TYPE, kind).body(body);
        Box::pin(async { response.map_err(|error| unanswered(error.to_string())) })
    }
}

/// `Service.Operation` of a call over AWS JSON.
fn target(request: &Request<Body>) -> Option<&str> {
    request.headers().get("x-amz-target").and_then(|target| target.to_str().ok())
}

/// A registry's own port: every request is to its host.
#[derive(Debug)]
struct AtHost {
    host: Authority,
    world: Arc<dyn Transport>,
}

impl Transport for AtHost {
    fn send(&self, mut request: Request<Body>) -> Answer {
        let mut parts = request.uri().clone().into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.host.clone());
        match Uri::from_parts(parts) {
            Ok(uri) => {
                *request.uri_mut() = uri;
                self.world.send(request)
            }
            Err(error) => Box::pin(async move { Err(unanswered(error.to_string())) }),
        }
    }
}

/// Tells every request when it is answered, or is not.
struct Told {
    inner: Arc<dyn Transport>,
    tell: Tell,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(out)
    }
}

impl Transport for Told {
    fn send(&self, request: Request<Body>) -> Answer {
        let (asked, tell) = (asked(&request), self.tell.clone());
        let answer = self.inner.send(request);
        Box::pin(async move {
            let answer = answer.await;
            tell(&asked, answer.as_ref().map(|answer| answer.status().as_u16()).map_err(|lost| lost.why.as_str()));
            answer
        })
    }
}

/// A request in words: the operation of an AWS call, the method and path of any other.
fn asked(request: &Request<Body>) -> String {
    match target(request).map(|target| (target, service_of(target))) {
        Some((_, Some((service, operation)))) => format!("{service}:{operation}"),
        Some((target, None)) => target.to_owned(),
        None => {
            let uri = request.uri();
            format!("{} {}{}", request.method(), uri.host().unwrap_or_default(), uri.path())
        }
    }
}

fn unanswered(why: String) -> Unanswered {
    Unanswered { sent: true, timeout: false, why }
}
