//! `[[secrets]]` and `[[parameters]]`: what Secrets Manager and the Parameter Store have.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::WorldError;
use super::build::{A_DAY, Builder};
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::parameters::{Kind, Parameter};
use crate::rehearsal::secrets::{Content, Secret};

/// `[[secrets]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretTable {
    /// Name of an account of this file.
    pub account: String,
    pub name: String,
    /// The text of the version AWSCURRENT.
    pub value: Option<String>,
    /// In place of `value`: its bytes in base64.
    pub binary: Option<String>,
    /// The texts of versions with other staging labels: `{ AWSPREVIOUS = "…", AWSPENDING = "…" }`.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// Whether it waits for its deletion.
    #[serde(default)]
    pub deleted: bool,
}

/// `[[parameters]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterTable {
    /// Name of an account of this file.
    pub account: String,
    pub name: String,
    /// `String`, `StringList` or `SecureString`; String.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// Its newest version's value.
    pub value: String,
    /// The values of the versions before it, from version 1.
    #[serde(default)]
    pub history: Vec<String>,
    /// Versions by label.
    #[serde(default)]
    pub labels: BTreeMap<String, u64>,
}

/// Puts the world's secrets into their accounts.
pub fn secrets(builder: &mut Builder, tables: Vec<SecretTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("secrets[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let current = match (table.value, table.binary) {
            (Some(text), None) => Content::Text(text),
            (None, Some(base64)) if STANDARD.decode(&base64).is_ok() => Content::Binary(base64),
            (None, Some(_)) => return Err(builder.error(format!("{key}.binary"), "it is not base64")),
            _ => return Err(builder.error(format!("{key}.value"), "a secret has either a value or a binary")),
        };
        let place = Whereabouts { account: &account.id, region: &account.region };
        let arn = place.arn("secretsmanager", &format!("secret:{}", table.name));
        let mut secret = Secret::new(&table.name, &arn, builder.seed.start.before(A_DAY * 7));
        secret.deleted = table.deleted;
        for (stage, text) in table.versions {
            secret.add(&stage, Content::Text(text));
        }
        secret.add("AWSCURRENT", current);
        if !builder.estate(&account).vault.keep(secret) {
            return Err(builder.error(format!("{key}.name"), format!("`{}` is there twice", table.name)));
        }
    }
    Ok(())
}

/// Puts the world's parameters into their accounts.
pub fn parameters(builder: &mut Builder, tables: Vec<ParameterTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("parameters[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let place = Whereabouts { account: &account.id, region: &account.region };
        // the name's own slash is the one after `parameter`
        let arn = place.arn("ssm", &format!("parameter/{}", table.name.trim_start_matches('/')));
        let mut values = table.history;
        values.push(table.value);
        let newest = values.len() as u64;
        if let Some((label, version)) = table.labels.iter().find(|(_, version)| !(1..=newest).contains(*version)) {
            let problem = format!("there is no version {version} for it: there are {newest}");
            return Err(builder.error(format!("{key}.labels.{label}"), problem));
        }
        let changed = builder.seed.start.before(A_DAY * 7);
        let name = table.name;
        let parameter = Parameter { name: name.clone(), arn, kind: table.kind, values, labels: table.labels, changed };
        if !builder.estate(&account).parameters.keep(parameter) {
            return Err(builder.error(format!("{key}.name"), format!("`{name}` is there twice")));
        }
    }
    Ok(())
}
