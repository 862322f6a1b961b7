//! Closures that capture the variable of a loop: it is one variable for all of them, so all see its last value.

use crate::script::report::Report;
use rhai::{AST, ASTNode, Ident, Stmt};

/// The warnings of one file.
pub fn check(file: &str, text: &str, ast: &AST) -> Vec<Report> {
    let mut reports = Vec::new();
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some((ASTNode::Stmt(Stmt::Share(captured)), around)) = path.split_last() {
            for (name, _) in captured.iter().filter(|(name, _)| is_loop_variable(name, around)) {
                let message = format!("the closure captures `{}`, which all turns of the loop share", name.name);
                let hint = "every closure will see its last value: write `list.map(|item| …)`, or call it in this turn";
                let report = Report::new(message).at(file, text, name.pos, "captured here");
                reports.push(report.hint(hint.to_owned()).warning());
            }
        }
        true
    });
    reports
}

fn is_loop_variable(name: &Ident, around: &[ASTNode]) -> bool {
    around.iter().any(|node| match node {
        ASTNode::Stmt(Stmt::For(parts, _)) => {
            parts.0.name == name.name || parts.1.as_ref().is_some_and(|counter| counter.name == name.name)
        }
        _ => false,
    })
}
