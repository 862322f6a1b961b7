//! The traps of Rhai that would hurt a release, each with a test of its name.

use super::*;
use crate::script::engine::{CALL_LEVELS, EXPRESSION_DEPTHS, language};
use rhai::{EvalAltResult, OptimizationLevel};

#[test]
fn trap_the_optimizer_would_change_meaning() {
    assert_eq!(language().optimization_level(), OptimizationLevel::None);
    // An optimizer would drop the branch, and with it the mistake that must be found.
    assert_eq!(value("let r = 0; try { if true { nope(); } } catch (e) { r = 1; } r"), "1");
}

#[test]
fn trap_a_missing_key_is_an_error() {
    assert!(message("let m = #{}; \"image:\" + m.tag").contains("no property `tag`"));
    assert_eq!(value("let m = #{}; m.get(\"tag\") ?? \"latest\""), "\"latest\"");
}

#[test]
fn trap_unknown_variables_are_found_before_anything_runs() {
    let stage = stage("log::info(\"began\"); if false { nope }");
    assert!(stage.failure().report.message.contains("no variable `nope`"));
    assert_eq!(stage.log(), Vec::<String>::new());
}

#[test]
fn trap_script_functions_do_not_shadow_namespaces() {
    assert_eq!(value("fn parse(text) { \"shadowed\" } image::parse(\"redis\").tag"), "null");
}

#[test]
fn trap_sleep_and_timestamp_do_not_pass_by_the_gateway() {
    for (script, instead) in
        [("sleep(3600)", "time::sleep"), ("sleep(3600.0)", "time::sleep"), ("timestamp()", "time::now()")]
    {
        let stage = stage(script);
        let failure = stage.failure();
        assert_eq!(failure.fault.unwrap().kind, FaultKind::Usage, "{script}");
        assert!(failure.report.hint.unwrap().contains(instead), "{script}");
        assert_eq!(stage.calls(), []);
    }
}

#[test]
fn trap_print_and_debug_are_lines_of_the_log() {
    let stage = stage("print(\"one\"); debug(#{ a: 2 }); print(image::parse(\"redis\"));");
    stage.value();
    assert_eq!(stage.log(), ["Info one", "Debug release.rhai:1 #{\"a\": 2}", "Info docker.io/library/redis"]);
}

#[test]
fn trap_eval_is_not_there() {
    assert!(message("eval(\"1\")").contains("eval"), "{}", message("eval(\"1\")"));
}

#[test]
fn trap_calls_nest_as_deeply_in_debug_as_in_release_builds() {
    let script = |depth: usize| format!("fn down(n) {{ if n == 0 {{ 0 }} else {{ 1 + down(n - 1) }} }} down({depth})");
    assert_eq!(value(&script(CALL_LEVELS - 2)), (CALL_LEVELS - 2).to_string());
    assert_eq!(message(&script(CALL_LEVELS * 2)), "the calls nest too deeply");
    assert_eq!(message("fn f() { f() } f()"), "the calls nest too deeply");
}

#[test]
fn trap_the_deepest_calls_of_the_deepest_expressions_fit_the_stack() {
    // As deep as both limits let it be: a stack that is too small would end the whole process.
    let deep = |body: &str, depth: usize| format!("{}{body}{}", "[".repeat(depth), "][0]".repeat(depth));
    let script = |depth: usize| {
        let body = deep("down(n - 1)", depth);
        format!("fn down(n) {{ if n == 0 {{ 7 }} else {{ let x = [1].map(|y| y); {body} }} }} down(60)")
    };
    assert_eq!(value(&script(10)), "7");
    let deepest = (10..EXPRESSION_DEPTHS.1).rev().find(|depth| stage(&script(*depth)).load().is_ok()).unwrap();
    assert!(deepest > 15, "{deepest}");
    assert_eq!(value(&script(deepest)), "7");
}

