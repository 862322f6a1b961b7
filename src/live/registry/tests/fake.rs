//! Registries in memory, that fail where a test tells them to.

use super::super::hashing::sha256;
use super::super::login::{Access, Content, Login, Logins};
use super::super::{Registries, streaming};
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::domain::secret::Secret;
use crate::effects::event::{Event, Events, Listener, Stage};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::world::Boxed;
use crate::live::transport::{Answer, Body, Cause, Transport, Unanswered};
use bytes::Bytes;
use futures_util::stream;
use http::header::{AUTHORIZATION, LOCATION, RANGE, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

/// What a request meets instead of its answer.
#[derive(Clone, Debug)]
pub enum Trap {
    /// This answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, &'static str),
    /// The connection is dropped.
    Drop,
    /// It is done, and then the connection is dropped.
    DoneAndDropped,
    /// The answer's body breaks off after so many bytes.
    BreakOff(usize),
    /// The answer's body is another one.
    Instead(&'static [u8]),
}

#[derive(Default)]
pub struct State {
    /// By `HOST/NAME/DIGEST`.
    pub blobs: HashMap<String, Bytes>,
    /// By `HOST/NAME/VERSION`.
    pub manifests: HashMap<String, Bytes>,
    /// For `METHOD HOST/…` lines that start so; each is met once, in this order.
    pub traps: Vec<(String, Trap)>,
    /// The challenge of a host, and the authorization that it takes.
    pub guards: HashMap<String, (String, String)>,
    /// `METHOD HOST/PATH` with the authorization, where there was one.
    pub log: Vec<String>,
    /// Bytes of uploads that were never ended.
    pub broken: Vec<usize>,
    /// Whether `Range` is understood.
    pub ranges: bool,
    /// Logins there are, the next one first.
    pub logins: Vec<Login>,
    /// What was asked of the logins: the refused one's password.
    pub asked: Vec<Option<String>>,
    pub told: Vec<(String, Stage)>,
}

#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<State>>);

impl std::fmt::Debug for Fake {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Fake")
    }
}

impl Fake {
    pub fn registries(&self) -> Registries {
        Registries::new(Arc::new(self.clone()), Arc::new(self.clone()), Arc::new(self.clone()))
    }

    pub fn events(&self) -> Events {
        Events::to(Arc::new(self.clone()))
    }

    /// An image of these layers at `HOST/NAME:TAG`.
    pub fn image(&self, at: &str, layers: &[&'static [u8]]) {
        let (name, tag) = at.rsplit_once(':').unwrap();
        let mut state = self.0.lock().unwrap();
        let mut put = |bytes: Bytes| {
            let digest = sha256(&bytes);
            let descriptor = serde_json::json!({ "digest": digest, "size": bytes.len() });
            state.blobs.insert(format!("{name}/{digest}"), bytes);
            descriptor
        };
        let layers: Vec<_> = layers.iter().map(|layer| put(Bytes::from_static(layer))).collect();
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer["digest"].clone()).collect();
        let config = serde_json::json!({ "rootfs": { "type": "layers", "diff_ids": diff_ids } });
        let config = put(config.to_string().into());
        let manifest = serde_json::json!({ "mediaType": OCI, "config": config, "layers": layers });
        let manifest = Bytes::from(manifest.to_string());
        state.manifests.insert(format!("{name}/{}", sha256(&manifest)), manifest.clone());
        state.manifests.insert(format!("{name}/{tag}"), manifest);
    }

    /// A manifest in the repository `HOST/NAME`, by its digest and by a tag.
    pub fn put(&self, name: &str, tag: &str, manifest: &serde_json::Value) -> Bytes {
        let manifest = Bytes::from(manifest.to_string());
        let mut state = self.0.lock().unwrap();
        state.manifests.insert(format!("{name}/{}", sha256(&manifest)), manifest.clone());
        state.manifests.insert(format!("{name}/{tag}"), manifest.clone());
        manifest
    }

    /// An image of one architecture, by its digest alone; gives the entry that an index has for it.
    pub fn platform(&self, name: &str, architecture: &str, layers: &[&'static [u8]]) -> serde_json::Value {
        let mut state = self.0.lock().unwrap();
        let mut put = |bytes: Bytes| {
            let digest = sha256(&bytes);
            let descriptor = serde_json::json!({ "digest": digest, "size": bytes.len() });
            state.blobs.insert(format!("{name}/{digest}"), bytes);
            descriptor
        };
        let layers: Vec<_> = layers.iter().map(|layer| put(Bytes::from_static(layer))).collect();
        let platform = serde_json::json!({ "os": "linux", "architecture": architecture });
        let config = put(platform.to_string().into());
        let manifest = serde_json::json!({ "mediaType": OCI, "config": config, "layers": layers }).to_string();
        let digest = sha256(manifest.as_bytes());
        let entry =
            serde_json::json!({ "mediaType": OCI, "digest": digest, "size": manifest.len(), "platform": platform });
        state.manifests.insert(format!("{name}/{digest}"), manifest.into());
        entry
    }

    pub fn trap(&self, line: &str, trap: Trap) {
        self.0.lock().unwrap().traps.push((line.to_owned(), trap));
    }

    pub fn guard(&self, host: &str, challenge: &str, authorization: &str) {
        self.0.lock().unwrap().guards.insert(host.to_owned(), (challenge.to_owned(), authorization.to_owned()));
    }

    pub fn log(&self) -> Vec<String> {
        self.0.lock().unwrap().log.clone()
    }

    /// How many requests began so.
    pub fn count(&self, line: &str) -> usize {
        self.log().iter().filter(|one| one.starts_with(line)).count()
    }

    fn answer(
        &self,
        line: &str,
        head: &http::request::Parts,
        sent: Result<Bytes, usize>,
    ) -> Result<Response<Body>, Unanswered> {
        let mut state = self.0.lock().unwrap();
        let trap = state.traps.iter().position(|(start, _)| line.starts_with(start)).map(|at| state.traps.remove(at).1);
        let dropped = || Unanswered { sent: true, timeout: false, why: "connection closed".to_owned() };
        match (&trap, &sent) {
            (Some(Trap::Drop), _) => return Err(dropped()),
            (Some(Trap::Answer(status, headers, body)), _) => {
                return Ok(response(*status, headers, Bytes::from_static(body.as_bytes())));
            }
            (_, Err(seen)) => {
                state.broken.push(*seen);
                return Err(dropped());
            }
            _ => {}
        }
        let answer = state.serve(head, &sent.unwrap_or_default());
        match trap {
            Some(Trap::DoneAndDropped) => Err(dropped()),
            Some(Trap::Instead(bytes)) => Ok(response(200, &[], Bytes::from_static(bytes))),
            Some(Trap::BreakOff(after)) => {
                let body = stream::iter([
                    Ok(http_body::Frame::data(answer.2.slice(..after))),
                    Err(Cause::from("connection reset")),
                ]);
                Ok(response(answer.0, &answer.1, Bytes::new()).map(|_| StreamBody::new(body).boxed()))
            }
            _ => Ok(response(answer.0, &answer.1, answer.2)),
        }
    }
}

type Plain = (u16, Vec<(&'static str, String)>, Bytes);

impl State {
    fn serve(&mut self, head: &http::request::Parts, sent: &Bytes) -> Plain {
        let host = head.uri.host().unwrap_or_default().to_owned();
        if let Some((challenge, expected)) = self.guards.get(&host) {
            let given = head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
            if given.as_ref() != Some(expected) {
                return (401, vec![(WWW_AUTHENTICATE.as_str(), challenge.clone())], Bytes::new());
            }
        }
        let path = head.uri.path().trim_start_matches("/v2/");
        if let Some((name, upload)) = path.split_once("/blobs/uploads/") {
            return self.upload(&head.method, &host, name, upload, head.uri.query().unwrap_or_default(), sent);
        }
        let (name, kind, version) = match path.split_once("/manifests/") {
            Some((name, version)) => (name, "manifest", version),
            None => match path.split_once("/blobs/") {
                Some((name, version)) => (name, "blob", version),
                None => return (404, vec![], Bytes::new()),
            },
        };
        let key = format!("{host}/{name}/{version}");
        if head.method == Method::PUT {
            self.manifests.insert(format!("{host}/{name}/{}", sha256(sent)), sent.clone());
            self.manifests.insert(key, sent.clone());
            return (201, vec![], Bytes::new());
        }
        let found = if kind == "blob" { self.blobs.get(&key) } else { self.manifests.get(&key) };
        let Some(found) = found else {
            return (
                404,
                vec![],
                Bytes::from_static(br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}"#),
            );
        };
        if let (Some(range), true) = (head.headers.get(RANGE), self.ranges) {
            let from: usize = range.to_str().unwrap()["bytes=".len()..].trim_end_matches('-').parse().unwrap();
            let range = format!("bytes {from}-{}/{}", found.len() - 1, found.len());
            return (206, vec![("content-range", range)], found.slice(from..));
        }
        let headers =
            if kind == "manifest" { vec![("docker-content-digest", sha256(found).to_string())] } else { vec![] };
        (200, headers, if head.method == Method::HEAD { Bytes::new() } else { found.clone() })
    }

    fn upload(&mut self, method: &Method, host: &str, name: &str, upload: &str, query: &str, sent: &Bytes) -> Plain {
        match *method {
            Method::POST => {
                let to = format!("/v2/{name}/blobs/uploads/1?state=s{upload}");
                (202, vec![(LOCATION.as_str(), to)], Bytes::new())
            }
            Method::PUT => {
                let digest = query.strip_prefix("state=s&digest=").unwrap_or("?");
                if digest != sha256(sent).to_string() {
                    return (400, vec![], Bytes::from_static(br#"{"errors":[{"code":"DIGEST_INVALID"}]}"#));
                }
                self.blobs.insert(format!("{host}/{name}/{digest}"), sent.clone());
                (201, vec![], Bytes::new())
            }
            _ => (204, vec![], Bytes::new()),
        }
    }
}

fn response(status: u16, headers: &[(&'static str, String)], body: Bytes) -> Response<Body> {
    let mut response = Response::new(streaming::full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().extend(
        headers.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())),
    );
    response
}

impl Transport for Fake {
    fn send(&self, request: Request<Body>) -> Answer {
        let fake = self.clone();
        Box::pin(async move {
            let (head, mut body) = request.into_parts();
            let line = format!(
                "{} {}{}",
                head.method,
                head.uri.host().unwrap_or_default(),
                head.uri.path_and_query().unwrap()
            );
            let given = head.headers.get(AUTHORIZATION).map(|value| format!(" ({})", value.to_str().unwrap()));
            fake.0.lock().unwrap().log.push(format!("{line}{}", given.unwrap_or_default()));
            // Requests of one moment are all under way before the first is answered; the clock must not stand still.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let mut sent = Vec::new();
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => sent.extend_from_slice(&frame.into_data().unwrap_or_default()),
                    Err(_) => return fake.answer(&line, &head, Err(sent.len())),
                }
            }
            fake.answer(&line, &head, Ok(sent.into()))
        })
    }
}

impl Logins for Fake {
    fn access<'a>(
        &'a self,
        host: &'a str,
        _: Option<&'a str>,
        refused: Option<&'a Login>,
    ) -> Boxed<'a, Result<Access, Fault>> {
        Box::pin(async move {
            let mut state = self.0.lock().unwrap();
            state.asked.push(refused.map(|login| login.password.reveal().to_owned()));
            let login =
                if state.logins.len() > 1 { Some(state.logins.remove(0)) } else { state.logins.first().cloned() };
            Ok(Access { endpoint: format!("https://{host}"), login })
        })
    }
}

impl Content for Fake {
    fn open<'a>(&'a self, root: &'a str, entry: &'a str) -> Result<Box<dyn Read + Send>, Fault> {
        let state = self.0.lock().unwrap();
        let found = state.blobs.get(&format!("{root}/{entry}"));
        let found =
            found.ok_or_else(|| Fault::new(FaultKind::Missing, "FileMissing", format!("no `{root}/{entry}`")))?;
        Ok(Box::new(Cursor::new(found.clone())))
    }
}

impl Listener for Fake {
    fn hear(&self, event: &Event) {
        if let Event::Transfer(transfer) = event {
            self.0.lock().unwrap().told.push((transfer.digest.to_string(), transfer.stage));
        }
    }
}

pub fn login(password: &str) -> Login {
    Login { username: "AWS".to_owned(), password: Secret::new(password) }
}

/// As [`login`] is sent.
pub fn basic(password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}")))
}

pub fn at(image: &str) -> Located {
    Located { image: Reference::parse(image).unwrap(), session: None }
}
