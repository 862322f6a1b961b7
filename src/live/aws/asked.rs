//! What was asked, in the words that a fault needs.

use std::borrow::Cow;
use std::fmt;

/// One call, as its faults tell it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The IAM action, which is what a missing permission is called: `ecs:UpdateService`.
    pub action: Cow<'static, str>,
    /// What it is about: ``service `web` in cluster `prod` ``.
    pub thing: String,
    /// What to do where that is not there.
    pub when_missing: Option<String>,
    /// Whether it writes.
    pub write: bool,
    /// The session's name.
    pub session: String,
    /// The session's profile, for the hint how to log in.
    pub profile: Option<String>,
    /// The role that the session assumes.
    pub role: Option<String>,
    /// The session's account, where it is known.
    pub account: Option<String>,
    /// Where the call goes.
    pub region: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {} (session `{}`, ", self.action, self.thing, self.session)?;
        if let Some(account) = &self.account {
            write!(out, "account {account}, ")?;
        }
        write!(out, "{})", self.region)
    }
}
