//! Calls of functions that are not there, or not for these arguments.

use super::{Said, list};
use crate::script::names::Names;

/// `signature` is Rhai's: `image::prase (&str | ImmutableString | String)`.
pub fn unknown(signature: &str, names: &Names) -> Said {
    let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
    let name = name.trim();
    let given = given(types.trim_end_matches(')'));
    let known = names.signatures(name);
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return (format!("`{name}` cannot be used with ({given})"), None);
    }
    if !known.is_empty() {
        return (format!("`{name}` cannot be called with ({given})"), Some(format!("it takes {}", list(known))));
    }
    let hint = names.suggest(name).map(|close| {
        // a function of an imported module is known by its own name, and called by its module's
        let alias = name.rsplit_once("::").map(|(alias, _)| alias).filter(|_| !close.contains("::"));
        let signatures: Vec<_> = names.signatures(close).iter().map(|one| prefixed(alias, one)).collect();
        format!("did you mean {}?", list(signatures.iter().map(String::as_str)))
    });
    (format!("there is no function `{name}` for ({given})"), hint)
}

fn prefixed(alias: Option<&str>, signature: &str) -> String {
    alias.map_or_else(|| signature.to_owned(), |alias| format!("{alias}::{signature}"))
}

/// Rhai's names of types, as people say them.
fn given(types: &str) -> String {
    let said = types.split(", ").map(|one| match one.trim() {
        "&str | ImmutableString | String" | "string" => "text",
        "i64" => "integer",
        "f64" => "fraction",
        "bool" => "true or false",
        "Fn" => "closure",
        other => other,
    });
    said.collect::<Vec<_>>().join(", ")
}
