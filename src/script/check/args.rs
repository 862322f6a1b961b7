//! Arguments that a script reads and does not declare.

use crate::domain::nearest::nearest;
use crate::script::arguments::Argument;
use crate::script::library::Program;
use crate::script::report::Report;
use rhai::{ASTNode, Expr, Position, Stmt};

/// The mistakes of the script itself: its modules do not see `args`.
pub fn check(program: &Program, declared: &[Argument]) -> Vec<Report> {
    let (mut read, mut own) = (Vec::new(), false);
    program.ast.walk(&mut |path: &[ASTNode]| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Dot(access, ..))) if is_args(&access.lhs) => read.extend(property(&access.rhs)),
            Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => own |= variable.0.name == "args",
            _ => {}
        }
        true
    });
    // A variable of the script's own by that name has what the script puts into it.
    read.retain(|(name, _)| !own && !declared.iter().any(|argument| argument.name == *name));
    let known = || declared.iter().map(|argument| argument.name.as_str());
    let report = |(name, position): (String, Position)| {
        let hint = match nearest(&name, known()) {
            Some(close) => format!("did you mean `args.{close}`?"),
            None => format!("declare it: `const ARGS = #{{ {name}: #{{ help: \"…\" }} }};`"),
        };
        let message = format!("the script has no argument `{name}`");
        Report::new(message).at(&program.entry, program.text(&program.entry), position, "").hint(hint)
    };
    read.into_iter().map(report).collect()
}

fn is_args(expression: &Expr) -> bool {
    matches!(expression, Expr::Variable(name, ..) if name.1 == "args" && name.2.path.is_empty())
}

/// The property that is read first, in `args.PROPERTY`, `args.PROPERTY.len()` or `args.PROPERTY[0]`.
fn property(right: &Expr) -> Option<(String, Position)> {
    match right {
        Expr::Property(name, position) => Some((name.2.to_string(), *position)),
        Expr::Dot(inner, ..) | Expr::Index(inner, ..) => property(&inner.lhs),
        _ => None,
    }
}
