//! ECR's login: a token for `docker login`, kept until shortly before it expires.

use super::session::Session;
use super::{ecr, ecr_public};
use crate::domain::secret::Secret;
use crate::effects::fault::{Fault, FaultKind};
use aws_smithy_async::time::SharedTimeSource;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// A token is not used in its last minutes: a long upload that begins with it must be able to end with it.
const MARGIN_SECONDS: i64 = 300;

/// A registry's login.
#[derive(Clone, Debug)]
pub struct RegistryToken {
    /// `AWS`.
    pub username: String,
    /// The password, good for twelve hours.
    pub password: Secret,
    /// Seconds since 1970.
    pub expires_at: i64,
}

/// Session, registry's account and Region.
type Key = (String, Option<String>, Option<String>);
/// Locked while a token is fetched, so that several images that begin at once fetch one.
type Slot = Arc<tokio::sync::Mutex<Option<RegistryToken>>>;

/// The tokens of this run.
#[derive(Default)]
pub struct Tokens(Mutex<BTreeMap<Key, Slot>>);

impl Tokens {
    /// The token that is kept, or a new one. A new one serves this request, whatever its expiry says.
    pub async fn get(
        &self,
        session: &Session,
        key: Key,
        fresh: bool,
        time: &SharedTimeSource,
    ) -> Result<RegistryToken, Fault> {
        let (_, account, region) = key.clone();
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let mut kept = slot.lock().await;
        let deadline = seconds(time).saturating_add(MARGIN_SECONDS);
        if let Some(token) = kept.as_ref().filter(|token| !fresh && token.expires_at > deadline) {
            return Ok(token.clone());
        }
        let answer = if account.as_deref() == Some(ecr_public::ACCOUNT) {
            ecr_public::authorization(session).await?
        } else {
            let client = region.map_or_else(|| session.ecr.clone(), |region| session.ecr_in(&region));
            ecr::authorization(session, &client, account.as_deref()).await?
        };
        let token = read(&answer).map_err(|why| {
            let asked = session.reads("ecr:GetAuthorizationToken", "its registry");
            Fault::new(FaultKind::Refused, "BadAnswer", format!("{asked}: {why}"))
        })?;
        *kept = Some(token.clone());
        Ok(token)
    }
}

/// An entry of `authorizationData`. What is wrong is said without what is secret.
fn read(entry: &Value) -> Result<RegistryToken, &'static str> {
    let token = entry.get("authorizationToken").and_then(Value::as_str).ok_or("the answer has no token")?;
    let bytes = STANDARD.decode(token).map_err(|_| "the token is not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "the token is not text")?;
    let (username, password) = text.split_once(':').ok_or("the token is not USER:PASSWORD")?;
    // Whole seconds are enough, and an expiry that is missing or absurd only means that the token is not kept.
    let expires_at = entry.get("expiresAt").and_then(Value::as_f64).unwrap_or_default();
    #[allow(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, and fractions do not matter")]
    let expires_at = expires_at as i64;
    Ok(RegistryToken { username: username.to_owned(), password: Secret::new(password), expires_at })
}

fn seconds(time: &SharedTimeSource) -> i64 {
    let since = time.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::read;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    #[test]
    fn a_token_is_taken_apart_at_its_first_colon() {
        let entry = json!({ "authorizationToken": STANDARD.encode("AWS:a:b"), "expiresAt": 1_766_000_000.75 });
        let token = read(&entry).expect("it is well formed");
        assert_eq!(token.username, "AWS");
        assert_eq!(token.password.reveal(), "a:b");
        assert_eq!(token.expires_at, 1_766_000_000);
        assert!(!format!("{token:?}").contains("a:b"), "a password is never printed");
    }

    #[test]
    fn what_is_wrong_with_a_token_is_said_without_it() {
        let rows = [
            (json!({}), "the answer has no token"),
            (json!({ "authorizationToken": "§" }), "the token is not base64"),
            (json!({ "authorizationToken": STANDARD.encode([0xff, 0xfe]) }), "the token is not text"),
            (json!({ "authorizationToken": STANDARD.encode("secret") }), "the token is not USER:PASSWORD"),
        ];
        for (entry, expected) in rows {
            assert_eq!(read(&entry).expect_err("it is malformed"), expected);
        }
    }
}
