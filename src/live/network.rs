//! The real network: HTTP/1.1 over TCP and TLS, with pooled connections and an end to every wait.

use super::stall::{Patient, STALL};
use super::transport::{Answer, Body, Cause, Transport, Unanswered};
use http::uri::Scheme;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// To make a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// A pooled connection nobody uses.
const IDLE: Duration = Duration::from_mins(1);
/// What a connection holds of a body at the most, each way. hyper's own 400 KiB are no faster, and several blobs move at
/// once, each over two connections.
const BUFFER: usize = 128 << 10;

type Secure = Client<HttpsConnector<HttpConnector>, Body>;

/// The network. Certificates are the system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.
#[derive(Clone)]
pub struct Network(Patient<Wire>);

#[derive(Clone)]
struct Wire {
    plain: Client<HttpConnector, Body>,
    /// Made when it is first needed: reading certificates takes its time, and plain HTTP works without any.
    secure: Arc<OnceLock<Result<Secure, String>>>,
    /// Hosts whose certificate authority is their own.
    own: Arc<BTreeMap<String, Own>>,
}

/// A certificate authority for one host alone.
struct Own {
    file: PathBuf,
    client: OnceLock<Result<Secure, String>>,
}

impl Network {
    /// Connects to nothing yet. Must be used on a tokio runtime.
    pub fn new() -> Self {
        Self::trusting(BTreeMap::new())
    }

    /// The same, with PEM files of certificate authorities by `host[:port]`: at each of these hosts its own is trusted, and
    /// no other.
    pub fn trusting(authorities: BTreeMap<String, PathBuf>) -> Self {
        Self::patient(STALL, authorities)
    }

    fn patient(stall: Duration, authorities: BTreeMap<String, PathBuf>) -> Self {
        let own = authorities.into_iter().map(|(host, file)| (host, Own { file, client: OnceLock::new() }));
        let wire = Wire { plain: client(connector()), secure: Arc::default(), own: Arc::new(own.collect()) };
        Self(Patient::new(wire, stall))
    }
}

impl Wire {
    fn begin(&self, request: http::Request<Body>) -> Result<ResponseFuture, Unanswered> {
        if request.uri().scheme() != Some(&Scheme::HTTPS) {
            return Ok(self.plain.request(request));
        }
        let own = request.uri().authority().and_then(|authority| self.own.get(authority.as_str()));
        let client = match own {
            Some(own) => own.client.get_or_init(|| trusting(&own.file)),
            None => self.secure.get_or_init(secure),
        };
        match client {
            Ok(client) => Ok(client.request(request)),
            Err(why) => Err(Unanswered { sent: false, timeout: false, why: why.clone() }),
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Network")
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Wire")
    }
}

impl Transport for Network {
    fn send(&self, request: http::Request<Body>) -> Answer {
        self.0.send(request)
    }
}

impl Transport for Wire {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let begun = self.begin(request);
        Box::pin(async move {
            let answer = begun?.await.map_err(|why| unanswered(&why))?;
            Ok(answer.map(|body| body.map_err(Cause::from).boxed()))
        })
    }
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_nodelay(true);
    connector.enforce_http(false);
    connector
}

fn secure() -> Result<Secure, String> {
    let builder = HttpsConnectorBuilder::new().with_native_roots().map_err(|why| {
        format!("no certificates to trust were found ({why}): install ca-certificates, or set SSL_CERT_FILE")
    })?;
    Ok(client(builder.https_only().enable_http1().wrap_connector(connector())))
}

/// Trusts what vouches for one host, and nothing else.
fn trusting(file: &Path) -> Result<Secure, String> {
    let wrong = |why: String| format!("the certificate authority `{}` (`ca` in gantry.toml): {why}", file.display());
    let roots = authority(file).map_err(wrong)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|why| wrong(why.to_string()))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let builder = HttpsConnectorBuilder::new().with_tls_config(config);
    Ok(client(builder.https_only().enable_http1().wrap_connector(connector())))
}

/// The certificates of a file in PEM.
///
/// # Errors
/// In words: it cannot be read, is no PEM, or has no certificate.
#[expect(clippy::disallowed_methods, reason = "a certificate authority is a file that gantry.toml names")]
pub fn authority(file: &Path) -> Result<RootCertStore, String> {
    let pem = std::fs::read(file).map_err(|why| why.to_string())?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|why| format!("it is no PEM: {why}"))?;
        roots.add(certificate).map_err(|why| why.to_string())?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(roots)
}

fn client<C>(connector: C) -> Client<C, Body>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .http1_max_buf_size(BUFFER)
        .build(connector)
}

fn unanswered(why: &hyper_util::client::legacy::Error) -> Unanswered {
    let mut causes: Vec<String> = Vec::new();
    let mut timeout = false;
    // The outermost error only says that there was one.
    let mut cause = why.source().or(Some(why));
    while let Some(one) = cause {
        let io = one.downcast_ref::<std::io::Error>();
        timeout |= io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut);
        let words = one.to_string();
        // Many an error repeats the words of the one below it.
        if !causes.iter().any(|told| told.contains(&words)) {
            causes.push(words);
        }
        cause = one.source();
    }
    let mut words = causes.join(": ");
    if words.contains("UnknownIssuer") {
        words.push_str(
            " (no certificate authority known here vouches for it: install ca-certificates, set SSL_CERT_FILE, or name a \
             registry's own as `ca` in gantry.toml)",
        );
    }
    Unanswered { sent: !why.is_connect(), timeout, why: words }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are servers")]
mod tests {
    use super::*;
    use http_body_util::Empty;
    use std::convert::Infallible;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// Asks a server that says `answer` and then nothing, without hanging up.
    async fn ask(answer: &'static [u8]) -> Result<http::Response<Body>, Unanswered> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(answer);
            // Until the other side hangs up.
            let _ = connection.read(&mut [0; 4096]);
        });
        let body = Empty::new().map_err(|never: Infallible| match never {}).boxed();
        let request = http::Request::get(format!("http://127.0.0.1:{port}/")).body(body).unwrap();
        Network::patient(Duration::from_millis(500), BTreeMap::new()).send(request).await
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_not_waited_for_without_end() {
        let why = ask(b"").await.unwrap_err();
        assert!(why.sent && why.timeout, "{why:?}");
        assert_eq!(why.why, "no answer for 0.5 seconds");
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let answer = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello").await.unwrap();
        let mut body = answer.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
        let why = body.frame().await.unwrap().unwrap_err();
        assert_eq!(why.to_string(), "nothing came for 0.5 seconds");
    }

    #[test]
    fn tls_can_be_set_up() {
        // No certificate need be found, but nothing may panic.
        if let Err(why) = secure() {
            assert!(why.contains("SSL_CERT_FILE"), "{why}");
        }
    }
}
