//! Calls of functions that are not there, or that take other arguments.

use crate::domain::nearest::nearest;
use crate::script::engine::closed;
use crate::script::library::{Address, Program};
use crate::script::names::{Function, Names};
use crate::script::report::Report;
use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};
use std::collections::BTreeMap;

/// The mistakes in the calls of one file.
pub fn check(file: &str, text: &str, ast: &AST, names: &Names, program: &Program) -> Vec<Report> {
    let imports = imports(file, ast, program);
    let mut reports = Vec::new();
    ast.walk(&mut |path: &[ASTNode]| {
        let found = match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, position)) | ASTNode::Stmt(Stmt::FnCall(call, position))) => {
                function(call, names, &imports).map(|said| (said, *position))
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, position))) => method(call, names).map(|said| (said, *position)),
            _ => None,
        };
        if let Some(((message, hint), position)) = found {
            reports.push(Report::new(message).at(file, text, position, "").hint(hint));
        }
        true
    });
    reports
}

type Said = (String, Option<String>);

/// The functions of the modules that a file imports, by the name it gives them.
type Imports<'a> = BTreeMap<String, Option<&'a AST>>;

fn imports<'a>(file: &str, ast: &AST, program: &'a Program) -> Imports<'a> {
    let mut imports = Imports::new();
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, _))) = path.last()
            && let Expr::StringConstant(written, _) = &import.0
        {
            let link = program.links.get(&(file.to_owned(), written.to_string()));
            let module = link.map(Address::id).and_then(|id| program.modules.get(id));
            imports.insert(import.1.name.to_string(), module);
        }
        true
    });
    imports
}

fn function(call: &FnCallExpr, names: &Names, imports: &Imports<'_>) -> Option<Said> {
    // Closures, currying and function pointers are called under names of Rhai's own.
    if call.is_operator_call() || call.name.starts_with("anon$") || is_keyword(&call.name) {
        return None;
    }
    let given = call.args.len();
    let namespace: Vec<&str> = call.namespace.path.iter().map(|part| part.name.as_str()).collect();
    if let [alias] = namespace.as_slice()
        && let Some(module) = imports.get(*alias)
    {
        return module.and_then(|module| imported(alias, call, module));
    }
    if namespace.first().is_some_and(|first| imports.contains_key(*first) || *first == "global") {
        return None;
    }
    if namespace.is_empty()
        && let Some(fault) = closed(&call.name)
    {
        return Some((fault.message, fault.hint));
    }
    let full = namespace.iter().copied().chain([call.name.as_str()]).collect::<Vec<_>>().join("::");
    judge(&full, names, |form| form.arity == given, given)
}

fn method(call: &FnCallExpr, names: &Names) -> Option<Said> {
    if is_keyword(&call.name) {
        return None;
    }
    // A script function may be called as a method with the object outside of its parameters.
    let given = call.args.len();
    judge(&call.name, names, |form| form.arity == given + 1 || (!form.ours && form.arity == given), given)
}

/// Message and hint where no form of `name` takes what it is given.
fn judge(name: &str, names: &Names, takes: impl Fn(&Function) -> bool, given: usize) -> Option<Said> {
    let forms = names.get(name);
    if forms.iter().any(takes) {
        return None;
    }
    if forms.is_empty() {
        let hint = names.suggest(name).map(|close| format!("did you mean {}?", quoted(&names.signatures(close))));
        return Some((format!("there is no function `{name}`"), hint));
    }
    let message = format!("`{name}` cannot be called with {}", count(given));
    Some((message, Some(format!("it takes {}", quoted(&names.signatures(name))))))
}

fn imported(alias: &str, call: &FnCallExpr, module: &AST) -> Option<Said> {
    let functions = || module.iter_functions().filter(|function| !function.name.starts_with("anon$"));
    let same: Vec<_> = functions().filter(|function| function.name == call.name.as_str()).collect();
    if same.iter().any(|function| function.params.len() == call.args.len()) {
        return None;
    }
    let signature = |name: &str, params: &[&str]| format!("`{alias}::{name}({})`", params.join(", "));
    if let Some(function) = same.first() {
        let hint = format!("it takes {}", signature(function.name, &function.params));
        return Some((
            format!("`{alias}::{}` cannot be called with {}", call.name, count(call.args.len())),
            Some(hint),
        ));
    }
    let close = nearest(&call.name, functions().map(|function| function.name));
    let found = close.and_then(|close| functions().find(|function| function.name == close));
    let hint = found.map(|function| format!("did you mean {}?", signature(function.name, &function.params)));
    Some((format!("the module `{alias}` has no function `{}`", call.name), hint))
}

/// What Rhai calls by a name that is no registered function.
fn is_keyword(name: &str) -> bool {
    matches!(name, "call" | "curry" | "Fn" | "is_shared" | "is_def_var" | "is_def_fn" | "type_of" | "print" | "debug")
}

fn count(given: usize) -> String {
    match given {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

fn quoted(signatures: &[&str]) -> String {
    signatures.iter().map(|signature| format!("`{signature}`")).collect::<Vec<_>>().join(", ")
}
