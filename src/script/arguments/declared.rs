//! Reads `const ARGS` out of a compiled script.
//!
//! Rhai's own reader drops the whole literal when one value in it is computed; here every mistake is told at its place.

use super::literal::literal;
use super::{Argument, Arguments, Kind, kind};
use crate::domain::nearest::nearest;
use crate::script::library::Program;
use crate::script::report::Report;
use rhai::{ASTFlags, Engine, Expr, Ident, Position, Stmt};
use serde_json::Value;

/// The keys that the declaration of an argument may have.
pub const KEYS: [&str; 5] = ["help", "kind", "required", "value", "choices"];

/// What the script says of itself. `reserved` are the names of gantry's own flags.
///
/// # Errors
/// All mistakes in the declaration, each at its own place.
pub fn read(program: &Program, reserved: &[&str]) -> Result<Arguments, Vec<Report>> {
    let mut reader = Reader { program, reserved, mistakes: Vec::new() };
    let list = reader.find().map(|map| reader.arguments(map)).unwrap_or_default();
    if reader.mistakes.is_empty() {
        Ok(Arguments { description: description(program.ast.doc()), list })
    } else {
        Err(reader.mistakes)
    }
}

fn description(doc: &str) -> String {
    let lines = doc.lines().map(|line| line.trim_start().trim_start_matches("//!").trim());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

struct Reader<'a> {
    program: &'a Program,
    reserved: &'a [&'a str],
    mistakes: Vec<Report>,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, position: Position, message: impl Into<String>, hint: impl Into<String>) {
        let (file, hint) = (&self.program.entry, hint.into());
        let hint = (!hint.is_empty()).then_some(hint);
        self.mistakes.push(Report::new(message).at(file, self.program.text(file), position, "").hint(hint));
    }

    /// The declared map, if there is one.
    fn find(&mut self) -> Option<&'a [(Ident, Expr)]> {
        let mut found = None;
        for statement in self.program.ast.statements() {
            let Stmt::Var(var, flags, position) = statement else { continue };
            if var.0.name != "ARGS" {
                continue;
            }
            if found.is_some() {
                self.wrong(*position, "ARGS is declared twice", "keep one of them");
            } else if !flags.intersects(ASTFlags::CONSTANT) {
                self.wrong(*position, "ARGS is read before the script runs", "write `const ARGS = #{ … };`");
            } else if let Expr::Map(map, _) = &var.1 {
                found = Some(map.0.as_slice());
            } else {
                let hint = "write `const ARGS = #{ name: #{ help: \"…\" } };`";
                self.wrong(var.1.start_position().or_else(*position), "ARGS is not a map that is written out", hint);
            }
        }
        found
    }

    fn arguments(&mut self, map: &[(Ident, Expr)]) -> Vec<Argument> {
        let mut list: Vec<Argument> = Vec::new();
        for (name, specification) in map {
            if list.iter().any(|known| known.name == name.name.as_str()) {
                self.wrong(name.pos, format!("the argument `{}` is declared twice", name.name), "keep one of them");
                continue;
            }
            if !self.name_is_good(name) {
                continue;
            }
            match specification {
                Expr::Map(keys, _) => list.extend(self.argument(name, keys.0.as_slice())),
                other => {
                    let hint = format!("write `{}: #{{ help: \"…\", value: … }}`", name.name);
                    let message = format!("the declaration of `{}` is not a map that is written out", name.name);
                    self.wrong(other.start_position().or_else(name.pos), message, hint);
                }
            }
        }
        list
    }

    fn name_is_good(&mut self, name: &Ident) -> bool {
        let text = name.name.as_str();
        let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !letters || !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let hint = "a name has letters, digits and `_`, and starts with a letter; `_` becomes `-` in the flag";
            self.wrong(name.pos, format!("`{text}` cannot be the name of an argument"), hint);
            return false;
        }
        if Engine::new_raw().compile(format!("x.{text}")).is_err() {
            let hint = format!("`args.{text}` could not be written: choose another name");
            self.wrong(name.pos, format!("`{text}` is a word that Rhai keeps for itself"), hint);
            return false;
        }
        let flag = flag(text);
        if self.reserved.contains(&flag.as_str()) {
            self.wrong(name.pos, format!("`--{flag}` is a flag of gantry itself"), "choose another name");
            return false;
        }
        true
    }

    /// One argument; `None` after a mistake.
    fn argument(&mut self, name: &Ident, keys: &[(Ident, Expr)]) -> Option<Argument> {
        let before = self.mistakes.len();
        let mut argument = Argument {
            name: name.name.to_string(),
            flag: flag(&name.name),
            help: String::new(),
            kind: Kind::Text,
            required: false,
            value: None,
            choices: Vec::new(),
            position: name.pos,
        };
        let (mut kind, mut value_at) = (None, name.pos);
        for (at, (key, expression)) in keys.iter().enumerate() {
            let place = expression.start_position().or_else(key.pos);
            if keys.iter().take(at).any(|(earlier, _)| earlier.name == key.name) {
                self.wrong(key.pos, format!("`{}` is written twice", key.name), "keep one of them");
                continue;
            }
            let value = match literal(expression) {
                Ok(value) => value,
                Err(computed) => {
                    let hint = "ARGS is read before the script runs: write the value out";
                    self.wrong(computed.or_else(place), format!("`{}` of `{}` is computed", key.name, name.name), hint);
                    continue;
                }
            };
            match (key.name.as_str(), value) {
                ("help", Value::String(help)) => argument.help = help,
                ("kind", Value::String(text)) => match Kind::named(&text) {
                    Some(known) => kind = Some(known),
                    None => self.unknown_kind(place, &text),
                },
                ("required", Value::Bool(required)) => argument.required = required,
                ("value", value) => (argument.value, value_at) = (Some(value), place),
                ("choices", Value::Array(choices)) => self.choices(&mut argument, place, &choices),
                ("help" | "kind" | "required" | "choices", other) => {
                    self.wrong(place, format!("`{}` cannot be {other}", key.name), wanted(&key.name));
                }
                (unknown, _) => self.unknown_key(key.pos, unknown),
            }
        }
        argument.kind = kind.unwrap_or_else(|| default_kind(&argument));
        if self.mistakes.len() == before {
            self.fits(&argument, value_at);
        }
        (self.mistakes.len() == before).then_some(argument)
    }

    fn unknown_kind(&mut self, place: Position, text: &str) {
        let names = Kind::ALL.map(Kind::name);
        let close = nearest(text, names).map(|close| format!("did you mean `{close}`? "));
        let hint = format!("{}the kinds are: {}", close.unwrap_or_default(), names.join(", "));
        self.wrong(place, format!("there is no kind `{text}`"), hint);
    }

    fn unknown_key(&mut self, place: Position, key: &str) {
        let close = nearest(key, KEYS).map(|close| format!("did you mean `{close}`? "));
        let hint = format!("{}an argument has: {}", close.unwrap_or_default(), KEYS.join(", "));
        self.wrong(place, format!("an argument has no `{key}`"), hint);
    }

    fn choices(&mut self, argument: &mut Argument, place: Position, choices: &[Value]) {
        for choice in choices {
            match choice {
                Value::String(choice) if !argument.choices.contains(choice) => argument.choices.push(choice.clone()),
                Value::String(choice) => self.wrong(place, format!("the choice `{choice}` is there twice"), ""),
                other => self.wrong(place, format!("the choice {other} is not a text"), "write it in quotes"),
            }
        }
    }

    /// Whether the keys of one declaration go together.
    fn fits(&mut self, argument: &Argument, value_at: Position) {
        let (name, place) = (&argument.name, argument.position);
        match (argument.kind, argument.choices.is_empty()) {
            (Kind::Choice, true) => {
                self.wrong(place, format!("the choice `{name}` has no choices"), "add `choices: [\"…\"]`");
            }
            (Kind::Choice, false) | (_, true) => {}
            (kind, false) => {
                let message = format!("`{name}` has choices, and is of the kind {}", kind.name());
                self.wrong(place, message, "write `kind: \"choice\"`, or leave the choices out");
            }
        }
        match &argument.value {
            Some(_) if argument.required => {
                let message = format!("`{name}` must be given, and has a value for when it is not");
                self.wrong(value_at, message, "leave out `required` or `value`");
            }
            Some(value) => {
                if let Err((message, hint)) = value_fits(argument, value) {
                    self.wrong(value_at, format!("the value of `{name}` does not fit: {message}"), hint);
                }
            }
            None if argument.required && argument.kind == Kind::Flag => {
                self.wrong(place, format!("the flag `{name}` cannot be required"), "leave out `required`: it is false");
            }
            None => {}
        }
    }
}

