//! From what was given on the command line to the script's `args`.

use super::{Argument, Kind, kind};
use crate::domain::nearest::nearest;
use crate::effects::fault::Fault;
use rhai::{Array, Dynamic, Map};
use serde_json::Value;
use std::collections::BTreeMap;

/// The map `args`: for each argument what was given (by its name, in order), or its declared value, or `()`, `false`,
/// `[]` or `#{}`. Images, durations and times stay texts, checked.
///
/// # Errors
/// Every mistake, as usage faults that name the flag: missing, given twice, not of its kind, not declared.
pub fn parse_values(arguments: &[Argument], given: &BTreeMap<String, Vec<String>>) -> Result<Map, Vec<Fault>> {
    let mut faults: Vec<Fault> = given.keys().filter_map(|name| undeclared(arguments, name)).collect();
    let mut map = Map::new();
    for argument in arguments {
        match value(argument, given.get(&argument.name).map(Vec::as_slice)) {
            Ok(value) => {
                map.insert(argument.name.as_str().into(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(map) } else { Err(faults) }
}

fn undeclared(arguments: &[Argument], name: &str) -> Option<Fault> {
    let known = || arguments.iter().map(|argument| argument.name.as_str());
    if known().any(|known| known == name) {
        return None;
    }
    let fault = Fault::usage(format!("the script has no argument `{name}`"));
    Some(match nearest(name, known()) {
        Some(close) => fault.hint(format!("did you mean `{close}`?")),
        None if arguments.is_empty() => fault.hint("it declares none"),
        None => fault.hint(format!("it has: {}", known().collect::<Vec<_>>().join(", "))),
    })
}

fn value(argument: &Argument, given: Option<&[String]>) -> Result<Dynamic, Fault> {
    let flag = &argument.flag;
    match (argument.kind, given) {
        (_, None) => absent(argument),
        (Kind::List, Some(texts)) => Ok(texts.iter().cloned().map(Dynamic::from).collect::<Array>().into()),
        (Kind::Map, Some(texts)) => entries(argument, texts),
        (Kind::Flag, Some([])) => Ok(true.into()),
        (Kind::Text, Some([text])) if text.is_empty() && argument.required => {
            Err(Fault::usage(format!("--{flag} is empty")).hint("give it a value"))
        }
        (_, Some([text])) => kind::check(argument, text),
        (_, Some([])) => Err(Fault::usage(format!("--{flag} has no value"))),
        (_, Some(_)) => Err(Fault::usage(format!("--{flag} is given more than once"))),
    }
}

fn entries(argument: &Argument, texts: &[String]) -> Result<Dynamic, Fault> {
    let mut map = Map::new();
    for text in texts {
        let value = kind::check(argument, text)?;
        let key = text.split_once('=').map_or("", |(key, _)| key);
        if map.insert(key.into(), value).is_some() {
            return Err(Fault::usage(format!("--{}: `{key}` is given more than once", argument.flag)));
        }
    }
    Ok(map.into())
}

fn absent(argument: &Argument) -> Result<Dynamic, Fault> {
    if let Some(value) = &argument.value {
        return Ok(plain(value));
    }
    if argument.required {
        let about = if argument.help.is_empty() { String::new() } else { format!(": {}", argument.help) };
        let fault = Fault::usage(format!("--{} is missing{about}", argument.flag));
        return Err(fault.hint(format!("add `--{}{}`", argument.flag, placeholder(argument))));
    }
    Ok(match argument.kind {
        Kind::Flag => false.into(),
        Kind::List => Array::new().into(),
        Kind::Map => Map::new().into(),
        _ => Dynamic::UNIT,
    })
}

fn placeholder(argument: &Argument) -> String {
    match argument.kind {
        Kind::Flag => String::new(),
        Kind::Image => " REFERENCE".to_owned(),
        Kind::Map => " KEY=VALUE".to_owned(),
        Kind::Choice => format!(" {}", argument.choices.join("|")),
        other => format!(" {}", other.name().to_uppercase()),
    }
}

/// A declared value as Rhai's own: its kinds are few and small.
fn plain(value: &Value) -> Dynamic {
    match value {
        Value::Array(items) => items.iter().map(plain).collect::<Array>().into(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.as_str().into(), plain(value))).collect::<Map>().into()
        }
        scalar => crate::script::json::to_dynamic(scalar.clone()),
    }
}
