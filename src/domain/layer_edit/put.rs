//! What is put at one path of an image: content, owner, mode.

use crate::domain::file_tree::FileTree;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is put at one path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Put {
    /// What it is.
    pub content: PutContent,
    /// Whose it becomes, with everything in it; root's where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Owner>,
    /// Permissions, instead of those that the files have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<Mode>,
    /// Whether a folder takes the place of the one there, with nothing of it left.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub replace: bool,
}

/// What a path gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutContent {
    /// Files of the project. A tree that is a single file becomes the path; a folder's content lands below it.
    Tree(FileTree),
    /// A file with this text, which is the script's own.
    Text(String),
}

impl From<FileTree> for Put {
    fn from(tree: FileTree) -> Self {
        Self { content: PutContent::Tree(tree), owner: None, mode: None, replace: false }
    }
}

/// User and group by number: an image's names are known to nobody who does not unpack it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Owner {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// Why a text is no owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an owner: write user and group as numbers, `1000:1000`; names are in the image, which is not unpacked"
)]
pub struct NoOwner(String);

impl FromStr for Owner {
    type Err = NoOwner;

    /// `UID:GID`; as with Docker's `--chown`, `UID` alone is the group's number too.
    fn from_str(text: &str) -> Result<Self, NoOwner> {
        let (uid, gid) = text.split_once(':').unwrap_or((text, text));
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        match (number(uid), number(gid)) {
            (Some(uid), Some(gid)) => Ok(Self { uid, gid }),
            _ => Err(NoOwner(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Owner {
    type Error = NoOwner;

    fn try_from(text: String) -> Result<Self, NoOwner> {
        text.parse()
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> Self {
        owner.to_string()
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.uid, self.gid)
    }
}

/// Permission bits, written in octal: `0640`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mode(u32);

/// Why a text is no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mode: write three or four octal digits as a text, \"0640\"")]
pub struct NoMode(String);

impl Mode {
    /// The bits, at most `0o7777`.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The bits of what must be entered or executed too: whoever may read it may do that (`0640` → `0750`).
    pub fn opened(self) -> u32 {
        self.0 | ((self.0 & 0o444) >> 2)
    }
}

impl FromStr for Mode {
    type Err = NoMode;

    fn from_str(text: &str) -> Result<Self, NoMode> {
        let octal = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        let bits = octal.then(|| u32::from_str_radix(text, 8).ok()).flatten();
        bits.map(Self).ok_or_else(|| NoMode(text.to_owned()))
    }
}

impl TryFrom<String> for Mode {
    type Error = NoMode;

    fn try_from(text: String) -> Result<Self, NoMode> {
        text.parse()
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> Self {
        mode.to_string()
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04o}", self.0)
    }
}
