//! `gantry.toml` as data: sessions, registries and the project's own defaults.

use super::deadline::Deadline;
use super::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file. Unknown keys are refused, so that a typing mistake is not a silent default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `[sessions.NAME]`.
    pub sessions: BTreeMap<String, SessionSettings>,
    /// `[registries."HOST"]`.
    pub registries: BTreeMap<String, RegistrySettings>,
    /// The longest that a run may take, unless its command line says otherwise.
    pub deadline: Option<Deadline>,
}

impl Settings {
    /// Whether its parts agree with each other.
    ///
    /// # Errors
    /// Which do not, and what to do.
    pub fn check(&self) -> Result<(), String> {
        let plain =
            |settings: &RegistrySettings| settings.endpoint.as_deref().is_some_and(|at| at.starts_with("http:"));
        match self.registries.iter().find(|(_, settings)| settings.ca.is_some() && plain(settings)) {
            Some((host, _)) => Err(format!(
                "[registries.\"{host}\"]: `ca` vouches for a registry over TLS, and its `endpoint` is plain http: write \
                 https://, or take `ca` away"
            )),
            None => Ok(()),
        }
    }
}

/// What is done when a requested member does not come back from ECS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Echo {
    /// An error that names it: AWS ignores what it does not know, so that a typing mistake would deploy.
    #[default]
    Refuse,
    /// A warning, for emulators that know less than AWS.
    Warn,
}

/// One AWS session. All is optional: what is not here comes from the AWS defaults (environment, profile, SSO, role).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Where its calls go.
    pub region: Option<String>,
    /// ARN of a role to assume, with the profile's or the default credentials.
    pub assume_role: Option<String>,
    /// For `assume_role`.
    pub external_id: Option<String>,
    /// Replaces AWS's endpoints of ECS, ECR and STS.
    pub endpoint: Option<String>,
    /// Twelve digits, checked at the session's first call.
    pub expect_account: Option<String>,
    /// See [`Echo`].
    pub echo: Echo,
}

/// One registry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrySettings {
    /// `http://…` or `https://…`: a mirror, a VPC endpoint, a local registry.
    pub endpoint: Option<String>,
    /// Login; ECR's own hosts use their session's token where none is given.
    pub username: Option<String>,
    /// With `username`.
    pub password: Option<Secret>,
    /// An environment variable that holds the password, so that it need not lie in the file.
    pub password_env: Option<String>,
    /// A PEM file with the certificate authority that vouches for it, relative to gantry.toml: it alone is trusted there.
    pub ca: Option<String>,
}
