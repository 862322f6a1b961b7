//! Imports: what leads out of the project, in a circle, or nowhere is told before anything runs.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, gantry};

const FAILED: &str = "\nfailed in 0.0s: 0 calls, 0 of them changed something\n";

fn run(project: &Project) -> Ended {
    gantry(&project.root).args(["run", "scripts/r.rhai"]).ends().timeless()
}

fn project(text: &str) -> Project {
    Project::empty().file("gantry.toml", "").file("scripts/r.rhai", text)
}

#[test]
fn an_import_stays_in_the_project() {
    run(&project("import \"../../outside\" as o;")).is(
        2,
        "",
        "  x the import cannot be: `../../outside` leaves the project's folder\n   ,-[scripts/r.rhai:1:8]\n \
         1 | import \"../../outside\" as o;\n   :        ^^^^^^^|^^^^^^^\n   :               `-- imported here\n   `----\n",
    );
    run(&project("import \"/etc/passwd\" as o;")).is(
        2,
        "",
        "  x the import cannot be: `/etc/passwd` is not a path inside the project\n   ,-[scripts/r.rhai:1:8]\n \
         1 | import \"/etc/passwd\" as o;\n   :        ^^^^^^|^^^^^^\n   :              `-- imported here\n   `----\n",
    );
    run(&project("print(\"never\");\nif false { import \"./../../up\" as o; }")).is(
        2,
        "",
        "  x the import cannot be: `./../../up` leaves the project's folder\n   ,-[scripts/r.rhai:2:19]\n \
         1 | print(\"never\");\n 2 | if false { import \"./../../up\" as o; }\n   \
         :                   ^^^^^^|^^^^^\n   :                         `-- imported here\n   `----\n",
    );
}

#[test]
fn a_link_does_not_lead_out_either() {
    let outside = Project::empty().file("secret.rhai", "fn f() { 1 }");
    let project = project("import \"lib/link\" as o;").file("lib/kept", "");
    std::os::unix::fs::symlink(outside.root.join("secret.rhai"), project.root.join("lib/link.rhai")).expect("a link");
    let hint = format!("{} is not below {}", outside.root.join("secret.rhai").display(), project.root.display());
    let ended = run(&project);
    ended.exits(2).prints_nothing().says([
        "  x `lib/link.rhai` leaves the project's folder\n   ,-[scripts/r.rhai:1:8]\n 1 | import \"lib/link\" as o;\n   \
         :        ^^^^^|^^^^\n   :             `-- imported here\n   `----\n  help: ",
    ]);
    // a hint of this length is wrapped
    let help = ended.stderr.split_once("help: ").map_or("", |(_, help)| help);
    assert_eq!(help.split_whitespace().collect::<Vec<_>>().join(" "), hint);
}

#[test]
fn imports_that_run_in_a_circle_are_told_with_their_way() {
    let project = project("import \"lib/a\" as a;")
        .file("lib/a.rhai", "import \"lib/b\" as b;")
        .file("lib/b.rhai", "fn f() { 1 }\nimport \"./a\" as a;");
    run(&project).is(
        2,
        "",
        "  x the imports run in a circle: scripts/r.rhai -> lib/a.rhai -> lib/b.rhai -> lib/a.rhai\n   ,-[lib/b.rhai:2:8]\n \
         1 | fn f() { 1 }\n 2 | import \"./a\" as a;\n   :        ^^|^^\n   :          `-- imported here\n   `----\n  \
         help: move what both need into a third module\n",
    );
    run(&self::project("import \"./r\" as me;"))
        .exits(2)
        .prints_nothing()
        .says(["the imports run in a circle: scripts/r.rhai -> scripts/r.rhai\n   ,-[scripts/r.rhai:1:8]\n", "^^|^^"]);
}

