//! What the keepers of secrets answer: the values stay with the redactor, and references go on.

use crate::domain::secret::Secret;
use crate::domain::secret_reference::{SecretReference, Store};
use crate::effects::call::SecretCall;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Reply;
use crate::live::Live;
use crate::live::aws::Service;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Members of a JSON secret that were not asked for are hidden too, unless so short that innocent text would suffer.
const LONG: usize = 8;

/// How often the digest of a variable is taken: guessing a value should cost something.
const STRETCHED: u32 = 100_000;

impl Live {
    pub(in crate::live) async fn secret(&self, call: &SecretCall) -> Result<Reply, Fault> {
        match call {
            SecretCall::GetSecret { session, id, version, stage, key } => {
                let mut request = Map::from_iter([("SecretId".to_owned(), json!(id))]);
                request.extend(version.iter().map(|version| ("VersionId".to_owned(), json!(version))));
                request.extend(stage.iter().map(|stage| ("VersionStage".to_owned(), json!(stage))));
                let thing = format!("secret `{id}`");
                let request = Value::Object(request);
                let answer = self.aws.ask(session, Service::SecretsManager, "GetSecretValue", &request, &thing).await?;
                self.fetched(&answer, id, key.as_deref())
            }
            SecretCall::GetParameter { session, name, version } => {
                let selector = version.as_ref().map_or_else(|| name.clone(), |version| format!("{name}:{version}"));
                let request = json!({ "Name": selector, "WithDecryption": true });
                let thing = format!("parameter `{selector}`");
                let answer = self.aws.ask(session, Service::Ssm, "GetParameter", &request, &thing).await?;
                self.parameter(answer.get("Parameter").unwrap_or(&Value::Null), name)
            }
            SecretCall::SecretVariable { name } => self.variable(name),
        }
    }

    fn fetched(&self, answer: &Value, id: &str, key: Option<&str>) -> Result<Reply, Fault> {
        let text = |member: &str| answer.get(member).and_then(Value::as_str);
        let (Some(name), Some(version)) = (text("Name"), text("VersionId")) else {
            return Err(unreadable(format!("the answer about secret `{id}` has no name or no version")));
        };
        let value = match (text("SecretString"), text("SecretBinary")) {
            (Some(value), _) => value.to_owned(),
            (None, Some(binary)) => {
                let bytes = STANDARD.decode(binary).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                bytes.ok_or_else(|| Fault::usage(format!("secret `{id}` is binary, and no text")))?
            }
            (None, None) => return Err(unreadable(format!("the answer about secret `{id}` has no value"))),
        };
        let whole = SecretReference {
            store: Store::SecretsManager,
            name: name.to_owned(),
            arn: text("ARN").map(str::to_owned),
            version: version.to_owned(),
            key: None,
        };
        self.redactor.keep(&whole, &Secret::new(value.as_str()));
        let members = serde_json::from_str::<Map<String, Value>>(&value);
        for (member, value) in members.iter().flatten() {
            let value = shown(value);
            if value.len() >= LONG || key == Some(member.as_str()) {
                self.redactor.keep(&whole.of_member(member), &Secret::new(value));
            }
        }
        let Some(key) = key else { return Ok(Reply::Secret(whole)) };
        match members {
            Ok(members) if members.contains_key(key) => Ok(Reply::Secret(whole.of_member(key))),
            Ok(_) => Err(Fault::new(
                FaultKind::Missing,
                "SecretKeyMissing",
                format!("secret `{id}` has no member `{key}` in version {version}"),
            )
            .hint("check the key, or whether another version is meant")),
            // without the parser's words, which quote
            Err(_) => Err(Fault::usage(format!("secret `{id}` is no JSON object, and has no member `{key}`"))
                .hint("leave out `key`, for the whole value")),
        }
    }

    fn parameter(&self, parameter: &Value, name: &str) -> Result<Reply, Fault> {
        let text = |member: &str| parameter.get(member).and_then(Value::as_str);
        let (Some(value), Some(version)) = (text("Value"), parameter.get("Version")) else {
            return Err(unreadable(format!("the answer about parameter `{name}` has no value or no version")));
        };
        if text("Type") != Some("SecureString") {
            return Ok(Reply::Text(Some(value.to_owned())));
        }
        let reference = SecretReference {
            store: Store::Ssm,
            name: text("Name").unwrap_or(name).to_owned(),
            arn: text("ARN").map(str::to_owned),
            version: version.to_string(),
            key: None,
        };
        self.redactor.keep(&reference, &Secret::new(value));
        Ok(Reply::Secret(reference))
    }

    fn variable(&self, name: &str) -> Result<Reply, Fault> {
        let Some(value) = self.surroundings.variable(name) else {
            let message = format!("the environment variable `{name}` is not set");
            return Err(Fault::new(FaultKind::Missing, "EnvironmentMissing", message).hint("set it for this process"));
        };
        let reference = SecretReference {
            store: Store::Environment,
            name: name.to_owned(),
            arn: None,
            version: stretched(name, &value),
            key: None,
        };
        self.redactor.keep(&reference, &Secret::new(value));
        Ok(Reply::Secret(reference))
    }
}

/// A digest of a variable's value, by which a resumed run sees that it is still the same.
fn stretched(name: &str, value: &str) -> String {
    let begun = Sha256::new().chain_update(name).chain_update([0]).chain_update(value).finalize();
    let digest =
        (1..STRETCHED).fold(begun, |digest, _| Sha256::new().chain_update(digest).chain_update(value).finalize());
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A member's value as text.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unreadable(why: String) -> Fault {
    Fault::new(FaultKind::Refused, "BadAnswer", why).hint("is the endpoint really AWS's, and is there a proxy between?")
}
