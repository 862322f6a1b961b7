//! What a script's author sees when it fails.

use super::*;

/// The report of a failing script, as it is printed without colours and drawings.
fn report(script: &str) -> String {
    shown(&stage(script).failure().report)
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn a_mistyped_function_is_told_with_its_line_and_the_one_that_was_meant() {
    let text = report("let a = 1;\nlet b = /* ü */ image::prase(\"redis\");\n");
    says(
        &text,
        &["there is no function `image::prase`", "release.rhai:2:", "image::prase(\"redis\")", "`image::parse(text)`"],
    );
}

#[test]
fn a_known_function_with_the_wrong_arguments_is_told_what_it_takes() {
    says(
        &report("image::parse(1)"),
        &["`image::parse` cannot be called with (integer)", "it takes `image::parse(text)`"],
    );
    says(&report("image::parse(\"a\").with_tga(\"x\")"), &["did you mean `.with_tag(tag)`?"]);
}

#[test]
fn a_fault_shows_message_hint_and_facts_and_comes_back_typed() {
    let failure = stage("let x = 1;\nenv::get(\"BROKEN\");").failure();
    let fault = failure.fault.clone().unwrap();
    assert_eq!((fault.kind, fault.code.as_str(), fault.retryable), (FaultKind::Network, "Timeout", true));
    says(&shown(&failure.report), &["no answer", "try again", "- waited for 5 s", "release.rhai:2:"]);
}

#[test]
fn the_calls_between_modules_are_shown_with_their_lines() {
    let stage = stage("import \"lib/steps\" as steps;\nfn release() {\n  steps::all([1]);\n}\nrelease();")
        .file(
            "lib/steps.rhai",
            "import \"./inner\" as inner;\nfn all(list) {\n  // über\n  list.map(|n| inner::deep(n))\n}",
        )
        .file("lib/inner.rhai", "fn deep(n) {\n\n\n  env::require(\"NOT_SET\")\n}");
    let failure = stage.failure();
    assert_eq!(failure.fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Missing), "{}", shown(&failure.report));
    assert_eq!(failure.report.location().unwrap(), "lib/inner.rhai:4:8");
    let text = shown(&failure.report);
    says(
        &text,
        &[
            "`NOT_SET` is not set",
            "called from lib/steps.rhai:4",
            "called from release.rhai:3",
            "called from release.rhai:5",
        ],
    );
    says(&text, &["env::require(\"NOT_SET\")", "steps::all([1]);", "in `release`", "in `all`", "in `deep`"]);
}

#[test]
fn a_script_catches_a_fault_and_reads_it() {
    let script = "
        let seen;
        try { env::get(\"BROKEN\"); } catch (e) {
            seen = [e.code, e.message, e.kind, e.retryable, e.hint, e.at, `${e}`, e.details, type_of(e)];
        }
        seen";
    assert_eq!(
        value(script),
        r#"["Timeout","no answer","network",true,"try again","release.rhai:3:20","no answer",["waited for 5 s"],"Fault"]"#
    );
}

#[test]
fn a_fault_that_is_thrown_again_keeps_its_kind_and_shows_both_places() {
    let failure = stage("try {\n  env::get(\"BROKEN\");\n} catch (e) {\n  throw e;\n}").failure();
    assert_eq!(failure.fault.unwrap().code, "Timeout");
    says(&shown(&failure.report), &["release.rhai:4:", "it was first thrown by this call", "release.rhai:2:"]);
}

#[test]
fn a_fault_knows_the_module_that_made_the_call() {
    let module = "fn place() {\n  let at;\n  try { env::get(\"BROKEN\"); } catch (e) { at = e.at; }\n  at\n}";
    let stage = stage("import \"lib/a\" as a;\n[1].map(|n| a::place())").file("lib/a.rhai", module);
    assert_eq!(stage.value().to_string(), r#"["lib/a.rhai:3:14"]"#);
}

#[test]
fn a_script_can_say_better_what_to_do() {
    let failure =
        stage("try { env::get(\"BROKEN\"); } catch (e) { throw e.with_hint(\"ask the night shift\"); }").failure();
    assert_eq!(failure.report.hint.as_deref(), Some("ask the night shift"));
    assert_eq!(failure.fault.unwrap().code, "Timeout");
}

#[test]
fn what_a_script_throws_itself_is_its_message_and_no_fault() {
    for (script, message) in [
        ("throw \"no release on fridays\"", "no release on fridays"),
        ("throw #{ message: \"frozen\", end: 7 }", "frozen"),
        ("throw 42", "42"),
        ("throw image::parse(\"shop:1.4.2\")", "docker.io/library/shop:1.4.2"),
        ("throw #{ message: image::parse(\"shop:1.4.2\") }", "docker.io/library/shop:1.4.2"),
        ("throw;", "the script threw an error without a message"),
    ] {
        let failure = stage(script).failure();
        assert_eq!(failure.report.message, message, "{script}");
        assert_eq!(failure.fault, None, "{script}");
    }
}

#[test]
fn a_variable_that_a_function_cannot_see_is_explained() {
    says(
        &report("let cluster = 1; fn f() { cluster } f()"),
        &["there is no variable `cluster`", "functions do not see the variables outside of them"],
    );
    says(&report("fn f() { args.image } f()"), &["there is no variable `args`", "top level only"]);
}

#[test]
fn an_unknown_namespace_names_the_ones_there_are() {
    says(&report("imgae::parse(\"x\")"), &["there is no namespace `imgae`", "did you mean `image`?"]);
}

#[test]
fn a_missing_key_says_how_to_read_an_optional_one() {
    says(&report("let m = #{ a: 1 };\nm.tag"), &["there is no property `tag`", "m.get(\"tag\") ??", "release.rhai:2:"]);
}

#[test]
fn a_syntax_error_has_its_line_and_caret() {
    let text = report("let x = \"größe\";\nlet y = \"ü\" + ;\n");
    says(&text, &["release.rhai:2:16", "let y = \"ü\" + ;", "^"]);
}

#[test]
fn a_reserved_word_is_named() {
    says(&report("let new = 1;"), &["`new` is a word that Rhai keeps for itself"]);
}

#[test]
fn an_interruption_cannot_be_caught() {
    let failure = stage("let n = 0; try { env::get(\"STOP\"); } catch (e) { n = 1; } n").failure();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Interrupted);
}

#[test]
fn a_mistake_of_ours_cannot_be_caught_and_keeps_its_line_in_functions() {
    let failure = stage("fn f() {\n  env::get(\"OURS\")\n}\ntry { f(); } catch (e) { }").failure();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Internal);
    assert_eq!(failure.report.location().unwrap(), "release.rhai:2:8");
}

