//! Who may use a registry: ECR's tokens, a user name and password, or anyone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// How a registry lets callers in.
#[derive(Clone, Debug)]
pub enum Access {
    /// With a token of ECR's `GetAuthorizationToken`, which is of one account and Region.
    Ecr(Tokens),
    /// With a user name and a password.
    Password { username: String, password: String },
    /// Without anything.
    Anonymous,
}

/// The tokens ECR gave for one registry.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    valid: BTreeMap<String, Moment>,
    revoked: BTreeSet<String>,
    issued: u64,
}

/// What a caller's Authorization header is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// It lets the caller in.
    Good,
    /// There is none.
    Absent,
    /// It is wrong, of another registry, or not Basic.
    Bad,
    /// It was good once.
    Expired,
}

/// How long ECR's tokens last.
const TOKEN_LIFE: Duration = Duration::from_hours(12);

impl Tokens {
    /// A fresh token and when it expires.
    pub fn issue(&mut self, host: &str, now: Moment) -> (String, Moment) {
        self.issued += 1;
        let token = identifier::hexadecimal(&["token", host, &self.issued.to_string()], 64);
        let expires = now.after(TOKEN_LIFE);
        self.valid.insert(token.clone(), expires);
        (token, expires)
    }

    /// Makes every token given so far an expired one.
    pub fn expire_all(&mut self) {
        let gone = std::mem::take(&mut self.valid);
        self.revoked.extend(gone.into_keys());
    }

    fn judge(&self, token: &str, now: Moment) -> Credential {
        match self.valid.get(token) {
            Some(expires) if now < *expires => Credential::Good,
            Some(_) => Credential::Expired,
            None if self.revoked.contains(token) => Credential::Expired,
            None => Credential::Bad,
        }
    }
}

impl Access {
    /// Judges the value of an Authorization header.
    pub fn judge(&self, authorization: Option<&str>, now: Moment) -> Credential {
        if matches!(self, Access::Anonymous) {
            return Credential::Good;
        }
        let Some(authorization) = authorization else {
            return Credential::Absent;
        };
        let Some((username, password)) = basic(authorization) else {
            return Credential::Bad;
        };
        match self {
            Access::Anonymous => Credential::Good,
            Access::Ecr(tokens) if username == "AWS" => tokens.judge(&password, now),
            Access::Password { username: user, password: secret } if *user == username && *secret == password => {
                Credential::Good
            }
            Access::Ecr(_) | Access::Password { .. } => Credential::Bad,
        }
    }

    /// The challenge of a 401, as `WWW-Authenticate` has it.
    pub fn challenge(&self, host: &str) -> String {
        let service = match self {
            Access::Ecr(_) => "ecr.amazonaws.com",
            Access::Password { .. } | Access::Anonymous => host,
        };
        format!("Basic realm=\"https://{host}/\",service=\"{service}\"")
    }
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(username: &str, password: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
    }

    fn start() -> Moment {
        Moment::of(jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_token_serves_twelve_hours_and_only_its_own_registry() {
        let mut tokens = Tokens::default();
        let (token, expires) = tokens.issue("one", start());
        let access = Access::Ecr(tokens);
        let good = header("AWS", &token);
        let hours = |hours: u64| start().after(Duration::from_secs(hours * 3600));
        assert_eq!(expires, hours(12));
        assert_eq!(access.judge(Some(&good), hours(11)), Credential::Good);
        assert_eq!(access.judge(Some(&good), hours(12)), Credential::Expired);
        assert_eq!(access.judge(None, hours(0)), Credential::Absent);
        let other = Access::Ecr(Tokens::default());
        assert_eq!(other.judge(Some(&good), hours(0)), Credential::Bad);
        assert_eq!(access.judge(Some("Bearer x"), hours(0)), Credential::Bad);
    }

    #[test]
    fn expired_tokens_stay_expired_and_a_fresh_one_serves() {
        let mut tokens = Tokens::default();
        let (old, _) = tokens.issue("one", start());
        tokens.expire_all();
        let (fresh, _) = tokens.issue("one", start());
        assert_ne!(old, fresh);
        let access = Access::Ecr(tokens);
        assert_eq!(access.judge(Some(&header("AWS", &old)), start()), Credential::Expired);
        assert_eq!(access.judge(Some(&header("AWS", &fresh)), start()), Credential::Good);
    }

    #[test]
    fn a_password_is_compared_whole() {
        let access = Access::Password { username: "u".into(), password: "p:q".into() };
        assert_eq!(access.judge(Some(&header("u", "p:q")), start()), Credential::Good);
        assert_eq!(access.judge(Some(&header("u", "p")), start()), Credential::Bad);
        assert_eq!(Access::Anonymous.judge(None, start()), Credential::Good);
    }
}
