//! Did everything that was requested come back?
//!
//! ECS ignores members that it does not know, without a word. So what a call answers is compared with what was
//! requested, and a member that is missing, or came back with another value, is named: a typo never deploys.

mod service;
mod task_definition;
#[cfg(test)]
mod tests;

pub use service::{updated, with_deployment_members};
pub use task_definition::registered;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::diff::{differences, shown};
use crate::domain::equivalence::ECS;

/// A requested value that did not come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unechoed {
    /// Where it stands in the request: `containerDefinitions[app].helthCheck`.
    pub path: String,
    /// The value that was sent.
    pub requested: Value,
    /// The value that came back instead, `None` if none did: then ECS probably does not know the member.
    pub answered: Option<Value>,
}

impl fmt::Display for Unechoed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, requested, answered } = self;
        match answered {
            None => write!(f, "{path} did not come back"),
            Some(answered) => write!(f, "{path} was sent as {} and came back as {}", shown(requested), shown(answered)),
        }
    }
}

/// What of a canonical request is not in a canonical answer. What only the answer has was filled in, and is fine.
fn missing(requested: &Value, answered: &Value) -> Vec<Unechoed> {
    differences(requested, answered, &ECS)
        .into_iter()
        .filter_map(|found| Some(Unechoed { path: found.path, requested: found.before?, answered: found.after }))
        .collect()
}
