//! Unknown keys in the options of our functions, where the map is written out at the call.

use crate::script::options::{TakesOptions, unknown_option};
use crate::script::report::Report;
use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};

/// The mistakes of one file. `table` lists the functions that take options.
pub fn check(file: &str, text: &str, ast: &AST, table: &[&[TakesOptions]]) -> Vec<Report> {
    // A function of the script by such a name takes what it likes.
    let own = |name: &str| ast.iter_functions().any(|function| function.name == name);
    let mut reports = Vec::new();
    ast.walk(&mut |path: &[ASTNode]| {
        let (call, method) = match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => (call, false),
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => (call, true),
            _ => return true,
        };
        let called = name(call, method);
        let takes = table.iter().copied().flatten().find(|takes| takes.function == called && !own(&call.name));
        if let (Some(takes), Some(Expr::Map(map, _))) = (takes, call.args.last()) {
            let known = (takes.keys)();
            for (key, _) in map.0.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
                let fault = unknown_option(&call.name, &key.name, known);
                reports.push(Report::new(fault.message).at(file, text, key.pos, "").hint(fault.hint));
            }
        }
        true
    });
    reports
}

/// `image::copy`, or `.deploy` for a method.
fn name(call: &FnCallExpr, method: bool) -> String {
    if method {
        return format!(".{}", call.name);
    }
    let namespace = call.namespace.path.iter().map(|part| part.name.as_str());
    namespace.chain([call.name.as_str()]).collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::engine::language;

    fn found(script: &str) -> Vec<String> {
        let table = [
            TakesOptions { function: ".deploy", keys: || &["image", "images"] },
            TakesOptions { function: "image::copy", keys: || &["to"] },
        ];
        let ast = language().compile(script).unwrap();
        let reports = check("release.rhai", script, &ast, &[&table]);
        reports.iter().map(|r| format!("{} {}", r.location().unwrap(), r.message)).collect()
    }

    #[test]
    fn unknown_keys_are_told_at_their_place() {
        assert_eq!(
            found("let x = 1;\nx.deploy(#{ images: 1,\n  imgae: 2 });\nimage::copy(1, #{ too: 1 });"),
            [
                "release.rhai:3:3 deploy: unknown option `imgae`; did you mean `image`?",
                "release.rhai:4:19 copy: unknown option `too`; did you mean `to`?",
            ]
        );
    }

    #[test]
    fn what_cannot_be_known_is_left_alone() {
        let none = Vec::<String>::new();
        assert_eq!(found("let m = #{ x: 1 }; let s = 1; s.deploy(m);"), none, "a map by name");
        assert_eq!(found("fn deploy(m) { m } 1.deploy(#{ x: 1 });"), none, "a function of the script");
        assert_eq!(found("other(#{ x: 1 }); 1.copy(#{ x: 1 });"), none, "other functions");
    }
}
