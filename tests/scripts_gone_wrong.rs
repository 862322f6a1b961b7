//! Scripts with a mistake in them: each ends with exit 2 and an error that shows the line, a caret and the way out.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, gantry};

/// The last words of a run that has called nobody.
const FAILED: &str = "\nfailed in 0.0s: 0 calls, 0 of them changed something\n";

/// Runs a script of this text.
fn run(text: &str) -> Ended {
    let project = Project::empty().file("r.rhai", text);
    let ended = gantry(&project.root).args(["run", "r.rhai"]).ends().timeless();
    assert!(project.kept().is_empty(), "a run that wrote nothing leaves nothing");
    ended
}

/// Asserts that a script of this text is refused with this report before it starts.
#[track_caller]
fn refused(text: &str, report: &str) {
    run(text).is(2, "", report);
}

/// Asserts that a script of this text runs into this report.
#[track_caller]
fn fails(text: &str, report: &str) {
    run(text).is(2, "", &format!("{report}{FAILED}"));
}

#[test]
fn a_function_that_is_not_there_is_told_with_the_nearest() {
    fails(
        "let x = 1;\nlog::inof(`${x}`);\n",
        "  x there is no function `log::inof` for (text)\n   ,-[r.rhai:2:6]\n 1 | let x = 1;\n 2 | log::inof(`${x}`);\n   \
         :      ^^^^\n   `----\n  help: did you mean `log::info(message)`?\n",
    );
    fails(
        "fn release(image) { image }\nreleese(1)",
        "  x there is no function `releese` for (integer)\n   ,-[r.rhai:2:1]\n 1 | fn release(image) { image }\n 2 | releese(1)\n   \
         : ^^^^^^^\n   `----\n  help: did you mean `release(image)`?\n",
    );
}

#[test]
fn a_function_with_other_arguments_tells_what_it_takes() {
    fails(
        "image::parse()",
        "  x `image::parse` cannot be called with ()\n   ,-[r.rhai:1:8]\n 1 | image::parse()\n   :        ^^^^^\n   `----\n  \
         help: it takes `image::parse(text)`\n",
    );
    fails(
        "let n = 3;\nimage::parse(n)",
        "  x `image::parse` cannot be called with (integer)\n   ,-[r.rhai:2:8]\n 1 | let n = 3;\n 2 | image::parse(n)\n   :        ^^^^^\n   \
         `----\n  help: it takes `image::parse(text)`\n",
    );
}

#[test]
fn an_option_that_is_not_there_is_told_with_the_nearest() {
    fails(
        "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\nweb.deploy(#{ imgaes: #{} });",
        "  x deploy: unknown option `imgaes`; did you mean `images`?\n   ,-[r.rhai:2:5]\n \
         1 | let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n 2 | web.deploy(#{ imgaes: #{} });\n   \
         :     ^^^^^^\n   `----\n  \
         help: deploy takes: images, keep_tags, env, secrets, command, cpu, memory, task_definition, edit, service_definition, \
         create, network, capacity_providers, deployment, platform_version, execute_command, health_check_grace_period, \
         load_balancers, service_registries, desired_count, code_deploy, force, in_progress, \
         on_interrupt\n",
    );
}

#[test]
fn a_variable_that_is_not_there_is_refused_before_the_start() {
    run("print(\"never\");\nprint(imge);").exits(2).prints_nothing().says([
        "  x there is no variable `imge` here\n   ,-[r.rhai:2:7]\n 1 | print(\"never\");\n 2 | print(imge);\n   :       ^^^^\n",
    ]);
    let inside = "let tag = 1;\nfn f() { tag }\nf()";
    refused(
        inside,
        "  x there is no variable `tag` here\n   ,-[r.rhai:2:10]\n 1 | let tag = 1;\n 2 | fn f() { tag }\n   \
         :          ^^^\n 3 | f()\n   `----\n  \
         help: declare it with `let`, or check its name; functions do not see the variables outside of them\n",
    );
    let never = run("print(\"never\");\nprint(imge);");
    assert!(!never.stderr.contains("0.0s"), "nothing of it ran:\n{never}");
}

#[test]
fn a_key_that_is_not_there_is_no_empty_text() {
    fails(
        "let m = #{ tag: \"x\" };\nlet t = m.tga;",
        "  x there is no property `tga`\n   ,-[r.rhai:2:11]\n 1 | let m = #{ tag: \"x\" };\n 2 | let t = m.tga;\n   \
         :           ^^^\n   `----\n  help: for a key that may be missing write `m.get(\"tga\") ?? \"…\"`\n",
    );
}

