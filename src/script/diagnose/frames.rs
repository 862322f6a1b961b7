//! The calls between the script's first line and an error.

use crate::script::parallel::BRANCH;
use rhai::{EvalAltResult, Position};

/// One call on the way to an error.
pub struct Call {
    /// The file of the calling line.
    pub file: String,
    /// The calling line.
    pub position: Position,
    /// What stands there.
    pub label: String,
}

/// An error, taken out of the calls it came through.
pub struct Trace<'a> {
    /// The error itself.
    pub root: &'a EvalAltResult,
    /// The file it is in.
    pub file: String,
    /// Where in that file.
    pub position: Position,
    /// The calls, outermost first.
    pub calls: Vec<Call>,
}

/// Branches are counted from 0, as in the keys of their calls; people count items from 1.
fn item_of(branch: &str) -> String {
    branch.parse::<usize>().map_or_else(|_| String::new(), |index| format!(" (item {})", index.saturating_add(1)))
}

/// Walks from outside in. In Rhai's call errors the source is the callee's file, and the position is the caller's: so
/// the file of a position is what the step before it said.
pub fn trace<'a>(error: &'a EvalAltResult, entry: &str) -> Trace<'a> {
    let (mut file, mut calls, mut root) = (entry.to_owned(), Vec::new(), error);
    loop {
        match root {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                let label = match name.strip_prefix(BRANCH) {
                    Some(index) => format!("in branch {index}{}", item_of(index)),
                    None if name.starts_with("anon$") => "in this closure".to_owned(),
                    None => format!("in `{name}`"),
                };
                // A closure that a function calls for it has the place of that function's call, which is told already.
                let told = calls.last().is_some_and(|call: &Call| call.file == file && call.position == *position);
                let repeats = told && name.starts_with("anon$");
                if !position.is_none() && !repeats {
                    calls.push(Call { file: file.clone(), position: *position, label });
                }
                if !source.is_empty() {
                    file.clone_from(source);
                }
                root = inner;
            }
            EvalAltResult::ErrorInModule(name, inner, position) => {
                calls.push(Call {
                    file: file.clone(),
                    position: *position,
                    label: format!("while `{name}` is imported"),
                });
                file.clone_from(name);
                root = inner;
            }
            _ => return Trace { root, file, position: root.position(), calls },
        }
    }
}
