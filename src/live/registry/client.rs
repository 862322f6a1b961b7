//! One registry as one session sees it: requests with their login, made again when they may.

use super::auth::{Auth, Pass};
use super::challenge;
use super::errors::{self, Doing};
use super::login::Logins;
use super::recent::Recent;
use super::retry::{Patience, Trouble, retry_after};
use super::streaming;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::{Body, Transport};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, USER_AGENT, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use std::sync::Arc;

const AGENT: &str = concat!("gantry/", env!("CARGO_PKG_VERSION"));
/// Of a refusal: enough for every complaint there is.
const REFUSAL: usize = 64 << 10;

/// A registry.
pub(super) struct Client {
    transport: Arc<dyn Transport>,
    auth: Auth,
    host: String,
    /// What was read of its images a moment ago.
    pub recent: Recent,
}

/// A request that can be made any number of times.
#[derive(Clone)]
pub(super) struct Ask {
    /// How.
    pub method: Method,
    /// Below the endpoint (`/v2/…`), or anywhere.
    pub target: Target,
    /// Beside those of the client.
    pub headers: HeaderMap,
    /// Small; a streamed one is given to [`Client::exchange`].
    pub body: Bytes,
    /// Of the token: `repository:shop:pull`, several with spaces between.
    pub scope: String,
    /// For faults.
    pub doing: Doing,
}

/// Where a request goes.
#[derive(Clone)]
pub(super) enum Target {
    /// Below the registry's endpoint.
    Path(String),
    /// A location that an answer gave.
    Absolute(Uri),
}

/// An answer that was read to its end.
pub(super) struct Whole {
    /// Where it came from.
    pub uri: Uri,
    /// Its status: never one that may pass.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
}

impl Client {
    /// A client of `host`; nothing is sent yet.
    pub fn new(transport: Arc<dyn Transport>, logins: Arc<dyn Logins>, host: String, session: Option<String>) -> Self {
        let auth = Auth::new(Arc::clone(&transport), logins, host.clone(), session);
        Self { transport, auth, host, recent: Recent::default() }
    }

    /// The registry as references name it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Has what the registry wants to know of us before it answers a request, where it has said so.
    pub async fn authorize(&self, ask: &Ask) -> Result<(), Fault> {
        self.auth.pass(&ask.scope, &ask.doing).await.map(drop)
    }

    /// Makes a request until it is answered, and reads the answer, which must not be longer than `limit`.
    pub async fn ask(&self, ask: &Ask, limit: usize) -> Result<Whole, Fault> {
        let mut patience = Patience::default();
        loop {
            match self.read(ask, limit).await {
                Ok(whole) => return Ok(whole),
                Err(trouble) => patience.after(trouble).await?,
            }
        }
    }

    /// Makes a request until it is answered, and lets go of the answer but for its status.
    pub async fn status(&self, ask: &Ask) -> Result<StatusCode, Fault> {
        let mut patience = Patience::default();
        loop {
            match self.exchange(ask, streaming::full(ask.body.clone()), Some(ask.body.len() as u64)).await {
                Ok((answer, _)) => return Ok(answer.status()),
                Err(trouble) => patience.after(trouble).await?,
            }
        }
    }

    /// Makes a request once and reads the answer.
    pub async fn read(&self, ask: &Ask, limit: usize) -> Result<Whole, Trouble> {
        let length = Some(ask.body.len() as u64);
        let (answer, uri) = self.exchange(ask, streaming::full(ask.body.clone()), length).await?;
        let (head, body) = answer.into_parts();
        let body =
            if ask.method == Method::HEAD { Bytes::new() } else { streaming::whole(body, limit, &ask.doing).await? };
        Ok(Whole { uri, status: head.status, headers: head.headers, body })
    }

