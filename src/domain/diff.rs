//! What differs between two JSON documents, member by member.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(test)]
mod tests;

/// One place where two documents differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where: `containerDefinitions[app].image`. Elements of a list that have a name are found by it, others by index.
    pub path: String,
    /// What was there, `None` where nothing was.
    pub before: Option<Value>,
    /// What is there now, `None` where nothing is.
    pub after: Option<Value>,
}

/// What a kind of document knows about its own values.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The name by which an element of the list with this member name is known, if its order means nothing.
    pub identity: fn(list: &str, element: &Value) -> Option<String>,
    /// Whether two values of the member with this name are the same, although they may be written differently.
    pub equal: fn(member: &str, before: &Value, after: &Value) -> bool,
}

impl Rules {
    /// Nothing is known: lists are ordered, and values equal themselves alone.
    pub const PLAIN: Self = Self { identity: |_, _| None, equal: |_, before, after| before == after };
}

/// Every difference, in the order of `before`'s members, then those that only `after` has.
pub fn differences(before: &Value, after: &Value, rules: &Rules) -> Vec<Difference> {
    let mut walk = Walk { rules, found: Vec::new() };
    walk.values("", "", Some(before), Some(after));
    walk.found
}

struct Walk<'r> {
    rules: &'r Rules,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn values(&mut self, path: &str, member: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.objects(path, before, after);
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => {
                self.lists(path, member, before, after);
            }
            (Some(before), Some(after)) if (self.rules.equal)(member, before, after) => {}
            (None, None) => {}
            (before, after) => {
                self.found.push(Difference { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
            }
        }
    }

    fn objects(&mut self, path: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (key, value) in before {
            self.values(&member_path(path, key), key, Some(value), after.get(key));
        }
        for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            self.values(&member_path(path, key), key, None, Some(value));
        }
    }

    fn lists(&mut self, path: &str, member: &str, before: &[Value], after: &[Value]) {
        if let (Some(old), Some(new)) = (self.named(member, before), self.named(member, after)) {
            for (name, value) in &old {
                let other = new.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
                self.values(&format!("{path}[{name}]"), "", Some(value), other);
            }
            for (name, value) in new.iter().filter(|(name, _)| old.iter().all(|(other, _)| other != name)) {
                self.values(&format!("{path}[{name}]"), "", None, Some(value));
            }
        } else if before.len() == after.len() {
            for (at, (old, new)) in before.iter().zip(after).enumerate() {
                self.values(&format!("{path}[{at}]"), "", Some(old), Some(new));
            }
        } else {
            let list = |values: &[Value]| Some(Value::Array(values.to_vec()));
            self.found.push(Difference { path: path.to_owned(), before: list(before), after: list(after) });
        }
    }

    /// The elements by name, if each has one and no two the same.
    fn named<'v>(&self, member: &str, values: &'v [Value]) -> Option<Vec<(String, &'v Value)>> {
        let mut named: Vec<(String, &Value)> = Vec::with_capacity(values.len());
        for value in values {
            let name = (self.rules.identity)(member, value)?;
            if named.iter().any(|(other, _)| *other == name) {
                return None;
            }
            named.push((name, value));
        }
        Some(named)
    }
}

fn member_path(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key:?}]"),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, before, after } = self;
        match (before, after) {
            (Some(before), Some(after)) => {
                write!(f, "{path}: {} → {}", shown(before), shown(after))
            }
            (None, Some(after)) => write!(f, "{path}: added {}", shown(after)),
            (Some(before), None) => write!(f, "{path}: removed (was {})", shown(before)),
            (None, None) => write!(f, "{path}: nothing"),
        }
    }
}

/// A value on one line, without quotes where it needs none.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            text.clone()
        }
        other => other.to_string(),
    }
}
