//! A tag: a name that its owner may move to another image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::ReferenceError;
use super::grammar::check_tag;

/// A tag, such as `1.4.2`. It is no [`super::Digest`]: what it names may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

impl Tag {
    /// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`; anything else is an error at its first offending character.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        check_tag(text).map_err(|flaw| ReferenceError::new("tag", text, flaw))?;
        Ok(Self(text.to_owned()))
    }

    /// Takes a text that [`check_tag`] let pass.
    pub(super) fn checked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The tag as text, without `:`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Tag {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}
