//! Who we are at one registry: the login, the scheme it asked for, and one refresh for all who were refused at once.

use super::challenge::Challenge;
use super::errors::Doing;
use super::login::{Login, Logins, Place};
use super::retry::Trouble;
use super::token::{self, Proof, Realm, Token};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Transport;
use http::HeaderValue;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The authorization of one registry for one session.
pub(super) struct Auth {
    transport: Arc<dyn Transport>,
    logins: Arc<dyn Logins>,
    host: String,
    session: Option<String>,
    /// Held while a login or a token is fetched, so that all who need it wait for the same one.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    endpoint: Option<String>,
    scheme: Scheme,
    /// By repository: asked for when the registry wants one.
    logins: HashMap<String, Known>,
    /// By scope.
    tokens: HashMap<String, Token>,
}

/// Who we are.
#[derive(Clone)]
struct Known {
    login: Option<Login>,
    /// It was refused: the next who needs it fetches another.
    stale: bool,
}

#[derive(Clone, Default)]
enum Scheme {
    /// The registry has not asked yet.
    #[default]
    Unasked,
    Basic,
    Bearer(Realm),
}

/// What a request is sent with.
pub(super) struct Pass {
    /// Without a slash at its end.
    pub endpoint: String,
    /// Not there while the registry has not asked for one, or for anonymous pulls.
    pub authorization: Option<HeaderValue>,
}

impl Auth {
    /// Nothing is fetched yet.
    pub fn new(transport: Arc<dyn Transport>, logins: Arc<dyn Logins>, host: String, session: Option<String>) -> Self {
        Self { transport, logins, host, session, state: Mutex::default() }
    }

    /// What a request for `scope` is to be sent with.
    pub async fn pass(&self, scope: &str, doing: &Doing) -> Result<Pass, Fault> {
        let mut state = self.state.lock().await;
        let endpoint = match &state.endpoint {
            Some(known) => known.clone(),
            None => state.endpoint.insert(self.logins.endpoint(&self.host)?).clone(),
        };
        let authorization = match state.scheme.clone() {
            Scheme::Unasked => None,
            Scheme::Basic => {
                let login = self.login(&mut state, doing).await?;
                Some(basic(&login.ok_or_else(|| wants_login(doing))?, doing)?)
            }
            Scheme::Bearer(realm) => Some(self.token(&mut state, &realm, scope, doing).await?),
        };
        Ok(Pass { endpoint, authorization })
    }

    /// A request sent with `pass` was refused as unauthorized. Afterwards it is worth asking again, once.
    pub async fn refused(&self, pass: &Pass, scope: &str, challenges: &[Challenge], doing: &Doing) -> Trouble {
        let refused = pass.authorization.is_some();
        let fault = if refused { doing.denied("the login was refused") } else { wants_login(doing) };
        let mut state = self.state.lock().await;
        let State { scheme, logins, tokens, .. } = &mut *state;
        // Somebody else may have acted on it already: then what is known now is not what was refused.
        match (&*scheme, &pass.authorization) {
            (Scheme::Unasked, _) => match scheme_of(challenges, doing) {
                Ok(asked) => *scheme = asked,
                Err(fault) => return Trouble::Lasting(fault),
            },
            (_, None) => {}
            (Scheme::Bearer(_), Some(sent)) => {
                // Too old, or revoked: the next pass fetches another.
                if tokens.get(scope).is_some_and(|token| token.header == sent) {
                    tokens.remove(scope);
                }
            }
            (Scheme::Basic, Some(sent)) => {
                if let Some(known) = logins.get_mut(&doing.repository) {
                    let same = known.login.as_ref().and_then(|login| basic(login, doing).ok());
                    known.stale |= same.is_some_and(|same| same == sent);
                }
            }
        }
        Trouble::Unauthorized { fault, refused }
    }

    /// Who we are in a repository: asked for once, and anew where that was refused.
    async fn login(&self, state: &mut State, doing: &Doing) -> Result<Option<Login>, Fault> {
        match state.logins.get(&doing.repository) {
            Some(Known { login, stale: false }) => return Ok(login.clone()),
            Some(_) => self.renew(state, doing).await?,
            None => {
                let login = self.logins.login(self.place(doing), None).await?;
                state.logins.insert(doing.repository.clone(), Known { login, stale: false });
            }
        }
        Ok(state.logins.get(&doing.repository).and_then(|known| known.login.clone()))
    }

    async fn renew(&self, state: &mut State, doing: &Doing) -> Result<(), Fault> {
        let refused = state.logins.get(&doing.repository).and_then(|known| known.login.clone());
        let fresh = self.logins.login(self.place(doing), refused.as_ref()).await?;
        if fresh.is_none() || fresh == refused {
            return Err(doing.denied("the login was refused"));
        }
        state.logins.insert(doing.repository.clone(), Known { login: fresh, stale: false });
        Ok(())
    }

    fn place<'a>(&'a self, doing: &'a Doing) -> Place<'a> {
        Place { host: &self.host, repository: &doing.repository, session: self.session.as_deref() }
    }

    async fn token(&self, state: &mut State, realm: &Realm, scope: &str, doing: &Doing) -> Result<HeaderValue, Fault> {
        if let Some(token) = state.tokens.get(scope).filter(|token| token.is_fresh()) {
            return Ok(token.header.clone());
        }
        let mut renewed = false;
        loop {
            let login = self.login(state, doing).await?;
            let proof = match &login {
                None => Proof::None,
                Some(login) => {
                    realm.check(state.endpoint.as_deref().unwrap_or_default(), doing)?;
                    match login.identity() {
                        Some(token) => Proof::Refresh(token.clone()),
                        None => Proof::Basic(basic(login, doing)?),
                    }
                }
            };
            match token::fetch(self.transport.as_ref(), realm, scope, &proof, doing).await {
                Ok(token) => {
                    self.logins.learn(&token.secret());
                    let header = token.header.clone();
                    state.tokens.insert(scope.to_owned(), token);
                    return Ok(header);
                }
                Err(fault) if fault.kind == FaultKind::Denied && login.is_some() && !renewed => {
                    renewed = true;
                    self.renew(state, doing).await?;
                }
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// The best scheme offered: a token reaches no further than its scope.
fn scheme_of(challenges: &[Challenge], doing: &Doing) -> Result<Scheme, Fault> {
    if let Some(bearer) = challenges.iter().find(|one| one.scheme == "bearer") {
        return Ok(Scheme::Bearer(Realm::of(bearer, doing)?));
    }
    if challenges.iter().any(|one| one.scheme == "basic") {
        return Ok(Scheme::Basic);
    }
    let offered: Vec<&str> = challenges.iter().map(|one| one.scheme.as_str()).collect();
    Err(doing.denied(format!("it asks for a login of an unknown kind ({})", offered.join(", "))))
}

fn wants_login(doing: &Doing) -> Fault {
    doing.denied("it asks for a login, and there is none")
}

fn basic(login: &Login, doing: &Doing) -> Result<HeaderValue, Fault> {
    if login.identity().is_some() {
        return Err(doing.denied("it asks for a password, and the login is an identity token"));
    }
    let mut value = HeaderValue::try_from(format!("Basic {}", login.pair().reveal()))
        .map_err(|_| doing.denied("the login cannot be written into a header"))?;
    value.set_sensitive(true);
    Ok(value)
}
