//! A reference exactly as written, nothing filled in: the upstream grammar's own reading.

use std::fmt;

use super::digest::Digest;
use super::domain::check_domain;
use super::error::{Flaw, Malformed, ReferenceError};
use super::grammar::{self, Split};

const NOUN: &str = "image reference";

/// A reference as written: `redis` has no domain here, and `foo/bar` has the domain `foo`.
///
/// This is the literal reading of the grammar; use [`super::Reference`] for an image that is to be found. Printing
/// gives back what was parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    domain: Option<String>,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Written {
    /// `name[:tag][@digest]`, the digest of a known algorithm and its exact length.
    pub fn parse(input: &str) -> Result<Self, ReferenceError> {
        Self::scan(input).map_err(|flaw| ReferenceError::new(NOUN, input, flaw))
    }

    fn scan(input: &str) -> Result<Self, Flaw> {
        if input.is_empty() {
            return Err(Flaw::of(Malformed::Empty, 0, "it is empty"));
        }
        let Split { name, tag, digest } = grammar::split(input);
        let mut written = Self::scan_name(name)?;
        if let Some(tag) = tag {
            grammar::check_tag(tag.text).map_err(|flaw| flaw.shifted(tag.at))?;
            written.tag = Some(tag.text.to_owned());
        }
        if let Some(digest) = digest {
            Digest::scan(digest.text).map_err(|flaw| flaw.shifted(digest.at))?;
            written.digest = Some(digest.text.to_owned());
        }
        Ok(written)
    }

    /// A name alone: neither tag nor digest.
    pub fn named(name: &str) -> Result<Self, ReferenceError> {
        Self::scan_name(name).map_err(|flaw| ReferenceError::new(NOUN, name, flaw))
    }

    fn scan_name(name: &str) -> Result<Self, Flaw> {
        let (domain, at) = match name.split_once('/') {
            Some((first, _)) => match check_domain(first) {
                Ok(()) => (Some(first), first.len() + 1),
                // only a domain may have these, so its mistake is the one to tell
                Err(flaw) if first.contains([':', '[']) => return Err(flaw),
                Err(_) => (None, 0),
            },
            None => (None, 0),
        };
        let path = name.get(at..).unwrap_or_default();
        grammar::check_path(path).and_then(|()| grammar::check_length(path)).map_err(|flaw| flaw.shifted(at))?;
        Ok(Self { domain: domain.map(str::to_owned), path: path.to_owned(), tag: None, digest: None })
    }

    /// The same name and digest with this tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        grammar::check_tag(tag).map_err(|flaw| ReferenceError::new("tag", tag, flaw))?;
        Ok(Self { tag: Some(tag.to_owned()), ..self.clone() })
    }

    /// The same name and tag with this digest, of which only the shape is looked at: any algorithm's name and at
    /// least 32 hexadecimal digits. That is how the upstream function takes it.
    pub fn with_digest(&self, digest: &str) -> Result<Self, ReferenceError> {
        grammar::check_digest_shape(digest).map_err(|flaw| ReferenceError::new("digest", digest, flaw))?;
        Ok(Self { digest: Some(digest.to_owned()), ..self.clone() })
    }

    /// What comes before the first `/`, where that can be a registry.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// The repository in its registry.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Domain and path as written.
    pub fn name(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{domain}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// The tag, without `:`.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest's text, without `@`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}