    /// Sends one request with a body of `length` bytes and gives its answer, with the URI it came from. Statuses that
    /// may pass, and a login that is wanted or refused, are troubles; every other status is the caller's to judge.
    pub async fn exchange(&self, ask: &Ask, body: Body, length: Option<u64>) -> Result<(Response<Body>, Uri), Trouble> {
        let doing = &ask.doing;
        let mut pass = self.auth.pass(&ask.scope, doing).await?;
        let uri = address(&pass.endpoint, &ask.target, doing)?;
        let ours = same_authority(&uri, &pass.endpoint);
        if !ours {
            // A login goes to the registry it is for, and nobody else can ask for one.
            pass.authorization = None;
        }
        let request = request(ask, uri.clone(), &pass, body, length);
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(|why| Trouble::Passing { fault: doing.unanswered(&why), after: None })?;
        if let Some(fault) = answer.extensions().get::<Fault>() {
            // from this machine, which says it better than a status
            return Err(Trouble::Lasting(fault.clone()));
        }
        let status = answer.status();
        match status.as_u16() {
            401 if ours => Err(self.unauthorized(ask, &pass, answer).await),
            403 if ours => {
                let (head, body) = answer.into_parts();
                let body = streaming::whole(body, REFUSAL, doing).await?;
                if errors::expired(&body) || (ask.method == Method::HEAD && self.outdated(&pass, doing).await) {
                    return Err(self.auth.refused(&pass, &ask.scope, &[], doing).await);
                }
                Ok((Response::from_parts(head, streaming::full(body)), uri))
            }
            408 | 429 | 500 | 502..=599 => {
                let after = retry_after(answer.headers());
                let body = streaming::whole(answer.into_body(), REFUSAL, doing).await.unwrap_or_default();
                Err(Trouble::Passing { fault: doing.answered(status, &body), after })
            }
            _ => Ok((answer, uri)),
        }
    }

    /// Whether the login of `pass` is of no use any more. The answer to a HEAD says 403 but not why, and ECR says 403 of
    /// an old token too, so the same login asks for the registry's root, which needs no right of its own.
    async fn outdated(&self, pass: &Pass, doing: &Doing) -> bool {
        let Some(authorization) = pass.authorization.clone() else { return false };
        let Ok(root) = address(&pass.endpoint, &Target::Path("/v2/".to_owned()), doing) else { return false };
        let mut request = Request::new(streaming::empty());
        *request.uri_mut() = root;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        let Ok(answer) = self.transport.send(request).await else { return false };
        let status = answer.status();
        let body = streaming::whole(answer.into_body(), REFUSAL, doing).await.unwrap_or_default();
        status == StatusCode::UNAUTHORIZED || errors::expired(&body)
    }

    async fn unauthorized(&self, ask: &Ask, pass: &Pass, answer: Response<Body>) -> Trouble {
        let headers = answer.headers().get_all(WWW_AUTHENTICATE);
        let challenges: Vec<_> =
            headers.iter().filter_map(|value| value.to_str().ok()).flat_map(challenge::parse).collect();
        self.auth.refused(pass, &ask.scope, &challenges, &ask.doing).await
    }
}

fn request(ask: &Ask, uri: Uri, pass: &Pass, body: Body, length: Option<u64>) -> Request<Body> {
    let mut request = Request::new(body);
    ask.method.clone_into(request.method_mut());
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    ask.headers.clone_into(headers);
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if ask.method != Method::GET && ask.method != Method::HEAD {
        headers.extend(length.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
    }
    headers.extend(pass.authorization.clone().map(|value| (AUTHORIZATION, value)));
    request
}

fn address(endpoint: &str, target: &Target, doing: &Doing) -> Result<Uri, Fault> {
    match target {
        Target::Absolute(uri) => Ok(uri.clone()),
        Target::Path(path) => format!("{endpoint}{path}").parse().map_err(|why| {
            let endpoint = format!("its endpoint `{endpoint}` cannot be used: {why}");
            doing.fault(FaultKind::Usage, "EndpointMalformed", endpoint)
        }),
    }
}

fn same_authority(uri: &Uri, endpoint: &str) -> bool {
    endpoint
        .parse::<Uri>()
        .is_ok_and(|endpoint| endpoint.scheme() == uri.scheme() && endpoint.authority() == uri.authority())
}
