//! `const ARGS` with mistakes, and values that do not fit: nothing runs.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, gantry};

fn run(declaration: &str) -> Ended {
    let project = Project::empty().file("r.rhai", declaration);
    gantry(&project.root).args(["run", "r.rhai"]).ends()
}

#[test]
fn a_computed_value_is_refused_at_its_place() {
    run("print(\"never\");\nconst ARGS = #{\n    days: #{ help: \"d\", value: 1 + 2 },\n};\n").is(
        2,
        "",
        "  x `value` of `days` is computed\n   ,-[r.rhai:3:32]\n 2 | const ARGS = #{\n 3 |     days: #{ help: \"d\", value: 1 + 2 },\n   \
         :                                ^\n 4 | };\n   `----\n  help: ARGS is read before the script runs: write the value out\n",
    );
    let whole = run("let a = 1;\nconst ARGS = a;");
    whole.exits(2).prints_nothing().says(["ARGS is not a map that is written out", "[r.rhai:2:14]", "^"]);
    let choices = run("let c = \"a\";\nconst ARGS = #{ wait: #{ choices: [\"none\", c] } };");
    choices.exits(2).prints_nothing().says([
        "`choices` of `wait` is computed",
        "[r.rhai:2:",
        "^",
        "write the value out",
    ]);
    let text = run("const ARGS = #{ a: #{ help: `at ${1}` } };");
    text.exits(2).prints_nothing().says(["`help` of `a` is computed", "[r.rhai:1:", "^", "write the value out"]);
}

#[test]
fn what_is_said_twice_is_refused() {
    let argument = run("const ARGS = #{\n    day: #{ help: \"x\" },\n    day: #{ help: \"y\" },\n};");
    argument.exits(2).prints_nothing().says(["day", "[r.rhai:3:5]", " 3 |     day: #{ help: \"y\" },\n   :     ^^^\n"]);
    let key = run("const ARGS = #{\n    day: #{ help: \"x\", help: \"y\" },\n};");
    key.exits(2).prints_nothing().says(["help", "[r.rhai:2:24]", "^^^^"]);
    let whole = run("const ARGS = #{};\nconst ARGS = #{};");
    whole.exits(2).prints_nothing().says(["ARGS is declared twice", "[r.rhai:2:", "^", "help: keep one of them"]);
}

#[test]
fn the_names_of_gantrys_own_flags_are_refused() {
    for name in ["output", "verbose", "world", "help", "version"] {
        let carets = "^".repeat(name.len());
        run(&format!("const ARGS = #{{ {name}: #{{}} }};")).is(
            2,
            "",
            &format!(
                "  x `--{name}` is a flag of gantry itself\n   ,-[r.rhai:1:17]\n 1 | const ARGS = #{{ {name}: #{{}} }};\n   \
                 :                 {carets}\n   `----\n  help: choose another name\n"
            ),
        );
    }
}

#[test]
fn keys_and_kinds_are_known_ones() {
    run("const ARGS = #{ day: #{ kind: \"integr\" } };").is(
        2,
        "",
        "  x there is no kind `integr`\n   ,-[r.rhai:1:31]\n 1 | const ARGS = #{ day: #{ kind: \"integr\" } };\n   \
         :                               ^^^^^^^^\n   `----\n  \
         help: did you mean `integer`? the kinds are: text, integer, flag, choice, image, duration, time, path, list, map\n",
    );
    let key = run("const ARGS = #{ day: #{ requird: true } };");
    key.exits(2).prints_nothing().says(["`requird`", "[r.rhai:1:25]", "^^^^^^^", "help: did you mean `required`?"]);
    let value = run("const ARGS = #{ day: #{ kind: \"integer\", value: \"three\" } };");
    value.exits(2).prints_nothing().says(["the value of `day` does not fit", "[r.rhai:1:49]", "^^^^^^^"]);
    let image = run("const ARGS = #{ image: #{ kind: \"image\", value: \"Shop\" } };");
    image.exits(2).prints_nothing().says([
        "the value of `image` does not fit",
        "'S'",
        "[r.rhai:1:49]",
        "help: write \"shop\"",
    ]);
    let choice = run("const ARGS = #{ wait: #{ kind: \"choice\" } };");
    choice.exits(2).prints_nothing().says(["wait", "choices", "[r.rhai:1:", "^"]);
}