fn flag(name: &str) -> String {
    name.replace('_', "-")
}

fn wanted(key: &str) -> &'static str {
    match key {
        "required" => "write true or false",
        "choices" => "write a list of texts",
        _ => "write a text",
    }
}

fn default_kind(argument: &Argument) -> Kind {
    match &argument.value {
        _ if !argument.choices.is_empty() => Kind::Choice,
        Some(Value::Bool(_)) => Kind::Flag,
        Some(Value::Number(_)) => Kind::Integer,
        Some(Value::Array(_)) => Kind::List,
        Some(Value::Object(_)) => Kind::Map,
        _ => Kind::Text,
    }
}

/// Whether a declared value is one that could be given; message and hint where it is not.
fn value_fits(argument: &Argument, value: &Value) -> Result<(), (String, String)> {
    let is_text = |value: &Value| match value {
        Value::String(_) => Ok(()),
        other => Err((format!("{other} is not a text"), "write it in quotes".to_owned())),
    };
    match (argument.kind, value) {
        (_, Value::Null) => Err(("() is no value".to_owned(), "leave `value` out: it is () then".to_owned())),
        (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(()),
        (Kind::Integer, other) => Err((format!("{other} is not a whole number"), String::new())),
        (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Flag, other) => Err((format!("{other} is neither true nor false"), String::new())),
        (Kind::List, Value::Array(items)) => items.iter().try_for_each(is_text),
        (Kind::Map, Value::Object(entries)) => entries.values().try_for_each(is_text),
        (Kind::List, other) => Err((format!("{other} is not a list"), "write it in brackets".to_owned())),
        (Kind::Map, other) => Err((format!("{other} is not a map"), "write `#{ key: \"…\" }`".to_owned())),
        (_, Value::String(text)) => match kind::check(argument, text) {
            Ok(_) => Ok(()),
            Err(fault) => Err((fault.message, fault.hint.unwrap_or_default())),
        },
        (_, other) => is_text(other),
    }
}
