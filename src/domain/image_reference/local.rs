//! Images on this machine: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`, `docker-archive:PATH[:REFERENCE]`, each maybe
//! with `@DIGEST` at its end, as skopeo and its kin write them.

use super::digest::Digest;
use super::error::{Flaw, Malformed};
use super::grammar::unfit;
use super::reference::Reference;

/// How an image is kept on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Local {
    /// A folder: an OCI image layout.
    Layout,
    /// The same in a tar archive.
    OciArchive,
    /// A tar archive as `docker save` writes and `docker load` reads it.
    DockerArchive,
}

/// What skopeo knows beside these, and we do not read: a daemon's or podman's own store, and skopeo's own folders.
const UNKNOWN: [&str; 3] = ["docker-daemon", "containers-storage", "dir"];
/// The most characters of a name in a layout.
const LONGEST: usize = 512;

impl Local {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Layout, Self::OciArchive, Self::DockerArchive];

    /// What stands before the `:` of its texts.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Layout => "oci",
            Self::OciArchive => "oci-archive",
            Self::DockerArchive => "docker-archive",
        }
    }

    /// The one of this scheme.
    pub fn of(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|local| local.scheme() == scheme)
    }

    /// The same with its article.
    pub fn a(self) -> &'static str {
        match self {
            Self::Layout => "an OCI layout",
            Self::OciArchive => "an OCI archive",
            Self::DockerArchive => "a docker archive",
        }
    }

    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Layout => "OCI layout",
            Self::OciArchive => "OCI archive",
            Self::DockerArchive => "docker archive",
        }
    }

    /// Whether it is a file, and not a folder.
    pub fn is_archive(self) -> bool {
        self != Self::Layout
    }
}

/// A local image's text, taken apart; the pieces are checked and in their one form.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) local: Local,
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) digest: Option<Digest>,
}

/// Cuts `scheme:rest` where that is the text of a local image. A number and a `/` after the `:` are a registry's port.
pub(super) fn cut(input: &str) -> Option<(Local, &str)> {
    let (scheme, rest) = input.split_once(':')?;
    Local::of(scheme).filter(|_| !is_port(rest)).map(|local| (local, rest))
}

/// Refuses, where only an image in a registry can be meant, what would pass as the name of one in Docker Hub.
pub(super) fn check_registry(input: &str) -> Result<(), Flaw> {
    let Some((scheme, rest)) = input.split_once(':').filter(|(_, rest)| !is_port(rest)) else { return Ok(()) };
    if Local::of(scheme).is_some() {
        let why = "it is an image on this machine, and one in a registry is needed here";
        return Err(Flaw::format(scheme.len(), why)
            .hint("copy it to a registry first, with image::copy, and name what that gives"));
    }
    if UNKNOWN.contains(&scheme) {
        return Err(Flaw::format(scheme.len(), format!("images of `{scheme}:` are not read here")).hint(format!(
            "save it first, as oci:PATH or docker-archive:PATH; an image of Docker Hub is docker.io/library/{scheme}:{rest}"
        )));
    }
    Ok(())
}

fn is_port(rest: &str) -> bool {
    rest.split_once('/').is_some_and(|(port, _)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Takes the rest of a text apart, which begins `at` bytes into it.
pub(super) fn parts(local: Local, rest: &str, at: usize) -> Result<Parts, Flaw> {
    let (place, digest) = match rest.rsplit_once('@').map(|(before, text)| (before, Digest::parse(text))) {
        Some((before, Ok(digest))) => (before, Some(digest)),
        _ => (rest, None),
    };
    let (path, name) = match place.split_once(':') {
        Some((path, name)) => (path, Some(name)),
        None => (place, None),
    };
    let path_in_form = check_path(path).map_err(|flaw| flaw.shifted(at))?;
    let name = name.map(|name| check_name(local, name).map_err(|flaw| flaw.shifted(at + path.len() + 1)));
    Ok(Parts { local, path: path_in_form, name: name.transpose()?, digest })
}

/// The path in its one form, so that equal places are equal values: nothing empty, no `.` in it.
pub(super) fn check_path(path: &str) -> Result<String, Flaw> {
    if path.is_empty() {
        return Err(Flaw::of(Malformed::Empty, 0, "the path after ':' is empty"));
    }
    if let Some((at, c)) = path.char_indices().find(|(_, c)| c.is_control() || *c == ':') {
        return Err(unfit("the path of a local image", at, c));
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let plain = format!("{root}{}", parts.join("/"));
    Ok(match plain.as_str() {
        "" => ".".to_owned(),
        plain if is_port(plain) => format!("./{plain}"),
        _ => plain,
    })
}

/// The name of an image in its place, in its one form: of a docker archive it is a reference with its tag.
pub(super) fn check_name(local: Local, name: &str) -> Result<String, Flaw> {
    if name.is_empty() {
        return Err(Flaw::format(0, "the name after ':' is empty").hint("write a name, or leave the ':' out"));
    }
    if let Some((at, c)) = name.char_indices().find(|(_, c)| c.is_control() || c.is_whitespace()) {
        return Err(unfit("the name of a local image", at, c));
    }
    if name.rsplit_once('@').is_some_and(|(_, digest)| Digest::parse(digest).is_ok()) {
        return Err(Flaw::format(0, "a name may not end like a digest"));
    }
    if name.chars().count() > LONGEST {
        return Err(Flaw::of(Malformed::TooLong, 0, format!("a name has at most {LONGEST} characters")));
    }
    if local != Local::DockerArchive {
        return Ok(name.to_owned());
    }
    let reference = Reference::parse(name).map_err(|error| Flaw {
        at: byte(name, error.at),
        kind: error.kind,
        reason: error.reason,
        hint: error.hint,
    })?;
    loaded_as(&reference)
        .ok_or_else(|| Flaw::format(0, "the name in a docker archive has a tag, and no digest").hint("write NAME:TAG"))
}

/// The name that `docker load` gives to an image, in its one form.
pub(super) fn loaded_as(reference: &Reference) -> Option<String> {
    let tag = reference.tag_or_latest()?;
    Some(reference.without_digest().with_tag(tag).ok()?.familiar())
}

/// The name that an image gets where it is put under none of its own.
pub(super) fn name_after(local: Local, source: &Reference) -> Option<String> {
    let loaded = match source.local() {
        None => Some(source.clone()),
        // a layout may have an image under its whole reference
        Some(_) => source.tag().and_then(|name| Reference::parse(name).ok()).filter(|name| name.tag().is_some()),
    };
    if local == Local::DockerArchive {
        return loaded_as(&loaded?.without_digest());
    }
    let tag = loaded.and_then(|name| name.tag().map(str::to_owned)).or_else(|| source.tag().map(str::to_owned));
    Some(tag.unwrap_or_else(|| "latest".to_owned()))
}

fn byte(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}