#[test]
fn trap_expressions_nest_as_deeply_in_debug_as_in_release_builds() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(value(&nested(60)), "1");
    assert!(message(&nested(5000)).contains("nests too deeply"));
}

#[test]
fn trap_closure_names_are_the_same_in_each_run() {
    let script = "let f = |x| x + 1; let g = |y| y * 2; `${f} ${g}`";
    assert_eq!(value(script), value(script));
}

#[test]
fn trap_a_returned_missing_value_is_unit_and_not_opaque() {
    assert_eq!(value("[env::get(\"NOT_SET\") == (), type_of(image::parse(\"redis\").tag)]"), r#"[true,"()"]"#);
}

#[test]
fn trap_methods_work_on_constants() {
    assert_eq!(value("const IMAGE = image::parse(\"redis\"); IMAGE.with_tag(\"7\").tag"), "\"7\"");
}

#[test]
fn trap_host_state_reaches_modules_and_closures() {
    let stage = stage("import \"lib/a\" as a; [1, 2].map(|n| a::home())")
        .file("lib/a.rhai", "fn home() { env::get(\"HOME\") }");
    assert_eq!(stage.value().to_string(), r#"["/root","/root"]"#);
}

#[test]
fn trap_args_is_known_at_the_top_level_only() {
    let mut stage = stage("fn f(image) { image + \"!\" } f(args.image)");
    stage.args.insert("image".into(), "redis".into());
    assert_eq!(stage.value(), "redis!");
}

#[test]
fn trap_args_is_a_constant() {
    assert!(message("args = 1;").contains("args"), "{}", message("args = 1;"));
}

#[test]
fn trap_a_doc_comment_before_a_const_is_explained() {
    let failure = stage("/// The arguments.\nconst ARGS = #{};").failure();
    assert!(failure.report.hint.unwrap().contains("use `//` here"));
}

#[test]
fn trap_documents_keep_order_large_integers_and_refuse_what_json_cannot_hold() {
    assert_eq!(
        value(r#"json::parse(`{"zeta":1,"alpha":{"b":18446744073709551615,"a":1.5}}`)"#),
        r#"{"zeta":1,"alpha":{"b":18446744073709551615,"a":1.5}}"#
    );
    assert!(message("json::from(#{ f: || 1 })").contains("in `f`: a value of the type Fn cannot be JSON"));
    assert!(message("let a = []; for n in 0..200 { a = [a]; } json::from(a)").contains("nests too deeply"));
    assert!(message("json::from([0.0 / 0.0])").contains("NaN cannot be JSON"));
    assert!(message("let d = json::parse(`{}`); d.x = 1.0 / 0.0;").contains("inf cannot be JSON"));
}

#[test]
fn trap_getters_that_return_clones_do_not_lose_writes() {
    assert_eq!(
        value(
            r#"
            let d = json::parse(`{"list":[{"name":"app","image":"x:1"},{"name":"side"}],"cpu":"256"}`);
            d.list[0].image = "x:2";
            d["list"][-1]["image"] = image::parse("y:2");
            d.list[0].env = [];
            d.list[0].env.push(#{ name: "A" });
            d.cpu = ();
            d"#
        ),
        r#"{"list":[{"name":"app","image":"x:2","env":[{"name":"A"}]},{"name":"side","image":"docker.io/library/y:2"}]}"#
    );
}

#[test]
fn trap_a_panic_in_a_function_leaves_a_failure_and_no_hang() {
    let result = on_paused_clock(crate::script::thread::on_script_thread(|| -> i32 { panic!("in the script thread") }));
    assert_eq!(result, Err(crate::script::thread::Broken::Panic("in the script thread".to_owned())));
}

#[test]
fn trap_an_engine_without_a_host_reaches_nothing() {
    let error = language().eval::<Dynamic>("env::get(\"HOME\")").unwrap_err();
    assert!(matches!(*error, EvalAltResult::ErrorTerminated(..)), "{error}");
}
