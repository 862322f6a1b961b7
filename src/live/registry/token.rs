//! Bearer tokens: fetched from the realm that a registry names, and kept until shortly before they expire.

use super::challenge::Challenge;
use super::errors::Doing;
use super::retry::{Patience, Trouble, retry_after};
use super::streaming;
use crate::domain::secret::Secret;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Transport;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Realm {
    address: String,
    service: Option<String>,
}

impl Realm {
    /// The realm that a challenge names.
    pub fn of(challenge: &Challenge, doing: &Doing) -> Result<Self, Fault> {
        let address = challenge.parameter("realm").unwrap_or_default();
        let usable = address.parse::<Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.authority().is_some());
        if !usable {
            return Err(doing.denied(format!("it names no place to fetch a token from (realm `{address}`)")));
        }
        Ok(Self { address: address.to_owned(), service: challenge.parameter("service").map(str::to_owned) })
    }

    /// Refuses to carry a login out of TLS.
    pub fn check(&self, endpoint: &str, doing: &Doing) -> Result<(), Fault> {
        if endpoint.starts_with("https:") && !self.address.starts_with("https:") {
            return Err(doing.denied(format!("it wants the password sent without TLS, to `{}`", self.address)));
        }
        Ok(())
    }

    /// What exchanges an identity token.
    fn form(&self, scope: &str, token: &Secret) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token").append_pair("client_id", "gantry");
        if let Some(service) = &self.service {
            form.append_pair("service", service);
        }
        form.append_pair("scope", scope).append_pair("refresh_token", token.reveal()).finish()
    }

    fn uri(&self, scope: &str) -> Result<Uri, http::uri::InvalidUri> {
        let mut uri = self.address.clone();
        let mut separator = if uri.contains('?') { '&' } else { '?' };
        let scopes = scope.split(' ').filter(|one| !one.is_empty()).map(|one| ("scope", one));
        for (name, value) in self.service.iter().map(|service| ("service", service.as_str())).chain(scopes) {
            uri.push(separator);
            uri.push_str(name);
            uri.push('=');
            escape(value, &mut uri);
            separator = '&';
        }
        uri.parse()
    }
}

/// A token of one scope.
pub(super) struct Token {
    /// `Bearer …`, marked as sensitive.
    pub header: HeaderValue,
    expires: Instant,
}

impl Token {
    /// The token alone.
    pub fn secret(&self) -> Secret {
        let header = self.header.to_str().unwrap_or_default();
        Secret::new(header.strip_prefix("Bearer ").unwrap_or(header))
    }

    /// Whether it can still be sent.
    pub fn is_fresh(&self) -> bool {
        Instant::now() < self.expires
    }
}

/// As whom a token is fetched.
pub(super) enum Proof {
    /// Anonymously.
    None,
    /// As this login.
    Basic(HeaderValue),
    /// With an identity token, by OAuth 2's refresh.
    Refresh(Secret),
}

/// Fetches a token.
pub(super) async fn fetch(
    transport: &dyn Transport,
    realm: &Realm,
    scope: &str,
    proof: &Proof,
    doing: &Doing,
) -> Result<Token, Fault> {
    let strange = |why: http::uri::InvalidUri| doing.denied(format!("its realm `{}`: {why}", realm.address));
    let (uri, form) = match proof {
        Proof::Refresh(token) => (realm.address.parse().map_err(strange)?, Some(realm.form(scope, token))),
        Proof::None | Proof::Basic(_) => (realm.uri(scope).map_err(strange)?, None),
    };
    let mut patience = Patience::default();
    loop {
        match attempt(transport, &uri, proof, form.as_deref(), doing).await {
            Ok(token) => return Ok(token),
            Err(trouble) => patience.after(trouble).await?,
        }
    }
}

