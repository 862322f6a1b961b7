//! What comes back from a call: exact, and serializable, because a replay gives it again.

use super::fault::Fault;
use crate::domain::file_tree::FileTree;
use crate::domain::image_facts::{ImageFacts, Pushed};
use crate::domain::rollout::{Finding, Snapshot, Verdict};
use crate::domain::secret_reference::SecretReference;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Twelve digits; null where the endpoint has no STS and no account was expected.
    pub account: Option<String>,
    /// The Region its calls go to.
    pub region: String,
    /// The endpoint that replaces AWS's own, where one is configured.
    pub endpoint: Option<String>,
}

/// Who approved what was asked, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Milliseconds since 1970.
    pub at_millis: i64,
}

/// How a watch ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutEnd {
    /// The judgment; `Running` where time ran out.
    pub verdict: Verdict,
    /// The last look.
    pub snapshot: Box<Snapshot>,
    /// Why, where it failed or ran out.
    pub findings: Vec<Finding>,
    /// Milliseconds it took.
    pub millis: u64,
}

/// What a call gives back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", content = "value", rename_all = "snake_case")]
pub enum Reply {
    /// That it was done.
    Nothing,
    /// Milliseconds since 1970, UTC.
    Instant(i64),
    /// A person's approval.
    Approval(Approval),
    /// A text, or null where there is none.
    Text(Option<String>),
    /// A folder or file of the project.
    Tree(FileTree),
    /// Who a session is.
    Identity(Identity),
    /// A JSON document, as AWS gave it.
    Document(Value),
    /// An image, or null where there is none.
    Image(Option<ImageFacts>),
    /// What a copy or a rebuild came to.
    Pushed(Pushed),
    /// How a watch ended.
    Rollout(RolloutEnd),
    /// Which secret was fetched. Its value is with the redactor, and has no serialized form.
    Secret(SecretReference),
}

macro_rules! accessor {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub fn $name(self) -> Result<$type, Fault> {
            match self {
                Self::$variant(value) => Ok(value),
                other => Err(Fault::internal(format!(
                    concat!("a reply of the kind ", stringify!($variant), " was expected, not {:?}"),
                    other
                ))),
            }
        }
    };
}

impl Reply {
    accessor!(/** The instant in it. */ instant, Instant, i64);
    accessor!(/** The approval in it. */ approval, Approval, Approval);
    accessor!(/** The text in it. */ text, Text, Option<String>);
    accessor!(/** The tree in it. */ tree, Tree, FileTree);
    accessor!(/** The identity in it. */ identity, Identity, Identity);
    accessor!(/** The document in it. */ document, Document, Value);
    accessor!(/** The image in it. */ image, Image, Option<ImageFacts>);
    accessor!(/** The push in it. */ pushed, Pushed, Pushed);
    accessor!(/** The end of the watch in it. */ rollout, Rollout, RolloutEnd);
    accessor!(/** The secret's reference in it. */ secret, Secret, SecretReference);
}
