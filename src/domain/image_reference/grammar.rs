//! The grammar of a reference's pieces, each as a scanner that names the first character that does not fit.

use super::error::{Flaw, Malformed};

/// The most bytes a path may have, its domain not counted.
const PATH_MAX: usize = 255;
/// The most characters a tag may have.
const TAG_MAX: usize = 128;

/// A piece of a reference and where it starts, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

/// A reference cut at `:` and `@`, nothing checked yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split<'a> {
    pub(super) name: &'a str,
    pub(super) tag: Option<Piece<'a>>,
    pub(super) digest: Option<Piece<'a>>,
}

/// Cuts a reference into name, tag and digest.
///
/// Neither name nor tag may have an `@`, so the first one starts the digest; a tag has no `/`, so it starts at the
/// first `:` after the last `/`, and any `:` before that belongs to a port.
pub(super) fn split(input: &str) -> Split<'_> {
    let (rest, digest) = match input.split_once('@') {
        Some((rest, digest)) => (rest, Some(Piece { at: rest.len() + 1, text: digest })),
        None => (input, None),
    };
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    match rest.get(last..).and_then(|end| end.split_once(':')) {
        // `[::1]:5000` is an address that no repository follows, not a tag
        Some((short, tag)) if !short.starts_with('[') => {
            let at = last + short.len();
            let name = rest.get(..at).unwrap_or(rest);
            Split { name, tag: Some(Piece { at: at + 1, text: tag }), digest }
        }
        _ => Split { name: rest, tag: None, digest },
    }
}

/// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`
pub(super) fn check_tag(tag: &str) -> Result<(), Flaw> {
    if tag.is_empty() {
        return Err(Flaw::format(0, "the tag after ':' is empty").hint("write a tag, or leave the ':' out"));
    }
    for (at, c) in tag.char_indices() {
        if !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            return Err(unfit("a tag", at, c).hint("a tag has only the characters A-Z a-z 0-9 _ . -"));
        }
        if at == 0 && matches!(c, '.' | '-') {
            return Err(Flaw::format(0, format!("a tag may not start with {c:?}")));
        }
    }
    if tag.len() > TAG_MAX {
        let reason = format!("a tag has at most {TAG_MAX} characters, this one has {}", tag.len());
        return Err(Flaw::of(Malformed::TooLong, TAG_MAX, reason));
    }
    Ok(())
}

/// Components `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` joined by `/`. How long they are together is [`check_length`]'s.
pub(super) fn check_path(path: &str) -> Result<(), Flaw> {
    if path.is_empty() {
        return Err(Flaw::format(0, "the repository's name is missing"));
    }
    let mut at = 0;
    for component in path.split('/') {
        if component.is_empty() {
            return Err(match at {
                0 => Flaw::format(0, "a repository may not start with '/'"),
                at if at == path.len() => Flaw::format(at - 1, "a repository may not end with '/'"),
                at => Flaw::format(at, "a repository may not have two '/' in a row"),
            });
        }
        check_component(component).map_err(|flaw| flaw.shifted(at))?;
        at += component.len() + 1;
    }
    Ok(())
}

fn check_component(component: &str) -> Result<(), Flaw> {
    let mut run = 0; // where the separators began that we are among
    for (at, c) in component.char_indices() {
        match c {
            'a'..='z' | '0'..='9' => run = at + 1,
            '.' | '_' | '-' if at == 0 => {
                return Err(Flaw::format(0, format!("a part of a repository may not start with {c:?}")));
            }
            '.' | '_' | '-' => {
                let separator = component.get(run..=at).unwrap_or_default();
                if !(matches!(separator, "." | "_" | "__") || separator.bytes().all(|b| b == b'-')) {
                    return Err(Flaw::format(at, format!("a repository may not have {separator:?} between two words"))
                        .hint("words are joined by one of '.', '_', '__' or any number of '-'"));
                }
            }
            'A'..='Z' => {
                return Err(Flaw::of(
                    Malformed::Uppercase,
                    at,
                    format!("a repository has only lower-case letters, not {c:?}"),
                )
                .hint(format!("write {:?}", component.to_ascii_lowercase())));
            }
            _ => return Err(unfit("a repository", at, c)),
        }
    }
    match component.char_indices().next_back() {
        Some((at, c @ ('.' | '_' | '-'))) => {
            Err(Flaw::format(at, format!("a part of a repository may not end with {c:?}")))
        }
        _ => Ok(()),
    }
}

/// At most 255 bytes, the domain not counted.
pub(super) fn check_length(path: &str) -> Result<(), Flaw> {
    if path.len() <= PATH_MAX {
        return Ok(());
    }
    let reason = format!("a repository has at most {PATH_MAX} characters, this one has {}", path.len());
    Err(Flaw::of(Malformed::TooLong, PATH_MAX, reason))
}

/// What the digest of a written reference must look like before its algorithm is asked about: words joined by one of
/// `-_+.`, a `:`, at least 32 hexadecimal digits.
pub(super) fn check_digest_shape(digest: &str) -> Result<(), Flaw> {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return Err(Flaw::format(digest.len(), "a digest is written algorithm:hex, and the ':' is missing"));
    };
    let mut at = 0;
    for word in algorithm.split(['-', '_', '+', '.']) {
        if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(Flaw::format(at, "each word of a digest's algorithm starts with a letter"));
        }
        if let Some((inner, c)) = word.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric()) {
            return Err(unfit("a digest's algorithm", at + inner, c));
        }
        at += word.len() + 1;
    }
    match hex.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
        Some((inner, c)) => Err(unfit("the hexadecimal part of a digest", at + inner, c)),
        None if hex.len() < 32 => {
            let reason = format!("a digest has at least 32 hexadecimal digits, this one has {}", hex.len());
            Err(Flaw::of(Malformed::DigestLength, digest.len(), reason))
        }
        None => Ok(()),
    }
}

/// `whose` may not contain the character, with a hint for those that are pasted by accident.
pub(super) fn unfit(whose: &str, at: usize, c: char) -> Flaw {
    let flaw = Flaw::format(at, format!("{whose} may not contain {c:?}"));
    match c {
        c if c.is_whitespace() => flaw.hint("remove the white space"),
        c if !c.is_ascii() => flaw.hint("only ASCII is allowed here"),
        _ => flaw,
    }
}
