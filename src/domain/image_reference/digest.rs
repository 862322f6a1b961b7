//! A digest: the name of exactly these bytes.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::{Flaw, Malformed, ReferenceError};
use super::grammar::unfit;

/// The hash functions that the OCI image specification registers and registries accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// What every registry computes by itself.
    Sha256,
    /// Rare.
    Sha384,
    /// Registered by the OCI image specification beside SHA-256.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// As a digest has it: `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits a digest of this algorithm has.
    pub fn hex_digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

/// A digest, such as `sha256:9f86d0…`: its algorithm known, its hexadecimal part lower-case and of the exact length.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// Parses `algorithm:hex`; an error names the first offending character.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::scan(text).map_err(|flaw| ReferenceError::new("digest", text, flaw))
    }

    /// The digest that a finished SHA-256 gives.
    pub fn from_sha256(hash: &[u8; 32]) -> Self {
        let hex = hash.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { algorithm: Algorithm::Sha256, hex }
    }

    pub(super) fn scan(text: &str) -> Result<Self, Flaw> {
        if text.is_empty() {
            return Err(Flaw::format(0, "the digest is empty").hint("a digest is written sha256: and 64 digits"));
        }
        let Some((name, hex)) = text.split_once(':') else {
            return Err(Flaw::format(text.len(), "a digest is written algorithm:hex, and the ':' is missing")
                .hint("a digest starts with 'sha256:'; a tag comes after ':', not after '@'"));
        };
        let Some(algorithm) = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name) else {
            return Err(Flaw::of(
                Malformed::UnknownAlgorithm,
                0,
                format!("the digest algorithm {name:?} is not known"),
            )
            .hint("use sha256, sha384 or sha512"));
        };
        let start = name.len() + 1;
        for (at, c) in hex.char_indices() {
            match c {
                '0'..='9' | 'a'..='f' => {}
                'A'..='F' => {
                    let reason = format!("the digits of a digest are lower-case, not {c:?}");
                    return Err(Flaw::format(start + at, reason).hint("write it in lower case"));
                }
                c => return Err(unfit("the hexadecimal part of a digest", start + at, c)),
            }
        }
        let wanted = algorithm.hex_digits();
        if hex.len() != wanted {
            let reason = format!("a {name} digest has {wanted} hexadecimal digits, this one has {}", hex.len());
            return Err(Flaw::of(Malformed::DigestLength, start + hex.len().min(wanted), reason));
        }
        Ok(Self { algorithm, hex: hex.to_owned() })
    }

    /// The hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal part alone.
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// For people: the algorithm and the first twelve digits, `sha256:0123456789ab`.
    pub fn short(&self) -> String {
        format!("{}:{}", self.algorithm.name(), self.hex.get(..12).unwrap_or(&self.hex))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl FromStr for Digest {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Digest {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}
