//! Where registries are and who we are there: gantry.toml's words first, then ECR's tokens, then Docker's logins.

use super::aws::Aws;
use super::network::authority;
use super::registry::{Login, Logins, Place};
use crate::domain::docker_config::{TOKEN_USER, Way, answered as answers};
use crate::domain::image_reference::{ecr_host, is_ecr_public};
use crate::domain::secret::Secret;
use crate::domain::settings::RegistrySettings;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::redact::Redactor;
use crate::effects::world::Boxed;
use crate::live::host::surroundings::Surroundings;
use crate::live::host::{docker_config, processes};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The logins of a project.
pub struct ProjectLogins {
    /// `[registries]`.
    pub settings: BTreeMap<String, RegistrySettings>,
    /// For ECR's tokens.
    pub aws: Arc<Aws>,
    /// For passwords that lie in the environment.
    pub surroundings: Surroundings,
    /// Learns every password and token.
    pub redactor: Redactor,
    /// What credential helpers said, by their names and what they were asked about.
    pub helped: Mutex<Helped>,
}

/// What credential helpers said.
pub type Helped = HashMap<(String, String), Option<Login>>;

impl ProjectLogins {
    async fn known(&self, place: Place<'_>, refused: bool) -> Result<Option<Login>, Fault> {
        let settings = self.settings.get(place.host);
        if let Some(username) = settings.and_then(|settings| settings.username.clone()) {
            let password = self.password(place.host, settings)?;
            return Ok(Some(Login { username, password }));
        }
        match (ecr_host(place.host), place.session) {
            (Some(ecr), Some(session)) => {
                let token = self.aws.registry_token(session, Some(&ecr.account), Some(&ecr.region), refused).await?;
                Ok(Some(Login { username: token.username, password: token.password }))
            }
            (None, Some(session)) if is_ecr_public(place.host) => {
                let token = self.aws.public_registry_token(session, refused).await?;
                Ok(Some(Login { username: token.username, password: token.password }))
            }
            _ => self.of_docker(place, refused).await,
        }
    }

    /// What Docker, podman or skopeo know of a registry: the first of their files that has it.
    async fn of_docker(&self, asked: Place<'_>, refused: bool) -> Result<Option<Login>, Fault> {
        let host = asked.host;
        for place in docker_config::places(&self.surroundings) {
            let Some(config) = docker_config::read(&place)? else { continue };
            let wrong = |why: String| {
                let message = format!("registry {host}: the logins in {}: {why}", place.path.display());
                Fault::new(FaultKind::Usage, "DockerConfig", message).hint(format!(
                    "mend it, or give `username` and `password_env` in [registries.\"{host}\"] of gantry.toml"
                ))
            };
            let found = match config.way(host, asked.repository).map_err(wrong)? {
                None => None,
                Some(Way::Helper { name, server }) => self.helped(name, server, refused).await.map_err(wrong)?,
                Some(way) => login_of(way),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What a credential helper knows, which may ask a person for it: it is asked once, and again when that was refused.
    async fn helped(&self, name: String, server: String, refused: bool) -> Result<Option<Login>, String> {
        let mut known = self.helped.lock().await;
        let key = (name, server);
        if let Some(login) = known.get(&key).filter(|_| !refused) {
            return Ok(login.clone());
        }
        let login = ask_helper(&key.0, &key.1).await?;
        known.insert(key, login.clone());
        Ok(login)
    }

    fn password(&self, host: &str, settings: Option<&RegistrySettings>) -> Result<Secret, Fault> {
        let wrong = |why: String| {
            Fault::new(FaultKind::Usage, "NoPassword", format!("registry {host}: {why}"))
                .hint(format!("give `password` or `password_env` in [registries.\"{host}\"] of gantry.toml"))
        };
        match settings.map(|settings| (&settings.password, &settings.password_env)) {
            Some((Some(password), None)) => Ok(password.clone()),
            Some((None, Some(name))) => match self.surroundings.variable(name) {
                Some(value) => Ok(Secret::from(value)),
                None => Err(wrong(format!("the environment variable {name} is not set"))),
            },
            Some((Some(_), Some(_))) => Err(wrong("both `password` and `password_env` are given".to_owned())),
            _ => Err(wrong("a username without a password".to_owned())),
        }
    }
}

/// Where a registry is: as gantry.toml says, and else where its name says; plain http only on this machine, and where
/// neither an endpoint nor a certificate authority is named.
pub fn endpoint(host: &str, settings: Option<&RegistrySettings>) -> String {
    match settings.and_then(|settings| settings.endpoint.as_deref()) {
        Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
        None if host == "docker.io" => "https://registry-1.docker.io".to_owned(),
        None if is_loopback(host) && settings.is_none_or(|settings| settings.ca.is_none()) => format!("http://{host}"),
        None => format!("https://{host}"),
    }
}

/// So long a credential helper may take: it may ask a person.
const HELPER: Duration = Duration::from_mins(1);

/// What a credential helper knows; none where it knows nothing of the server.
async fn ask_helper(name: &str, server: &str) -> Result<Option<Login>, String> {
    let program = format!("docker-credential-{name}");
    let answered = processes::answer(&program, &["get"], server, HELPER).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("the credential helper `{program}` is not on the PATH"),
        _ => format!("the credential helper `{program}`: {error}"),
    })?;
    if answered.success {
        let way = answers(&answered.printed).map_err(|why| format!("the credential helper `{program}`: {why}"))?;
        return Ok(login_of(way));
    }
    // these words are the protocol of helpers; they print them on stdout
    if answered.printed.contains("credentials not found") || answered.complained.contains("credentials not found") {
        return Ok(None);
    }
    // what it printed on stdout is for us alone: it may be a password
    let why = answered.complained.lines().find(|line| !line.trim().is_empty());
    let why = why.unwrap_or("it did not say why").trim();
    Err(format!("the credential helper `{program}` ended with {}: {why}", answered.status))
}

fn login_of(way: Way) -> Option<Login> {
    match way {
        Way::Login { username, password } => Some(Login { username, password }),
        Way::Identity(token) => Some(Login { username: TOKEN_USER.to_owned(), password: token }),
        Way::Helper { .. } => None,
    }
}

/// Whether a registry is on this machine, where plain http is safe, as Docker has it.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Logins for ProjectLogins {
    fn endpoint(&self, host: &str) -> Result<String, Fault> {
        let settings = self.settings.get(host);
        if let Some(ca) = settings.and_then(|settings| settings.ca.as_deref()) {
            authority(Path::new(ca)).map_err(|why| {
                let setting = format!("`ca` in [registries.\"{host}\"] of gantry.toml");
                Fault::new(
                    FaultKind::Usage,
                    "CertificateAuthority",
                    format!("registry {host}: {setting}: `{ca}`: {why}"),
                )
                .hint("name a file with the certificate of its authority, in PEM, relative to gantry.toml")
            })?;
        }
        Ok(endpoint(host, settings))
    }

    fn login<'a>(&'a self, place: Place<'a>, refused: Option<&'a Login>) -> Boxed<'a, Result<Option<Login>, Fault>> {
        Box::pin(async move {
            let login = self.known(place, refused.is_some()).await?;
            if let Some(login) = &login {
                self.redactor.learn(&login.password);
                // as it goes over the wire, should somebody quote that
                self.redactor.learn(&login.pair());
            }
            Ok(login)
        })
    }

    fn learn(&self, token: &Secret) {
        self.redactor.learn(token);
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:5001", "127.1.2.3", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["10.0.0.1:5000", "localhost.example.com", "[2001:db8::1]:5000", "registry.example.com:5000"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
