//! What is found without running anything.

use super::*;
use crate::script::check::check;

/// Each report as `line:column message`, warnings marked.
fn found(stage: &Stage) -> Vec<String> {
    let program = stage.load().unwrap_or_else(|report| panic!("{report}"));
    let line = |report: &Report| {
        let mark = if report.severity == miette::Severity::Warning { "warning: " } else { "" };
        format!("{} {mark}{}", report.location().unwrap_or_default(), report.message)
    };
    let reports = check(&program, &["output"]);
    assert_eq!(stage.calls(), [], "nothing runs");
    reports.iter().map(line).collect()
}

fn hint(script: &str) -> String {
    let reports = check(&stage(script).load().unwrap(), &[]);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports[0].hint.clone().unwrap_or_default()
}

#[test]
fn a_good_script_has_nothing() {
    let script = "
        //! Good.
        import \"lib/a\" as a;
        const ARGS = #{ image: #{ kind: \"image\" } };
        fn half(x) { x + 1 }
        let td = taskdef::from(#{ family: \"web\" });
        td.set_cpu(512);
        td.set_cpu(\"app\", 1);
        let list = [1, 2].map(|n| half(n)).filter(|n| n > 1);
        let f = |x| x * 2;
        for n in list { print(`${n} ${f.call(n)} ${type_of(n)} ${1.half()}`); }
        let m = #{ a: 1 };
        m.get(\"a\") ?? 2;
        image::parse(\"redis\").with_tag(\"7\").to_string().len();
        if is_def_fn(\"half\", 1) { a::one(); }
        try { throw 1 } catch (e) { log::info(e.message); }
        dir(\"x\").paths();";
    assert_eq!(
        found(&stage(script).file("lib/a.rhai", "fn one() { inner() } private fn inner() { 1 }")),
        Vec::<String>::new()
    );
}

#[test]
fn unknown_functions_are_found_wherever_they_are_called() {
    let script = "fn a() {\n  image::prase(\"x\");\n}\n[1].map(|x| unknwn(x));\nlet s = `${bogus(1)}`;\nif false { dri(\"x\"); }\nimage::parse(\"x\").with_tga(\"y\");";
    assert_eq!(
        found(&stage(script)),
        [
            "release.rhai:2:10 there is no function `image::prase`",
            "release.rhai:4:13 there is no function `unknwn`",
            "release.rhai:5:12 there is no function `bogus`",
            "release.rhai:6:12 there is no function `dri`",
            "release.rhai:7:19 there is no function `with_tga`",
        ]
    );
    assert_eq!(hint("image::prase(\"x\");"), "did you mean `image::parse(text)`?");
    assert_eq!(hint("parse(\"x\");"), "did you mean `image::parse(text)`?");
}

#[test]
fn wrong_numbers_of_arguments_are_found() {
    assert_eq!(
        found(&stage("fn a(x) { x } a(); image::parse(); image::parse(\"x\").with_tag();")),
        [
            "release.rhai:1:15 `a` cannot be called with no arguments",
            "release.rhai:1:27 `image::parse` cannot be called with no arguments",
            "release.rhai:1:54 `with_tag` cannot be called with no arguments",
        ]
    );
    assert_eq!(hint("fn a(x) { x } a();"), "it takes `a(x)`");
}

#[test]
fn calls_into_modules_are_checked_and_modules_themselves() {
    let stage = stage("import \"lib/a\" as a;\na::releese(1);\na::release();\na::release(1);")
        .file("lib/a.rhai", "fn release(x) {\n  nope()\n}");
    assert_eq!(
        found(&stage),
        [
            "release.rhai:2:4 the module `a` has no function `releese`",
            "release.rhai:3:4 `a::release` cannot be called with no arguments",
            "lib/a.rhai:2:3 there is no function `nope`",
        ]
    );
}

#[test]
fn trap_script_functions_shadow_methods() {
    assert_eq!(
        found(&stage("fn other() { 1 }\nfn with_tag(tag) { tag }\nother();")),
        ["release.rhai:2:4 warning: the function `with_tag` takes the place of `.with_tag(tag)`"]
    );
    assert_eq!(found(&stage("fn dir(path) { path }")).len(), 1);
    assert_eq!(found(&stage("fn text(content) { content }")).len(), 1);
    assert_eq!(found(&stage("fn paths(tree) { tree } fn get(a, b) { a + b } fn now() { 1 }")), Vec::<String>::new());
    // It does: the method is not called any more.
    assert_eq!(value("fn with_tag(tag) { \"shadowed\" } image::parse(\"redis\").with_tag(\"7\")"), "\"shadowed\"");
}

#[test]
fn trap_a_loop_variable_is_one_for_all_closures() {
    let script = "let fs = [];\nfor n in [\"a\", \"b\"] {\n  fs.push(|| n);\n}\nfs.map(|f| f.call())";
    assert_eq!(
        found(&stage(script)),
        ["release.rhai:3:14 warning: the closure captures `n`, which all turns of the loop share"]
    );
    assert_eq!(value(script), r#"["b","b"]"#);
    assert_eq!(found(&stage("for n in [1] { [2].map(|m| m + 1); }")), Vec::<String>::new());
}

#[test]
fn trap_sleep_and_timestamp_are_found_before_the_run() {
    assert_eq!(
        found(&stage("sleep(1);\ntimestamp();")),
        [
            "release.rhai:1:1 `sleep` is not available: it would pass by the rehearsal and the journal",
            "release.rhai:2:1 `timestamp` is not available: it would pass by the rehearsal and the journal",
        ]
    );
}

#[test]
fn arguments_that_are_not_declared_are_found() {
    let script = "const ARGS = #{ image: #{}, zone: #{} };\nlet a = args.imgae.len();\nlet b = args.zone;\n[1].map(|n| args.other[0]);\nargs.get(\"x\");";
    assert_eq!(
        found(&stage(script)),
        [
            "release.rhai:2:14 the script has no argument `imgae`",
            "release.rhai:4:18 the script has no argument `other`",
        ]
    );
    assert_eq!(hint("const ARGS = #{ image: #{} };\nargs.imgae"), "did you mean `args.image`?");
    assert_eq!(found(&stage("let args = #{ own: 1 }; args.own")), Vec::<String>::new());
}

#[test]
fn mistakes_in_args_are_among_them() {
    assert_eq!(
        found(&stage("const ARGS = #{ output: #{} };\nnope();")),
        ["release.rhai:1:17 `--output` is a flag of gantry itself", "release.rhai:2:1 there is no function `nope`",]
    );
}