#[test]
fn a_panic_in_an_adapter_is_our_bug_and_does_not_hang() {
    let failure = stage("try { env::get(\"BUG\"); } catch (e) { }").failure();
    let fault = failure.fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Internal);
    says(&fault.message, &["`get` has no result", "a bug in an adapter"]);
    says(&fault.hint.unwrap(), &["report it"]);
}

#[test]
fn an_endless_loop_ends_when_the_run_is_told_to_stop() {
    let script =
        "let x = 0;\n\ntry { loop { x += 1; if x == 2 { log::info(`going`); } } } catch (e) { log::warn(`caught`); }";
    let stage = stage(script);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let cancel = stage.cancel.clone();
    let failure = runtime.block_on(async {
        let running = stage.try_run();
        let stop = async {
            while stage.log().is_empty() {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        tokio::join!(running, stop).0.unwrap_err()
    });
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Interrupted);
    assert!(failure.report.location().unwrap().starts_with("release.rhai:3:"), "{:?}", failure.report.location());
    assert_eq!(stage.log(), ["Info going"], "nothing was caught");
}

#[test]
fn a_run_that_is_dropped_leaves_no_thread_behind() {
    let stage = stage("loop { }");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let late =
        runtime.block_on(async { tokio::time::timeout(Duration::from_millis(10), stage.try_run()).await.is_err() });
    assert!(late);
    // Dropping a runtime waits for its blocking threads: this would hang if the script went on.
    drop(runtime);
}

#[test]
fn properties_that_are_not_there_are_told_with_those_that_are() {
    let image = "let i = image::parse(\"a\");\n";
    says(
        &report(&format!("{image}i.tga")),
        &["ImageReference has no property `tga`", "did you mean `tag`? it has `domain`"],
    );
    says(&report(&format!("{image}i.tag = \"x\"")), &["the property `tag` of ImageReference can be read, not set"]);
    says(&report("args.image"), &["the script has no argument `image`", "declare it: `const ARGS = #{ image:"]);
}

#[test]
fn a_namespace_is_not_a_value_and_operators_have_no_signatures() {
    says(&report("image.parse(\"x\")"), &["`image` is a namespace, not a value", "write `image::"]);
    assert_eq!(message("\"a\" - 1"), "`-` cannot be used with (text, integer)");
    assert_eq!(stage("let a = 1; a()").failure().report.hint, None, "nothing is near to a name of one letter");
    says(
        &report("import \"std/greet\" as g; g::helo()"),
        &["there is no function `g::helo`", "did you mean `g::hello()`?"],
    );
}

#[test]
fn colours_and_drawings_are_only_there_when_asked_for() {
    let report = stage("nope()").failure().report;
    let plain = render(&report, false, false);
    assert!(plain.is_ascii(), "{plain}");
    assert!(!render(&report, false, true).is_ascii());
    assert!(!render(&report, false, true).contains('\u{1b}'));
    assert!(render(&report, true, true).contains('\u{1b}'));
}
