//! Functions of a script that take the place of a method of gantry's handles.

use crate::script::names::Names;
use crate::script::report::Report;
use rhai::{AST, Position};

/// The warnings of one file.
pub fn check(file: &str, text: &str, ast: &AST, own: &Names) -> Vec<Report> {
    let functions = ast.iter_functions().filter(|function| function.this_type.is_none());
    let shadows = functions.filter_map(|function| {
        let given = function.params.len();
        // Called as a method, the object is not among a script function's parameters; functions that are not called
        // as methods are the ones of the global namespace with a page of their own.
        let mut ours = own.get(function.name).iter().filter(|form| form.ours && form.method);
        let shadowed = ours.find(|form| {
            let function = !form.signature.starts_with('.') && !form.doc.is_empty();
            form.arity == given + 1 || (function && form.arity == given)
        })?;
        let message = format!("the function `{}` takes the place of `{}`", function.name, shadowed.signature);
        let position = declared_at(text, function.name);
        let report = Report::new(message).at(file, text, position, "declared here");
        Some(report.hint("give it another name".to_owned()).warning())
    });
    shadows.collect()
}

/// Rhai does not keep where a function is declared: the first `fn NAME` of the text.
fn declared_at(text: &str, name: &str) -> Position {
    let found = text.lines().enumerate().find_map(|(number, line)| {
        let (before, after) = line.split_once("fn ")?;
        let after = after.trim_start();
        let rest = after.strip_prefix(name)?;
        let column = line.len() - after.len();
        let column = line.get(..column).map_or(0, |part| part.chars().count());
        let plain = before.trim().is_empty() || before.trim() == "private";
        (plain && rest.trim_start().starts_with('(')).then_some((number + 1, column + 1))
    });
    let fits = found.and_then(|(line, column)| Some((u16::try_from(line).ok()?, u16::try_from(column).ok()?)));
    fits.map_or(Position::NONE, |(line, column)| Position::new(line, column))
}
