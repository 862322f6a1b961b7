//! `const ARGS`: the arguments that a script declares, read without running it, and their values.

mod declared;
mod kind;
mod literal;
mod values;

pub use declared::read;
pub use kind::Kind;
pub use values::parse_values;

use rhai::Position;
use serde_json::Value;

/// What a script says of itself.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Its `//!` lines, without the marks.
    pub description: String,
    /// Its arguments, in the order they are written in.
    pub list: Vec<Argument>,
}

/// One argument of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its key in `args`: `on_failure`.
    pub name: String,
    /// Its flag without the dashes: `on-failure`.
    pub flag: String,
    /// What it is for; empty where the script does not say.
    pub help: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// Its value where it is not given.
    pub value: Option<Value>,
    /// What may be given, for a choice.
    pub choices: Vec<String>,
    /// Where it is declared.
    pub position: Position,
}
