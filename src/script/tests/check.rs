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
        fn helper(x) { x + 1 }
        let td = taskdef::from(#{ family: \"web\" });
        td.set_cpu(512);
        td.set_cpu(\"app\", 1);
        let list = [1, 2].map(|n| helper(n)).filter(|n| n > 1);
        let f = |x| x * 2;
        for n in list { print(`${n} ${f.call(n)} ${type_of(n)} ${1.helper()}`); }
        let m = #{ a: 1 };
        m.get(\"a\") ?? 2;
        image::parse(\"redis\").with_tag(\"7\").to_string().len();
        if is_def_fn(\"helper\", 1) { a::one(); }
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
            "release.rhai:2:3 there is no function `image::prase`",
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
            "release.rhai:1:15 `a` does not take no arguments",
            "release.rhai:1:20 `image::parse` does not take no arguments",
            "release.rhai:1:54 `with_tag` does not take no arguments",
        ]
    );
    assert_eq!(hint("fn a(x) { x } a();"), "it takes `a(x)`");
}

#[test]
fn calls_into_modules_are_checked_and_modules_themselves() {
    let stage = stage("import \"lib/a\" as a;\na::deploi(1);\na::deploy();\na::deploy(1);")
        .file("lib/a.rhai", "fn deploy(x) {\n  nope()\n}");
    assert_eq!(
        found(&stage),
        [
            "release.rhai:2:1 the module `a` has no function `deploi`",
            "release.rhai:3:1 `a::deploy` does not take no arguments",
            "lib/a.rhai:2:3 there is no function `nope`",
        ]
    );
}

#[test]
fn trap_script_functions_shadow_methods() {
    assert_eq!(
        found(&stage("fn other() { 1 }\nfn with_tag(tag) { tag }\nother();")),
        ["release.rhai:2:4 warning: the function `with_tag` takes the place of the method `.with_tag(tag)`"]
    );
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
fn mistakes_in_args_are_among_them() {
    assert_eq!(
        found(&stage("const ARGS = #{ output: #{} };\nnope();")),
        ["release.rhai:1:17 `--output` is a flag of gantry itself", "release.rhai:2:1 there is no function `nope`",]
    );
}