#[test]
fn syntax_is_told_at_its_place() {
    refused(
        "let x = ;\nx",
        "  x unexpected ';'\n   ,-[r.rhai:1:9]\n 1 | let x = ;\n   :         ^\n 2 | x\n   `----\n",
    );
    refused(
        "let s = \"abc",
        "  x open string is not terminated\n   ,-[r.rhai:1:9]\n 1 | let s = \"abc\n   :         ^^^^\n   `----\n",
    );
    // carets count characters as a reader sees them
    run("let größe = \"日本\"; 1").exits(2).prints_nothing().says(["[r.rhai:1:7]", "\n   :       ^^^\n"]);
}

#[test]
fn what_a_script_throws_is_shown_where_it_does() {
    let thrown = |what: &str| {
        format!(
            "  x no release on Fridays\n   ,-[r.rhai:2:1]\n 1 | let x = 1;\n 2 | throw {what};\n   : ^^^^^\n   `----\n"
        )
    };
    let text = "\"no release on Fridays\"";
    fails(&format!("let x = 1;\nthrow {text};"), &thrown(text));
    let map = "#{ code: \"Friday\", message: \"no release on Fridays\" }";
    fails(&format!("let x = 1;\nthrow {map};"), &thrown(map));
    fails(
        "throw",
        "  x the script threw an error without a message\n   ,-[r.rhai:1:1]\n 1 | throw\n   : ^^^^^\n   `----\n",
    );
}

#[test]
fn calls_without_an_end_are_ended() {
    fails(
        "fn f(n) { f(n + 1) }\nf(0)",
        "  x the calls nest too deeply\n   ,-[r.rhai:2:1]\n 1 | fn f(n) { f(n + 1) }\n 2 | f(0)\n   : ^\n   `----\n  \
         help: a function calls itself, or functions call each other, without an end\n",
    );
}

#[test]
fn an_expression_may_be_nested_as_deeply_as_one_likes() {
    let deep = 10_000;
    let nested = [
        format!("let x = {}1{};", "(".repeat(deep), ")".repeat(deep)),
        format!("let x = {}{};", "[".repeat(deep), "]".repeat(deep)),
        format!("{}1", "1+".repeat(deep)),
        format!("{}{}", "if true {".repeat(deep), "}".repeat(deep)),
        format!("{}true", "!".repeat(deep)),
        format!("{}1{}", "`${".repeat(deep), "}`".repeat(deep)),
        format!("{}1", "|x| ".repeat(deep)),
        format!("x{}", ".x".repeat(deep)),
        format!("let x = {}1{};", "#{ a: ".repeat(deep), "}".repeat(deep)),
    ];
    for text in nested {
        run(&text).exits(2).prints_nothing().says(["  x ", "r.rhai:1:", "help: "]);
    }
}

#[test]
fn a_file_that_is_not_text_is_told_with_the_place() {
    let project = Project::empty().file("r.rhai", b"let a = 1;\nprint(\"caf\xe9\");\n");
    let ended = gantry(&project.root).args(["run", "r.rhai"]).ends();
    ended.is(2, "", "  x `r.rhai` cannot be read: it is not UTF-8 at line 2, column 11\n");
}

#[test]
fn an_empty_script_does_nothing_and_is_done() {
    for text in ["", "\n\n", "// nothing\n", "//! Nothing.\n", ";"] {
        run(text).is(0, "", "\ndone in 0.0s: 0 calls, 0 of them changed something\n");
    }
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let project = Project::empty().file("folder/r.rhai", "1");
    let hint = "  hint: a script is named by its path; commands are run without a verb: `gantry list` shows them\n";
    for path in ["nope.rhai", "folder", "folder/r", "/nope/r.rhai"] {
        let expected = format!("error: there is no script {path}\n{hint}");
        gantry(&project.root).args(["run", path]).ends().is(2, "", &expected);
        gantry(&project.root).args(["check", path]).ends().exits(2).says([expected.as_str()]);
    }
}

#[test]
fn numbers_do_not_pass_their_ends() {
    run("let x = 9223372036854775807;\nx + 1").exits(2).prints_nothing().says(["r.rhai:2:3", "  :   ^"]);
    run("let x = 0;\n1 / x").exits(2).prints_nothing().says(["zero", "r.rhai:2:3", "  :   ^"]);
    run("let x = [1];\nx[1]").exits(2).prints_nothing().says(["r.rhai:2:3", "^"]);
}
