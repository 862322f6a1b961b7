//! Familiar names: what `redis` leaves out, and when a first component is a registry.

use super::error::{Flaw, Malformed};

/// The registry that a name without one means.
pub(super) const DEFAULT_DOMAIN: &str = "docker.io";
/// Another name of that registry, from before it had its own.
const LEGACY_DOMAIN: &str = "index.docker.io";
/// Where that registry keeps the images that have no owner.
pub(super) const OFFICIAL: &str = "library/";

/// A name, cut into its registry and the rest.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    /// The registry as written, `None` where it is left out.
    pub(super) domain: Option<&'a str>,
    /// The path as written.
    pub(super) path: &'a str,
    /// Where the path starts in the name, in bytes.
    pub(super) at: usize,
}

/// The first component is a registry if it is `localhost`, has a `.` or `:`, or an upper-case letter, which no path
/// may have.
pub(super) fn cut(name: &str) -> Cut<'_> {
    match name.split_once('/') {
        Some((first, path)) if is_registry(first) => Cut { domain: Some(first), path, at: first.len() + 1 },
        _ => Cut { domain: None, path: name, at: 0 },
    }
}

fn is_registry(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':', '[']) || first.contains(|c: char| c.is_ascii_uppercase())
}

/// The registry and path that a cut name means: `redis` is `docker.io` and `library/redis`.
pub(super) fn fill_in(cut: &Cut<'_>) -> (String, String) {
    let domain = match cut.domain {
        None | Some(LEGACY_DOMAIN) => DEFAULT_DOMAIN,
        Some(domain) => domain,
    };
    let official = domain == DEFAULT_DOMAIN && !cut.path.contains('/');
    let path = if official { format!("{OFFICIAL}{}", cut.path) } else { cut.path.to_owned() };
    (domain.to_owned(), path)
}

/// Refuses what would be read as something its writer did not mean.
pub(super) fn check_intent(input: &str) -> Result<(), Flaw> {
    if input.is_empty() {
        return Err(Flaw::of(Malformed::Empty, 0, "it is empty"));
    }
    if let Some((scheme, _)) = input.split_once("://") {
        return Err(Flaw::format(scheme.len(), "a reference has no scheme").hint(format!("leave out \"{scheme}://\"")));
    }
    if input.len() == 64 && input.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Flaw::format(0, "64 hexadecimal digits are an image's id, not its name")
            .hint(format!("to pin an image write its repository too: NAME@sha256:{input}")));
    }
    Ok(())
}
