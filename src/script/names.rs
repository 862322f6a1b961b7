//! The functions there are: those of Rhai and gantry, by the engine's metadata, and those of a script.

use super::library::Program;
use crate::domain::nearest::nearest;
use rhai::{AST, Engine};
use serde_json::Value;
use std::collections::BTreeMap;

/// One function, in one of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// `image::parse(text)`, `.with_tag(tag)`.
    pub signature: String,
    /// How many arguments it takes, the object of a method included.
    pub arity: usize,
    /// Whether it can be called as a method.
    pub method: bool,
    /// Its documentation, without comment marks.
    pub doc: String,
    /// Whether it is gantry's own: Rhai's built-in functions are not.
    pub ours: bool,
}

/// All functions, by their name with its namespace (`ecs::service`).
#[derive(Clone, Debug, Default)]
pub struct Names {
    functions: BTreeMap<String, Vec<Function>>,
    namespaces: Vec<String>,
}

impl Names {
    /// What `engine` knows.
    pub fn of(engine: &Engine) -> Self {
        let mut names = Self::default();
        let parse = |standard| -> Value {
            let json = engine.gen_fn_metadata_to_json(standard).unwrap_or_default();
            serde_json::from_str(&json).unwrap_or_default()
        };
        names.collect(&parse(false), "", true);
        // The second pass has ours again, which `add` leaves out.
        names.collect(&parse(true), "", false);
        names
    }

    /// The same, with the functions that the script itself and its modules define.
    #[must_use]
    pub fn with(self, program: &Program) -> Self {
        program.files().fold(self, |names, (_, ast)| names.with_functions(ast))
    }

    /// The same, with the functions that one file defines.
    #[must_use]
    pub fn with_functions(mut self, ast: &AST) -> Self {
        for function in ast.iter_functions().filter(|function| !function.name.starts_with("anon$")) {
            let method = function.this_type.is_some();
            self.add(
                function.name,
                Function {
                    signature: format!(
                        "{}{}({})",
                        if method { "." } else { "" },
                        function.name,
                        function.params.join(", ")
                    ),
                    arity: function.params.len() + usize::from(method),
                    method,
                    doc: String::new(),
                    ours: false,
                },
            );
        }
        self
    }

    /// The forms of a function; none where there is no such name.
    pub fn get(&self, name: &str) -> &[Function] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every name with its forms, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Function])> {
        self.functions.iter().map(|(name, forms)| (name.as_str(), forms.as_slice()))
    }

    /// The namespaces: `ecs`, `image`.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str)
    }

    /// What was probably meant by an unknown name: a near one, or the same one in a namespace.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        let known = || self.functions.keys().map(String::as_str).filter(|known| is_callable(known));
        let last = name.rsplit("::").next().unwrap_or(name);
        // Among so many names, something is near to every very short one.
        let close = |name: &str| (name.chars().count() > 2).then(|| nearest(name, known())).flatten();
        let namespaced = || known().find(|known| known.rsplit("::").next() == Some(last));
        close(name).or_else(namespaced).or_else(|| close(last))
    }

    /// The signatures of a name, each once.
    pub fn signatures(&self, name: &str) -> Vec<&str> {
        let mut all: Vec<&str> = self.get(name).iter().map(|form| form.signature.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn collect(&mut self, module: &Value, namespace: &str, ours: bool) {
        for function in module.get("functions").and_then(Value::as_array).into_iter().flatten() {
            let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
            let global = namespace.is_empty() || function.get("namespace").and_then(Value::as_str) == Some("global");
            let params = params(function);
            let (full, signature) = if global {
                (name.to_owned(), method_signature(name, &params, !namespace.is_empty() || changes_its_first(function)))
            } else {
                (format!("{namespace}{name}"), format!("{namespace}{name}({})", params.join(", ")))
            };
            self.add(&full, Function { signature, arity: params.len(), method: global, doc: doc(function), ours });
        }
        for (name, inner) in module.get("modules").and_then(Value::as_object).into_iter().flatten() {
            if ours {
                self.namespaces.push(format!("{namespace}{name}"));
            }
            self.collect(inner, &format!("{namespace}{name}::"), ours);
        }
    }

    fn add(&mut self, name: &str, function: Function) {
        let forms = self.functions.entry(name.to_owned()).or_default();
        if !forms.iter().any(|form| form.signature == function.signature && form.arity == function.arity) {
            forms.push(function);
        }
    }
}

/// Operators and accessors are functions too, but nobody mistypes them.
fn is_callable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !name.contains('$')
}

/// The names of the parameters, or their types where Rust did not keep the names.
fn params(function: &Value) -> Vec<String> {
    let count = function.get("numParams").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let listed = function.get("params").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let shown = |param: Option<&Value>| {
        let text = |key| param.and_then(|param| param.get(key)).and_then(Value::as_str);
        text("name").or_else(|| text("type")).unwrap_or("value").to_owned()
    };
    (0..count).map(|at| shown(listed.get(at))).collect()
}

/// Whether the first argument is an object: functions of the global namespace that are methods all the same.
fn changes_its_first(function: &Value) -> bool {
    let first = function.get("params").and_then(|params| params.get(0)).and_then(|param| param.get("type"));
    first.and_then(Value::as_str).is_some_and(|name| name.starts_with("&mut "))
}

fn method_signature(name: &str, params: &[String], method: bool) -> String {
    match params.split_first() {
        Some((_, rest)) if method => format!(".{name}({})", rest.join(", ")),
        _ => format!("{name}({})", params.join(", ")),
    }
}

fn doc(function: &Value) -> String {
    let comments = function.get("docComments").and_then(Value::as_array).into_iter().flatten();
    let lines = comments.filter_map(Value::as_str).flat_map(str::lines);
    let bare =
        lines.map(|line| line.trim_start_matches("///").strip_prefix(' ').unwrap_or(line.trim_start_matches("///")));
    bare.collect::<Vec<_>>().join("\n")
}