#[test]
fn a_computed_import_is_refused() {
    run(&project("let n = \"a\";\nimport \"lib/\" + n as a;")).is(
        2,
        "",
        "  x an import must be a plain text: it is read before the script starts\n   ,-[scripts/r.rhai:2:15]\n \
         1 | let n = \"a\";\n 2 | import \"lib/\" + n as a;\n   :               |\n   :               `-- computed\n   `----\n  \
         help: write `import \"lib/name\" as name;`\n",
    );
    run(&project("let n = \"a\";\nimport `lib/${n}` as a;")).exits(2).says(["plain text", "r.rhai:2:8", "computed"]);
}

#[test]
fn a_module_that_is_not_there_is_named() {
    let missing = project("import \"lib/nope\" as n;");
    let hint = format!("looked for below {}", missing.root.display());
    run(&missing).exits(2).prints_nothing().says([
        "  x there is no file `lib/nope.rhai`\n   ,-[scripts/r.rhai:1:8]\n 1 | import \"lib/nope\" as n;\n   :        ^^^^^|^^^^\n",
        "help: ",
        &hint[..20],
    ]);
    run(&project("import \"std/relaese\" as n;")).is(
        2,
        "",
        "  x gantry has no module `std/relaese`\n   ,-[scripts/r.rhai:1:8]\n 1 | import \"std/relaese\" as n;\n   \
         :        ^^^^^^|^^^^^^\n   :              `-- imported here\n   `----\n  help: did you mean `std/release`?\n",
    );
}

#[test]
fn an_error_in_a_module_is_told_with_the_calls_that_led_there() {
    let steps = "fn outer(n) {\n    inner(n)\n}\nfn inner(n) {\n    let m = #{};\n    m.missing + n\n}\n";
    let project = project("import \"lib/steps\" as steps;\nfn go_on(n) { steps::outer(n) }\ngo_on(1);")
        .file("lib/steps.rhai", steps);
    let report = "  x there is no property `missing`
   ,-[lib/steps.rhai:6:7]
 5 |     let m = #{};
 6 |     m.missing + n
   :       ^^^^^^^
 7 | }
   `----
  help: for a key that may be missing write `m.get(\"missing\") ?? \"…\"`

Advice: 
  > called from lib/steps.rhai:2
   ,-[lib/steps.rhai:2:5]
 1 | fn outer(n) {
 2 |     inner(n)
   :     ^^|^^
   :       `-- in `inner`
 3 | }
   `----

Advice: 
  > called from scripts/r.rhai:2
   ,-[scripts/r.rhai:2:22]
 1 | import \"lib/steps\" as steps;
 2 | fn go_on(n) { steps::outer(n) }
   :                      ^^|^^
   :                        `-- in `outer`
 3 | go_on(1);
   `----

Advice: 
  > called from scripts/r.rhai:3
   ,-[scripts/r.rhai:3:1]
 2 | fn go_on(n) { steps::outer(n) }
 3 | go_on(1);
   : ^^|^^
   :   `-- in `go_on`
   `----
";
    run(&project).is(2, "", &format!("{report}{FAILED}"));
}

#[test]
fn a_module_with_a_mistake_is_told_in_the_module() {
    let syntax = project("import \"lib/a\" as a;").file("lib/a.rhai", "fn f( { 1 }");
    run(&syntax).exits(2).prints_nothing().says(["[lib/a.rhai:1:7]\n 1 | fn f( { 1 }\n   :       ^\n"]);
    let thrown = project("import \"lib/a\" as a;").file("lib/a.rhai", "let x = 1;\nthrow \"not loaded\";");
    run(&thrown).exits(2).prints_nothing().says(["  x not loaded\n   ,-[lib/a.rhai:2:1]", "^^^^^", FAILED]);
    let function = project("import \"lib/a\" as a;\na::relaese();").file("lib/a.rhai", "fn release() { 1 }");
    run(&function).is(
        2,
        "",
        &format!(
            "  x there is no function `a::relaese` for ()\n   ,-[scripts/r.rhai:2:4]\n 1 | import \"lib/a\" as a;\n \
             2 | a::relaese();\n   :    ^^^^^^^\n   `----\n  help: did you mean `a::release()`?\n{FAILED}"
        ),
    );
}
