//! What the client must be told by others: where a registry is, who we are there, and what files hold.

use crate::domain::docker_config::TOKEN_USER;
use crate::domain::secret::Secret;
use crate::effects::fault::Fault;
use crate::effects::world::Boxed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where a registry is and who we are there.
pub trait Logins: Send + Sync {
    /// Where the registry `host` is: `https://host[:port]`, without a slash at its end.
    ///
    /// # Errors
    /// Usage, where the settings for it cannot be followed.
    fn endpoint(&self, host: &str) -> Result<String, Fault>;

    /// Who we are there; none is anonymous. Asked only when a registry wants to know. `refused` is the login that was just
    /// refused: the answer then has a new one (an ECR token is fetched anew); the same one again, or none, means that
    /// there is no other.
    fn login<'a>(&'a self, place: Place<'a>, refused: Option<&'a Login>) -> Boxed<'a, Result<Option<Login>, Fault>>;

    /// Is told every token that a registry gives for a login, for those who keep secrets out of what is shown.
    fn learn(&self, _token: &Secret) {}
}

/// What a login is for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The registry, as references name it.
    pub host: &'a str,
    /// The repository in it: some have logins of their own.
    pub repository: &'a str,
    /// The session, where one is named.
    pub session: Option<&'a str>,
}

/// The way to a registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// `https://host[:port]`, without a slash at its end.
    pub endpoint: String,
    /// Who we are; none is anonymous.
    pub login: Option<Login>,
}

/// A user name and its password or token.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// `AWS` for ECR.
    pub username: String,
    /// Never printed.
    pub password: Secret,
}

impl Login {
    /// The identity token, where it is one: it is exchanged for others, and never sent as a password.
    pub fn identity(&self) -> Option<&Secret> {
        (self.username == TOKEN_USER).then_some(&self.password)
    }

    /// User name and password as Basic authorization has them, which is as good as the password.
    pub fn pair(&self) -> Secret {
        Secret::new(STANDARD.encode(format!("{}:{}", self.username, self.password.reveal())))
    }
}

/// Content of the project's files, read again when it is packed.
pub trait Content: Send + Sync {
    /// Opens a file of a tree: `root` and `entry` as the tree has them. Blocks, as does the reader.
    fn open<'a>(&'a self, root: &'a str, entry: &'a str) -> Result<Box<dyn std::io::Read + Send>, Fault>;
}