async fn attempt(
    transport: &dyn Transport,
    uri: &Uri,
    proof: &Proof,
    form: Option<&str>,
    doing: &Doing,
) -> Result<Token, Trouble> {
    let mut request = Request::new(streaming::empty());
    uri.clone_into(request.uri_mut());
    if let Proof::Basic(authorization) = proof {
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
    }
    if let Some(form) = form {
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
        *request.body_mut() = streaming::full(form.to_owned().into());
    }
    let asked = Instant::now();
    let passing = |fault: Fault| Trouble::Passing { fault, after: None };
    let answer = transport.send(request).await.map_err(|why| passing(doing.unanswered(&why)))?;
    let (head, body) = answer.into_parts();
    let body = streaming::whole(body, 1 << 20, doing).await?;
    match head.status {
        StatusCode::OK => Ok(parse(&body, asked, doing)?),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Trouble::Passing { fault: doing.answered(status, &body), after: retry_after(&head.headers) })
        }
        status if status.is_client_error() => {
            Err(doing.denied(format!("{} refused a token: {status}", uri.host().unwrap_or_default())).into())
        }
        status => Err(doing.answered(status, &body).into()),
    }
}

fn parse(body: &[u8], asked: Instant, doing: &Doing) -> Result<Token, Fault> {
    /// Docker's token specification: either name, 60 seconds where no time is given.
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
        expires_in: Option<u64>,
    }
    // What was answered is not quoted: it may hold a token.
    let strange = || doing.fault(FaultKind::Verification, "TokenUnreadable", "the answer for a token has none");
    let answer: Answer = serde_json::from_slice(body).map_err(|_| strange())?;
    let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty()).ok_or_else(strange)?;
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| strange())?;
    header.set_sensitive(true);
    let life = Duration::from_secs(answer.expires_in.unwrap_or(60).clamp(1, 30 * 86_400));
    // A tenth of its life, at most a minute, for requests on their way and clocks that differ.
    let margin = (life / 10).min(Duration::from_mins(1));
    Ok(Token { header, expires: asked + life.saturating_sub(margin) })
}

fn escape(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(HEX.get(usize::from(digit)).map(|hex| char::from(*hex)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::challenge;
    use super::*;

    fn doing() -> Doing {
        Doing { host: "reg.example".into(), repository: "shop".into(), what: "read it".into() }
    }

    fn realm(header: &str) -> Result<Realm, Fault> {
        Realm::of(&challenge::parse(header)[0], &doing())
    }

    #[test]
    fn every_scope_is_asked_for() {
        let realm = realm(r#"Bearer realm="https://auth/t?v=2",service="a b""#).unwrap();
        let uri = realm.uri("repository:a/b:pull,push repository:c:pull").unwrap();
        assert_eq!(uri, "https://auth/t?v=2&service=a%20b&scope=repository:a/b:pull,push&scope=repository:c:pull");
    }

    #[test]
    fn a_password_does_not_leave_tls() {
        let plain = r#"Bearer realm="http://auth/t""#;
        let plain = realm(plain).unwrap();
        let fault = plain.check("https://reg.example", &doing()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.message.contains("without TLS, to `http://auth/t`"), "{fault}");
        assert_eq!(plain.check("http://reg.example", &doing()), Ok(()), "there was no TLS before");
        assert!(realm("Bearer").is_err(), "no realm");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_let_go_before_it_expires() {
        let token = parse(br#"{"access_token":"t","expires_in":100}"#, Instant::now(), &doing()).unwrap();
        assert_eq!(token.header, "Bearer t");
        assert!(token.header.is_sensitive());
        tokio::time::advance(Duration::from_secs(89)).await;
        assert!(token.is_fresh());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(!token.is_fresh());
    }

    #[test]
    fn an_answer_without_a_token_is_not_quoted() {
        for body in [&b"{}"[..], b"secret", br#"{"token":""}"#, br#"{"token":"a\nb"}"#] {
            let fault = parse(body, Instant::now(), &doing()).err().map(|fault| fault.message);
            let expected = "could not read it in registry `reg.example`: the answer for a token has none";
            assert_eq!(fault.as_deref(), Some(expected));
        }
    }
}
