//! Properties that are not there.

use super::{Said, list};
use crate::domain::nearest::nearest;
use crate::script::bindings::HANDLES;

/// A key that a map does not have.
pub fn missing(name: &str, before: &str) -> Said {
    if before.trim_end_matches(['.', '?']).ends_with("args") {
        let hint = format!("declare it: `const ARGS = #{{ {name}: #{{ help: \"…\" }} }};`");
        return (format!("the script has no argument `{name}`"), Some(hint));
    }
    let hint = format!("for a key that may be missing write `m.get(\"{name}\") ?? \"…\"`");
    (format!("there is no property `{name}`"), Some(hint))
}

/// `message` is Rhai's: `Unknown property 'tga' - a getter is not registered for type 'ImageReference'`.
pub fn unknown(message: &str) -> Said {
    let mut quoted = message.split('\'').skip(1).step_by(2);
    let (Some(property), Some(of)) = (quoted.next(), quoted.next()) else { return (super::sentence(message), None) };
    let handle = HANDLES.iter().find(|handle| handle.name == of);
    let known: Vec<&str> =
        handle.map(|handle| (handle.properties)()).into_iter().flatten().map(|(name, _)| name).collect();
    if known.contains(&property) {
        return (format!("the property `{property}` of {of} can be read, not set"), None);
    }
    let close = nearest(property, known.iter().copied()).map(|close| format!("did you mean `{close}`? "));
    let hint = (!known.is_empty()).then(|| format!("{}it has {}", close.unwrap_or_default(), list(known)));
    (format!("{of} has no property `{property}`"), hint)
}
