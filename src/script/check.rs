//! Finds mistakes without running anything: unknown functions, wrong arguments, and what Rhai would do silently.

mod args;
mod calls;
mod closures;
mod options;
mod shadows;

use super::arguments;
use super::bindings::OPTIONS;
use super::engine::language;
use super::library::Program;
use super::names::Names;
use super::report::Report;
use super::thread::on_big_stack;

/// The mistakes and warnings of a loaded script and of the project's modules it imports, in the order of their places.
///
/// `reserved` are the names of gantry's own flags. Mistakes in imports and in the syntax are those of
/// [`super::library::Library::load`].
pub fn check(program: &Program, reserved: &[&str]) -> Vec<Report> {
    let look = || {
        let engine = language();
        let own = Names::of(&engine);
        let mut reports = match arguments::read(program, reserved) {
            Ok(declared) => args::check(program, &declared.list),
            Err(mistakes) => mistakes,
        };
        for (file, ast) in program.files() {
            let text = program.text(file);
            let names = own.clone().with_functions(ast);
            reports.extend(calls::check(file, text, ast, &names, program));
            reports.extend(options::check(file, text, ast, OPTIONS));
            reports.extend(closures::check(file, text, ast));
            reports.extend(shadows::check(file, text, ast, &own));
        }
        reports.sort_by_key(|report| {
            let place = report.place.as_ref();
            place.map(|place| (place.file != program.entry, place.file.clone(), place.line, place.column))
        });
        reports
    };
    // A walk recurses as deeply as the script nests.
    on_big_stack(look).unwrap_or_else(|broken| vec![Report::new(format!("the script could not be checked: {broken}"))])
}
