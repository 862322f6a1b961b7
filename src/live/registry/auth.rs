//! Who we are at one registry: the login, the scheme it asked for, and one refresh for all who were refused at once.

use super::challenge::Challenge;
use super::errors::Doing;
use super::login::{Access, Login, Logins};
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
    access: Option<Access>,
    /// The login was refused: the next who needs it fetches another.
    stale: bool,
    scheme: Scheme,
    /// By scope.
    tokens: HashMap<String, Token>,
    /// Grows with every change, so that a refused request can tell whether somebody else has acted on it already.
    round: u64,
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
    round: u64,
}

impl Auth {
    /// Nothing is fetched yet.
    pub fn new(transport: Arc<dyn Transport>, logins: Arc<dyn Logins>, host: String, session: Option<String>) -> Self {
        Self { transport, logins, host, session, state: Mutex::default() }
    }

    /// What a request for `scope` is to be sent with.
    pub async fn pass(&self, scope: &str, doing: &Doing) -> Result<Pass, Fault> {
        let mut state = self.state.lock().await;
        let endpoint = self.access(&mut state).await?.endpoint.clone();
        let authorization = match state.scheme.clone() {
            Scheme::Unasked => None,
            Scheme::Basic => {
                if state.stale {
                    self.renew(&mut state, doing).await?;
                }
                let login = state.access.as_ref().and_then(|access| access.login.as_ref());
                Some(basic(login.ok_or_else(|| wants_login(doing))?, doing)?)
            }
            Scheme::Bearer(realm) => Some(self.token(&mut state, &realm, scope, doing).await?),
        };
        Ok(Pass { endpoint, authorization, round: state.round })
    }

    /// A request sent with `pass` was refused as unauthorized. Afterwards it is worth asking again, once.
    pub async fn refused(&self, pass: &Pass, scope: &str, challenges: &[Challenge], doing: &Doing) -> Trouble {
        let refused = pass.authorization.is_some();
        let fault = if refused { doing.denied("the login was refused") } else { wants_login(doing) };
        let mut state = self.state.lock().await;
        if state.round != pass.round {
            return Trouble::Unauthorized { fault, refused };
        }
        state.round += 1;
        let result = match (&state.scheme, refused) {
            (Scheme::Bearer(_), true) => {
                // Too old, or revoked: the next pass fetches another.
                state.tokens.remove(scope);
                Ok(())
            }
            (Scheme::Basic, true) => {
                state.stale = true;
                Ok(())
            }
            _ => learn(&mut state, challenges, doing),
        };
        match result {
            Ok(()) => Trouble::Unauthorized { fault, refused },
            Err(fault) => Trouble::Lasting(fault),
        }
    }

    async fn access<'a>(&self, state: &'a mut State) -> Result<&'a Access, Fault> {
        let known = match state.access.take() {
            Some(access) => access,
            None => self.logins.access(&self.host, self.session.as_deref(), None).await?,
        };
        Ok(state.access.insert(known))
    }

    async fn renew(&self, state: &mut State, doing: &Doing) -> Result<(), Fault> {
        let refused = state.access.as_ref().and_then(|access| access.login.clone());
        let fresh = self.logins.access(&self.host, self.session.as_deref(), refused.as_ref()).await?;
        if fresh.login.is_none() || fresh.login == refused {
            return Err(doing.denied("the login was refused"));
        }
        state.access = Some(fresh);
        state.stale = false;
        Ok(())
    }

    async fn token(&self, state: &mut State, realm: &Realm, scope: &str, doing: &Doing) -> Result<HeaderValue, Fault> {
        if let Some(token) = state.tokens.get(scope).filter(|token| token.is_fresh()) {
            return Ok(token.header.clone());
        }
        let mut renewed = false;
        loop {
            let login = state.access.as_ref().and_then(|access| access.login.as_ref());
            let proof = match login {
                None => Proof::None,
                Some(login) => match login.identity() {
                    Some(token) => Proof::Refresh(token.clone()),
                    None => Proof::Basic(basic(login, doing)?),
                },
            };
            let had_login = login.is_some();
            match token::fetch(self.transport.as_ref(), realm, scope, &proof, doing).await {
                Ok(token) => {
                    self.logins.learn(&token.secret());
                    let header = token.header.clone();
                    state.tokens.insert(scope.to_owned(), token);
                    return Ok(header);
                }
                Err(fault) if fault.kind == FaultKind::Denied && had_login && !renewed => {
                    renewed = true;
                    self.renew(state, doing).await?;
                }
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// Takes the best scheme offered: a token reaches no further than its scope.
fn learn(state: &mut State, challenges: &[Challenge], doing: &Doing) -> Result<(), Fault> {
    let login = state.access.as_ref().is_some_and(|access| access.login.is_some());
    let endpoint = state.access.as_ref().map(|access| access.endpoint.as_str()).unwrap_or_default();
    if let Some(bearer) = challenges.iter().find(|one| one.scheme == "bearer") {
        state.scheme = Scheme::Bearer(Realm::of(bearer, endpoint, login, doing)?);
    } else if challenges.iter().any(|one| one.scheme == "basic") {
        if !login {
            return Err(wants_login(doing));
        }
        state.scheme = Scheme::Basic;
    } else {
        let offered: Vec<&str> = challenges.iter().map(|one| one.scheme.as_str()).collect();
        return Err(doing.denied(format!("it asks for a login of an unknown kind ({})", offered.join(", "))));
    }
    Ok(())
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
