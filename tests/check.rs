//! `gantry check`: mistakes are found without running anything.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;

#[test]
fn a_script_without_mistakes_is_told_so() {
    let project = Project::empty().file("a.rhai", "print(\"never\");\n").file("b.rhai", "");
    gantry(&project.root).args(["check", "a.rhai"]).ends().is(0, "checked 1 script: 0 mistakes, 0 warnings\n", "");
    let two = "checked 2 scripts: 0 mistakes, 0 warnings\n";
    gantry(&project.root).args(["check", "a.rhai", "b.rhai"]).ends().is(0, two, "");
    let json = "{\"mistakes\":0,\"warnings\":0}\n";
    gantry(&project.root).args(["check", "--output", "json", "a.rhai"]).ends().is(0, json, "");
}

#[test]
fn the_example_release_and_the_built_in_command_are_without_mistakes() {
    let told = "checked 2 scripts: 0 mistakes, 0 warnings\n";
    let scripts = ["check", "scripts/release.rhai", "stdlib/commands/deploy.rhai"];
    gantry(support::checkout()).args(scripts).ends().is(0, told, "");
}

#[test]
fn every_mistake_of_every_file_is_told() {
    let project = Project::empty()
        .file("calls.rhai", "if false { log::inof(\"x\"); }\nimage::parse();\n")
        .file("syntax.rhai", "let x = ;\n")
        .file("flags.rhai", "const ARGS = #{ output: #{} };\n")
        .file("good.rhai", "1\n");
    let ended = gantry(&project.root)
        .args(["check", "calls.rhai", "syntax.rhai", "flags.rhai", "good.rhai", "nope.rhai"])
        .ends();
    let calls = "  x there is no function `log::inof`\n   ,-[calls.rhai:1:17]\n 1 | if false { log::inof(\"x\"); }\n   \
                 :                 ^^^^\n 2 | image::parse();\n   `----\n  help: did you mean `log::info(message)`?\n";
    let syntax = "  x unexpected ';'\n   ,-[syntax.rhai:1:9]\n 1 | let x = ;\n   :         ^\n   `----\n";
    let flags = "  x `--output` is a flag of gantry itself\n   ,-[flags.rhai:1:17]\n 1 | const ARGS = #{ output: #{} };\n   \
                 :                 ^^^^^^\n   `----\n  help: choose another name\n";
    ended.exits(2).says([calls, "`image::parse`", "[calls.rhai:2:8]", "^^^^^", "`image::parse(text)`", syntax, flags]);
    ended.says(["error: there is no script nope.rhai\n  hint: a script is named by its path"]);
    assert_eq!(ended.stdout, "checked 5 scripts: 5 mistakes, 0 warnings\n");
}

#[test]
fn a_mistake_in_a_module_is_found() {
    let project = Project::empty()
        .file("gantry.toml", "")
        .file("scripts/r.rhai", "import \"lib/steps\" as steps;\nsteps::go_on();\n")
        .file("lib/steps.rhai", "fn go_on() {\n    ecs::servise(1, 2, 3)\n}\n");
    let ended = gantry(&project.root).args(["check", "scripts/r.rhai"]).ends();
    ended.exits(2).says([
        "`ecs::servise`",
        "[lib/steps.rhai:2:10]",
        "    ecs::servise(1, 2, 3)",
        "^^^^^^^",
        "`ecs::service(",
    ]);
    assert_eq!(ended.stdout, "checked 1 script: 1 mistake, 0 warnings\n");
}

#[test]
fn what_rhai_would_do_silently_is_warned_of() {
    let text = "let fs = [];\nfor n in [\"a\", \"b\"] {\n    fs.push(|| n);\n}\nfs\n";
    let project = Project::empty().file("r.rhai", text);
    let ended = gantry(&project.root).args(["check", "r.rhai"]).ends();
    ended.exits(0).says([
        "  ! the closure captures `n`, which all turns of the loop share\n   ,-[r.rhai:3:16]\n 2 | for n in [\"a\", \"b\"] {\n \
         3 |     fs.push(|| n);\n   :                |\n   :                `-- captured here\n 4 | }\n   `----\n  help: ",
    ]);
    assert_eq!(ended.stdout, "checked 1 script: 0 mistakes, 1 warning\n");
}

#[test]
fn check_asks_nobody_and_keeps_nothing() {
    let text = "let prod = aws::session(\"prod\");\nprod.account()\n";
    let project = Project::empty().file("r.rhai", text);
    let ended = gantry(&project.root).args(["check", "r.rhai"]).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").ends();
    ended.is(0, "checked 1 script: 0 mistakes, 0 warnings\n", "");
    assert!(project.kept().is_empty());
}
