//! Digests of bytes as they pass.

use crate::domain::image_reference::{Algorithm, Digest};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use std::fmt::Write as _;

/// A hash that is still being fed.
pub(in crate::live) enum Hashing {
    /// What nearly every digest is.
    Sha256(Sha256),
    /// Rare.
    Sha384(Sha384),
    /// Rare.
    Sha512(Sha512),
}

impl Default for Hashing {
    fn default() -> Self {
        Self::Sha256(Sha256::new())
    }
}

impl Hashing {
    /// A hash that gives digests of the same algorithm as `like`.
    pub fn like(like: &Digest) -> Self {
        match like.algorithm() {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    /// Feeds it.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha384(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    /// As `algorithm:hex`.
    pub fn finish(self) -> String {
        match self {
            Self::Sha256(hash) => hex("sha256", &hash.finalize()),
            Self::Sha384(hash) => hex("sha384", &hash.finalize()),
            Self::Sha512(hash) => hex("sha512", &hash.finalize()),
        }
    }
}

/// Whether `bytes` are the ones that `digest` names.
pub(in crate::live) fn names(digest: &Digest, bytes: &[u8]) -> bool {
    let mut hashing = Hashing::like(digest);
    hashing.update(bytes);
    hashing.finish() == digest.to_string()
}

/// The SHA-256 digest of `bytes`.
pub(in crate::live) fn sha256(bytes: &[u8]) -> Digest {
    sealed(Sha256::new_with_prefix(bytes))
}

/// The digest that a SHA-256 came to.
pub(super) fn sealed(hash: Sha256) -> Digest {
    Digest::from_sha256(&hash.finalize().into())
}

fn hex(algorithm: &str, hash: &[u8]) -> String {
    hash.iter().fold(format!("{algorithm}:"), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_follows_the_digest() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b"").to_string(), empty);
        assert!(names(&Digest::parse(empty).unwrap(), b""));
        assert!(!names(&Digest::parse(empty).unwrap(), b"x"));
        let abc = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        assert!(names(&Digest::parse(abc).unwrap(), b"abc"));
        assert!(!names(&Digest::parse(abc).unwrap(), b"abd"));
        let abc =
            "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
        assert!(names(&Digest::parse(abc).unwrap(), b"abc"));
    }
}
