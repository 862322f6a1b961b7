//! Rhai's errors in words that say what to do.

use crate::script::names::Names;
use crate::domain::nearest::nearest;
use rhai::{Dynamic, EvalAltResult, Map, ParseErrorType};

type Said = (String, Option<String>);

/// The message and the hint of a syntax error.
pub fn syntax(error: &ParseErrorType, names: impl FnOnce() -> Names) -> Said {
    match error {
        ParseErrorType::VariableUndefined(name) => unknown_variable(name),
        ParseErrorType::ModuleUndefined(name) => {
            let names = names();
            let close = nearest(name, names.namespaces()).map(|close| format!("did you mean `{close}`?"));
            let all = || format!("there are {}; a module must be imported first", list(names.namespaces()));
            (format!("there is no namespace `{name}`"), Some(close.unwrap_or_else(all)))
        }
        ParseErrorType::Reserved(word) if word == "eval" => {
            (format!("`{word}` is not available"), Some("a release runs only what can be read beforehand".to_owned()))
        }
        ParseErrorType::Reserved(word) => {
            (format!("`{word}` is a word that Rhai keeps for itself"), Some("choose another name".to_owned()))
        }
        ParseErrorType::WrongDocComment => {
            let hint = "`///` belongs before a function; use `//` here, and `//!` for the script's description";
            (error.to_string(), Some(hint.to_owned()))
        }
        ParseErrorType::ExprTooDeep => {
            (error.to_string(), Some("give a part of it a name with `let`, or make it a function".to_owned()))
        }
        other => (other.to_string(), None),
    }
}

/// The message and the hint of an error of a running script.
pub fn run(error: &EvalAltResult, names: impl FnOnce() -> Names) -> Said {
    match error {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => unknown_function(signature, &names()),
        EvalAltResult::ErrorVariableNotFound(name, _) => unknown_variable(name),
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            let hint = format!("for a key that may be missing write `m.get(\"{name}\") ?? \"…\"`");
            (format!("there is no property `{name}`"), Some(hint))
        }
        EvalAltResult::ErrorDotExpr(message, _) if !message.is_empty() => unknown_property(message),
        EvalAltResult::ErrorModuleNotFound(path, _) => (format!("there is no module `{path}`"), None),
        EvalAltResult::ErrorParsing(error, _) => syntax(error, names),
        EvalAltResult::ErrorRuntime(value, _) => (text_of(value), None),
        EvalAltResult::ErrorStackOverflow(_) => {
            let hint = "a function calls itself, or functions call each other, without an end".to_owned();
            ("the calls nest too deeply".to_owned(), Some(hint))
        }
        EvalAltResult::ErrorDataRace(name, _) => {
            let hint = "give the closure what it needs as a parameter".to_owned();
            (format!("`{name}` is used by two closures at once"), Some(hint))
        }
        other => (without_position(&other.to_string()), None),
    }
}

/// The text of a thrown value: a text as it is, a map's `message`.
fn text_of(value: &Dynamic) -> String {
    if let Some(message) = value.read_lock::<Map>().and_then(|map| map.get("message").map(ToString::to_string)) {
        return message;
    }
    if value.is_unit() { "the script threw an error without a message".to_owned() } else { value.to_string() }
}

fn unknown_variable(name: &str) -> Said {
    let hint = match name {
        "args" => "`args` is known at the script's top level only: give the function what it needs as a parameter",
        _ => "functions do not see the variables outside of them: give the function what it needs as a parameter",
    };
    (format!("there is no variable `{name}` here"), Some(hint.to_owned()))
}

/// `signature` is Rhai's: `image::prase (&str | ImmutableString | String)`.
fn unknown_function(signature: &str, names: &Names) -> Said {
    let (name, given) = signature.split_once(" (").unwrap_or((signature, ""));
    let name = name.trim();
    let given = given.trim_end_matches(')').replace("&str | ImmutableString | String", "text");
    let known = names.signatures(name);
    if !known.is_empty() {
        return (format!("`{name}` does not take ({given})"), Some(format!("it takes {}", list(known))));
    }
    let hint = names.suggest(name).map(|close| format!("did you mean {}?", list(names.signatures(close))));
    (format!("there is no function `{name}` for ({given})"), hint)
}

/// `message` is Rhai's: `Unknown property 'x' - a getter is not registered for type 'T'`.
fn unknown_property(message: &str) -> Said {
    let mut quoted = message.split('\'').skip(1).step_by(2);
    match (quoted.next(), quoted.next()) {
        (Some(property), Some(of)) => (format!("{of} has no property `{property}` that can be used so"), None),
        _ => (message.to_owned(), None),
    }
}

fn without_position(text: &str) -> String {
    text.rfind(" (line ").and_then(|at| text.get(..at)).unwrap_or(text).to_owned()
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
