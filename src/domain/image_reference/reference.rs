//! The reference of an image that can be found: its registry always known.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::domain::check_domain;
use super::error::{Flaw, Malformed, ReferenceError};
use super::familiar::{self, DEFAULT_DOMAIN, OFFICIAL};
use super::grammar::{self, Split};
use super::local::{self, Local, Parts};
use super::tag::Tag;

const NOUN: &str = "image reference";

/// An image's full reference: registry, repository, and a tag, a digest, both or neither. An image on this machine has
/// the scheme of its [`Local`] for a registry, a path for a repository, and its name there for a tag.
///
/// Familiar names are filled in when it is parsed, so equal references are equal values. It prints and serializes in
/// its canonical form, `docker.io/library/redis:7`, which parses to the same value again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// Parses a familiar or full reference of an image in a registry; an error names the first offending character.
    pub fn parse(input: &str) -> Result<Self, ReferenceError> {
        Self::scan(input).map_err(|flaw| ReferenceError::new(NOUN, input, flaw))
    }

    /// The same, or the text of an image on this machine: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`,
    /// `docker-archive:PATH[:REFERENCE]`, each maybe with `@DIGEST`.
    pub fn anywhere(input: &str) -> Result<Self, ReferenceError> {
        let Some((local, rest)) = local::cut(input) else { return Self::parse(input) };
        let parts = local::parts(local, rest, input.len() - rest.len());
        parts.map(Self::of).map_err(|flaw| ReferenceError::new(NOUN, input, flaw))
    }

    /// An image on this machine, by its path and maybe its name there.
    pub fn on_this_machine(local: Local, path: &str, name: Option<&str>) -> Result<Self, ReferenceError> {
        let path = local::check_path(path).map_err(|flaw| ReferenceError::new("path of a local image", path, flaw))?;
        let image = Self::of(Parts { local, path, name: None, digest: None });
        name.map_or(Ok(image.clone()), |name| image.with_tag(name))
    }

    fn of(parts: Parts) -> Self {
        let Parts { local, path, name, digest } = parts;
        Self { domain: local.scheme().to_owned(), path, tag: name.map(|name| Tag::checked(&name)), digest }
    }

    /// How the image is kept on this machine; none of one in a registry.
    pub fn local(&self) -> Option<Local> {
        // no registry has such a name: without a port it has a `.` or an upper-case letter, or is `localhost`
        Local::of(&self.domain)
    }

    /// Parses a full reference, and refuses one that leaves out its registry or spells it another way.
    pub fn parse_canonical(input: &str) -> Result<Self, ReferenceError> {
        let reference = Self::parse(input)?;
        let full = reference.to_string();
        if full == input {
            return Ok(reference);
        }
        let flaw = Flaw::of(Malformed::NotCanonical, 0, "it is not written in full").hint(format!("write {full:?}"));
        Err(ReferenceError::new(NOUN, input, flaw))
    }

    fn scan(input: &str) -> Result<Self, Flaw> {
        familiar::check_intent(input)?;
        local::check_registry(input)?;
        let Split { name, tag, digest } = grammar::split(input);
        let cut = familiar::cut(name);
        if let Some(domain) = cut.domain {
            check_domain(domain).and_then(|()| check_port_range(domain))?;
        }
        grammar::check_path(cut.path).map_err(|flaw| flaw.shifted(cut.at))?;
        let (domain, path) = familiar::fill_in(&cut);
        // measured with `library/`, told where the written name goes over
        let added = path.len() - cut.path.len();
        grammar::check_length(&path).map_err(|flaw| Flaw { at: flaw.at - added + cut.at, ..flaw })?;
        if let Some(tag) = tag {
            grammar::check_tag(tag.text).map_err(|flaw| flaw.shifted(tag.at))?;
        }
        let digest =
            digest.map(|digest| Digest::scan(digest.text).map_err(|flaw| flaw.shifted(digest.at))).transpose()?;
        Ok(Self { domain, path, tag: tag.map(|tag| Tag::checked(tag.text)), digest })
    }

    /// The registry's host and maybe port: `docker.io`, `localhost:5000`, `[::1]:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository in its registry: `library/redis`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Registry and repository: `docker.io/library/redis`.
    pub fn name(&self) -> String {
        self.without_tag().without_digest().to_string()
    }

    /// The tag as written; see [`Self::tag_or_latest`] for what a registry is asked.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_ref().map(Tag::as_str)
    }

    /// The digest as written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The tag that is meant: `latest` where neither tag nor digest is given, `None` where only a digest is.
    pub fn tag_or_latest(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag.as_str()),
            (None, None) => Some("latest"),
            (None, Some(_)) => None,
        }
    }

    /// The same repository and digest with this tag. A tag that the grammar refuses is an error.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        if let Some(local) = self.local() {
            let name = local::check_name(local, tag);
            let name = name.map_err(|flaw| ReferenceError::new("name of a local image", tag, flaw))?;
            return Ok(Self { tag: Some(Tag::checked(&name)), ..self.clone() });
        }
        Ok(Self { tag: Some(Tag::parse(tag)?), ..self.clone() })
    }

    /// The same repository and tag, pinned to this digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// The same without its tag.
    #[must_use]
    pub fn without_tag(&self) -> Self {
        Self { tag: None, ..self.clone() }
    }

    /// The same without its digest.
    #[must_use]
    pub fn without_digest(&self) -> Self {
        Self { digest: None, ..self.clone() }
    }

    /// The target of what `source` names: as it is, or, on this machine and without a name of its own, with a name after
    /// the source's. `None` where the source has none that would do for `docker load`.
    pub fn named_after(&self, source: &Self) -> Option<Self> {
        match self.local() {
            Some(local) if self.tag.is_none() => self.with_tag(&local::name_after(local, source)?).ok(),
            _ => Some(self.clone()),
        }
    }

    /// The name that `docker load` gives to this image, in its one form: `redis:latest`; none of one that is named by its
    /// digest alone.
    pub fn loaded_as(&self) -> Option<String> {
        local::loaded_as(self)
    }

    /// The shortest text that means this reference: `redis:7`.
    pub fn familiar(&self) -> String {
        if self.domain == DEFAULT_DOMAIN {
            let rest = self.suffix();
            let short = self.path.strip_prefix(OFFICIAL).unwrap_or(&self.path);
            // `docker.io/example.com/x` may not lose its registry: the first component would become one
            for text in [format!("{short}{rest}"), format!("{}{rest}", self.path)] {
                if Self::parse(&text).is_ok_and(|read| read == *self) {
                    return text;
                }
            }
        }
        self.to_string()
    }

    fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

/// The grammar has any number of digits here; what is to be connected to has a port.
fn check_port_range(domain: &str) -> Result<(), Flaw> {
    let colon = domain.rfind(':').filter(|colon| !domain.get(*colon..).unwrap_or_default().contains(']'));
    let port = colon.and_then(|colon| domain.get(colon + 1..));
    match (colon, port) {
        (Some(colon), Some(port)) if port.parse::<u16>().is_err() => {
            Err(Flaw::format(colon + 1, format!("the port {port} is above 65535")))
        }
        _ => Ok(()),
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.local().is_some() { ':' } else { '/' };
        write!(f, "{}{separator}{}{}", self.domain, self.path, self.suffix())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        Self::parse(input)
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(input: String) -> Result<Self, Self::Error> {
        Self::anywhere(&input)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}