#[test]
fn each_mistake_is_told() {
    let many = run("const ARGS = #{\n    output: #{},\n    day: #{ kind: \"x\" },\n    week: 7,\n};");
    many.exits(2).prints_nothing().says(["r.rhai:2:5", "r.rhai:3:19", "r.rhai:4:11"]);
}

const FULL: &str = "\
//! Takes one of each.
const ARGS = #{
    name:  #{ help: \"a text\", required: true },
    count: #{ help: \"how many\", kind: \"integer\", value: 3 },
    force: #{ kind: \"flag\" },
    wait:  #{ kind: \"choice\", choices: [\"none\", \"drained\"], value: \"drained\" },
    image: #{ kind: \"image\" },
    every: #{ kind: \"duration\" },
    until_then: #{ kind: \"time\" },
    place: #{ kind: \"path\" },
    tags:  #{ kind: \"map\" },
};
print(\"never\");
";

fn given<const N: usize>(flags: [&str; N]) -> Ended {
    let project = Project::empty().file("r.rhai", FULL);
    gantry(&project.root).args(["run", "r.rhai", "--name", "n"]).args(flags).ends()
}

#[test]
fn a_value_that_does_not_fit_is_told_with_its_flag() {
    let table: [(&[&str; 2], &str); 9] = [
        (&["--count", "three"], "error: --count: `three` is not a whole number\n"),
        (&["--count", "9223372036854775808"], "error: --count: `9223372036854775808` is not a whole number\n"),
        (
            &["--wait", "draind"],
            "error: --wait: there is no choice `draind`\n  hint: did you mean `drained`? choose one of: none, drained\n",
        ),
        (
            &["--image", "shop:1 2"],
            "error: --image: image reference is malformed: a tag may not contain ' '\n    shop:1 2\n          ^\n  \
             hint: a tag has only the characters A-Z a-z 0-9 _ . -\n",
        ),
        (&["--tags", "team"], "error: --tags: `team` is not KEY=VALUE\n"),
        (&["--tags", "=shop"], "error: --tags: `=shop` is not KEY=VALUE\n"),
        (&["--place", ""], "error: --place: the path is empty\n"),
        (
            &["--until-then", "tomorrow"],
            "error: --until-then: `tomorrow` is not a moment\n  hint: write it like 2026-07-25T03:00:00+09:00\n",
        ),
        (&["--name", "m"], "error: --name is given more than once\n"),
    ];
    for (flags, expected) in table {
        given(*flags).is(2, "", expected);
    }
    given(["--every", "10"]).exits(2).prints_nothing().says(["error: --every: ", "10", "15m"]);
    given(["--tags", "a=1", "--tags", "a=2"]).is(2, "", "error: --tags: `a` is given more than once\n");
}

#[test]
fn a_missing_argument_is_told_with_its_help() {
    let project = Project::empty().file("r.rhai", FULL);
    gantry(&project.root).args(["run", "r.rhai"]).ends().is(
        2,
        "",
        "error: --name is missing: a text\n  hint: add `--name TEXT`\n",
    );
}

#[test]
fn an_unknown_flag_is_told_with_the_nearest() {
    given(["--coutn", "3"]).is(
        2,
        "",
        "error: unexpected argument '--coutn' found\n\n  tip: a similar argument exists: '--count'\n\n\
         Usage: gantry run r.rhai --name <TEXT> --count <INTEGER>\n\nFor more information, try '--help'.\n",
    );
    given(["3"]).exits(2).prints_nothing().says(["unexpected argument '3' found", "Usage: gantry run r.rhai"]);
    given(["--count"]).exits(2).prints_nothing().says(["a value is required for '--count <INTEGER>'"]);
}
