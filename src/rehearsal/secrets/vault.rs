//! Secrets and their versions, and how one is found.

use std::collections::BTreeMap;

use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// Secrets by name.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    secrets: BTreeMap<String, Secret>,
}

/// A secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name: `shop/database`.
    pub name: String,
    /// Its ARN, which ends with the name, a dash and six letters.
    pub arn: String,
    /// When it was made.
    pub created: Moment,
    /// Whether it waits for its deletion.
    pub deleted: bool,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
}

/// A version of a secret.
#[derive(Clone, Debug)]
pub struct Version {
    /// In the form of a UUID.
    pub id: String,
    /// `AWSCURRENT`, `AWSPREVIOUS`…
    pub stages: Vec<String>,
    /// What it holds.
    pub content: Content,
}

/// What a version holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// `SecretString`
    Text(String),
    /// `SecretBinary`, in base64 as JSON has it.
    Binary(String),
}

impl Secret {
    /// A secret without versions. The six letters of its ARN come of what it is, as everything here does.
    pub fn new(name: &str, arn: &str, created: Moment) -> Secret {
        let letters = identifier::hexadecimal(&["secret", arn], 6);
        Secret { name: name.to_owned(), arn: format!("{arn}-{letters}"), created, deleted: false, versions: Vec::new() }
    }

    /// Adds a version with a staging label.
    pub fn add(&mut self, stage: &str, content: Content) {
        let id = identifier::uuid(&["secret-version", &self.arn, stage]);
        self.versions.push(Version { id, stages: vec![stage.to_owned()], content });
    }
}

impl Vault {
    /// Keeps a secret; whether there was none of its name.
    pub fn keep(&mut self, secret: Secret) -> bool {
        self.secrets.insert(secret.name.clone(), secret).is_none()
    }

    /// The secret of a name, of an ARN, or of an ARN without its six letters.
    pub fn find(&self, id: &str) -> Option<&Secret> {
        if !id.starts_with("arn:") {
            return self.secrets.get(id);
        }
        let is_it =
            |secret: &&Secret| secret.arn == id || secret.arn.rsplit_once('-').is_some_and(|(arn, _)| arn == id);
        self.secrets.values().find(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_name_and_by_arn_with_or_without_its_letters() {
        let arn = "arn:aws:secretsmanager:eu-west-1:1:secret:shop/db-main";
        let secret = Secret::new("shop/db-main", arn, Moment::of(jiff::Timestamp::UNIX_EPOCH));
        let whole = secret.arn.clone();
        assert_eq!(whole.len(), arn.len() + 7);
        let mut vault = Vault::default();
        assert!(vault.keep(secret.clone()));
        assert!(!vault.keep(secret));
        for (id, expected) in [
            ("shop/db-main", true),
            (arn, true),
            (whole.as_str(), true),
            ("shop/db", false),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:shop/db", false),
        ] {
            assert_eq!(vault.find(id).is_some(), expected, "{id}");
        }
    }
}
