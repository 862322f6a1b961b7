//! Which secret is meant: what may be written down of one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// AWS Secrets Manager.
    SecretsManager,
    /// A `SecureString` of SSM's Parameter Store.
    Ssm,
    /// A variable of the environment.
    Environment,
}

/// One version of one secret. It says nothing about the value: two references are equal where the values are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SecretReference {
    /// Where it is kept.
    pub store: Store,
    /// The name that AWS has for it, or the variable's.
    pub name: String,
    /// Its ARN; none of a variable.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arn: Option<String>,
    /// AWS's version: an id of Secrets Manager, a number of SSM. Of a variable a stretched digest of its value.
    pub version: String,
    /// Which member of a secret that is a JSON object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
}

impl SecretReference {
    /// The reference of one member of it.
    #[must_use]
    pub fn of_member(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// What a container's `secrets` take as `valueFrom`: of Secrets Manager this very version, of SSM the parameter (ECS
    /// takes no version of it). None of a variable.
    pub fn value_from(&self) -> Option<String> {
        let arn = self.arn.as_ref()?;
        Some(match self.store {
            Store::SecretsManager => format!("{arn}:{}::{}", self.key.as_deref().unwrap_or_default(), self.version),
            Store::Ssm | Store::Environment => arn.clone(),
        })
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}#{}", self.arn.as_ref().unwrap_or(&self.name), self.version)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(out, "#{key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretReference, Store};

    #[test]
    fn a_container_takes_the_version_that_was_looked_at() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf";
        let whole = SecretReference {
            store: Store::SecretsManager,
            name: "shop/db".to_owned(),
            arn: Some(arn.to_owned()),
            version: "v1".to_owned(),
            key: None,
        };
        assert_eq!(whole.value_from(), Some(format!("{arn}:::v1")));
        assert_eq!(whole.of_member("password").value_from(), Some(format!("{arn}:password::v1")));
        assert_eq!(whole.of_member("password").to_string(), format!("{arn}#v1#password"));
        let variable = SecretReference { store: Store::Environment, arn: None, ..whole };
        assert_eq!((variable.value_from(), variable.to_string()), (None, "shop/db#v1".to_owned()));
    }
}
