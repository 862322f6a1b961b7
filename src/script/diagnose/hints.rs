//! Rhai's errors in words that say what to do.

mod functions;
mod properties;

use crate::domain::nearest::nearest;
use crate::script::bindings::printed;
use crate::script::names::Names;
use rhai::{Dynamic, EvalAltResult, Map, ParseErrorType};

/// A message, and what to do.
type Said = (String, Option<String>);

/// The message and the hint of a syntax error.
pub fn syntax(error: &ParseErrorType, names: impl FnOnce() -> Names) -> Said {
    match error {
        ParseErrorType::VariableUndefined(name) => unknown_variable(name, &names()),
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
        ParseErrorType::DuplicatedProperty(name) => {
            (format!("the key `{name}` is there twice"), Some("keep one of them".to_owned()))
        }
        ParseErrorType::WrongDocComment => {
            let hint = "`///` belongs before a function; use `//` here, and `//!` for the script's description";
            (sentence(&error.to_string()), Some(hint.to_owned()))
        }
        ParseErrorType::ExprTooDeep => {
            let hint = "give a part of it a name with `let`, or make it a function";
            ("the expression nests too deeply".to_owned(), Some(hint.to_owned()))
        }
        other => (sentence(&other.to_string()), None),
    }
}

/// The message and the hint of an error of a running script. `before` stands before the error on its line.
pub fn run(error: &EvalAltResult, before: &str, names: impl FnOnce() -> Names) -> Said {
    match error {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => functions::unknown(signature, &names()),
        EvalAltResult::ErrorVariableNotFound(name, _) => unknown_variable(name, &names()),
        EvalAltResult::ErrorPropertyNotFound(name, _) => properties::missing(name, before),
        EvalAltResult::ErrorDotExpr(message, _) if !message.is_empty() => properties::unknown(message),
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
        other => (sentence(&other.to_string()), None),
    }
}

/// The text of a thrown value: a text as it is, a map's `message`.
fn text_of(value: &Dynamic) -> String {
    if let Some(message) = value.read_lock::<Map>().and_then(|map| map.get("message").cloned()) {
        return text_of(&message);
    }
    if value.is_unit() {
        return "the script threw an error without a message".to_owned();
    }
    // Rhai itself would print the name of a handle's type, as Rust has it
    printed(value).unwrap_or_else(|| value.to_string())
}

fn unknown_variable(name: &str, names: &Names) -> Said {
    let hint = match name {
        "args" => "`args` is known at the script's top level only: give the function what it needs as a parameter",
        _ if names.namespaces().any(|namespace| namespace == name) => {
            return (format!("`{name}` is a namespace, not a value"), Some(format!("write `{name}::…`")));
        }
        _ => "declare it with `let`, or check its name; functions do not see the variables outside of them",
    };
    (format!("there is no variable `{name}` here"), Some(hint.to_owned()))
}

/// Rhai's own message in the form of ours: without the place, which is shown, and without a capital letter.
fn sentence(text: &str) -> String {
    let text = text.rfind(" (line ").and_then(|at| text.get(..at)).unwrap_or(text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// Names in quotes, with commas.
fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
