//! `gantry eval`: a one-liner, and its value as JSON.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::project::Project;
use support::{Ended, gantry};

fn eval(expression: &str) -> Ended {
    gantry(&Project::empty().root).args(["eval", expression]).ends().timeless()
}

#[test]
fn an_image_reference_is_told_part_by_part() {
    let familiar = r#"{
  "domain": "docker.io",
  "path": "library/redis",
  "name": "docker.io/library/redis",
  "tag": null,
  "digest": null,
  "familiar": "redis",
  "string": "docker.io/library/redis"
}
"#;
    eval("image::parse(\"redis\")").is(0, familiar, "");

    let whole = r#"{
  "domain": "[::1]:5000",
  "path": "team/shop",
  "name": "[::1]:5000/team/shop",
  "tag": "1.4.2",
  "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "familiar": "[::1]:5000/team/shop:1.4.2@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "string": "[::1]:5000/team/shop:1.4.2@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}
"#;
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    eval(&format!("image::parse(\"[::1]:5000/team/shop:1.4.2@{digest}\")")).is(0, whole, "");
}

/// A malformed reference, what is said of it, how many characters stand before the one that is pointed at, and the hint.
type Malformed = (&'static str, &'static str, usize, &'static str);

const MALFORMED: [Malformed; 14] = [
    ("Redis", "a repository has only lower-case letters, not 'R'", 0, "write \"redis\""),
    ("redis:", "the tag after ':' is empty", 6, "write a tag, or leave the ':' out"),
    ("shop:1:2", "a tag may not contain ':'", 6, "a tag has only the characters A-Z a-z 0-9 _ . -"),
    ("a b", "a repository may not contain ' '", 1, "remove the white space"),
    ("a//b", "a repository may not have two '/' in a row", 2, ""),
    ("shop/", "a repository may not end with '/'", 4, ""),
    ("-shop", "a part of a repository may not start with '-'", 0, ""),
    (
        "a..b",
        "a repository may not have \"..\" between two words",
        2,
        "words are joined by one of '.', '_', '__' or any number of '-'",
    ),
    ("shop@sha256:zz", "the hexadecimal part of a digest may not contain 'z'", 12, ""),
    ("localhost:99999/shop", "the port 99999 is above 65535", 10, ""),
    ("[::1/shop", "the ']' of the IPv6 address is missing", 4, ""),
    ("größe", "a repository may not contain 'ö'", 2, "only ASCII is allowed here"),
    ("shop:größe", "a tag may not contain 'ö'", 7, "a tag has only the characters A-Z a-z 0-9 _ . -"),
    ("https://redis", "a reference has no scheme", 5, "leave out \"https://\""),
];

#[test]
fn a_malformed_reference_is_pointed_at_where_it_is_wrong() {
    for (reference, why, before, hint) in MALFORMED {
        let (blanks, underlined) = (" ".repeat(before), "^^^^^");
        let hint = if hint.is_empty() { String::new() } else { format!("  help: {hint}\n") };
        let expected = format!(
            "  x image reference is malformed: {why}\n  |     {reference}\n  |     {blanks}^\n\
             \u{20}  ,-[eval:1:8]\n 1 | image::parse(\"{reference}\")\n   :        {underlined}\n   `----\n{hint}"
        );
        eval(&format!("image::parse(\"{reference}\")")).is(2, "", &expected);
    }
}

#[test]
fn a_value_is_printed_as_json() {
    let table = [
        ("1 + 2 * 3", "7\n"),
        ("-7", "-7\n"),
        ("7.0 / 2", "3.5\n"),
        ("\"a \\\"b\\\" ü\"", "\"a \\\"b\\\" ü\"\n"),
        ("()", "null\n"),
        ("", "null\n"),
        ("1 < 2", "true\n"),
        ("[]", "[]\n"),
        ("[1, \"two\", ()]", "[\n  1,\n  \"two\",\n  null\n]\n"),
        ("#{ b: 1, a: #{ c: [] } }", "{\n  \"a\": {\n    \"c\": []\n  },\n  \"b\": 1\n}\n"),
        ("let x = 20; x * 2 + 2", "42\n"),
        (
            "json::parse(\"{\\\"b\\\":18446744073709551615,\\\"a\\\":1}\")",
            "{\n  \"b\": 18446744073709551615,\n  \"a\": 1\n}\n",
        ),
    ];
    for (expression, printed) in table {
        eval(expression).is(0, printed, "");
    }
}

#[test]
fn a_value_that_has_no_json_is_a_mistake() {
    let closure = "  x the script's value cannot be printed: a value of the type Fn cannot be JSON\n  \
                   help: end the script with a value that is JSON, or with `()`\n";
    eval("|x| x").is(2, "", closure);
    eval("[1, |x| x]").is(2, "", closure);
    eval("0.0 / 0.0").exits(2).prints_nothing().says(["cannot be printed", "help: "]);
}

#[test]
fn what_is_printed_on_the_way_is_no_result() {
    eval("print(\"one\"); debug(\"two\"); log::warn(\"three\"); 4").is(
        0,
        "4\n",
        "   0.0s  one\n   0.0s  warning: three\n",
    );
    let verbose = gantry(&Project::empty().root).args(["eval", "-v", "debug(\"two\"); 4"]).ends().timeless();
    verbose.is(0, "4\n", "   0.0s  debug: eval:1 \"two\"\n");
}

#[test]
fn mistakes_are_told_with_line_and_caret() {
    let unknown = "  x there is no function `image::prase` for (text)\n   ,-[eval:1:8]\n 1 | image::prase(\"redis\")\n   \
                   :        ^^^^^\n   `----\n  help: did you mean `image::parse(text)`?\n";
    eval("image::prase(\"redis\")").is(2, "", unknown);
    let thrown = "  x not today\n   ,-[eval:2:1]\n 1 | let day = 5;\n 2 | throw \"not today\";\n   : ^^^^^\n   `----\n";
    eval("let day = 5;\nthrow \"not today\";").is(2, "", thrown);
    eval("import \"../x\" as x; 1")
        .exits(2)
        .prints_nothing()
        .says(["leaves the project's folder", " :        ^^^|^^\n"]);
}

#[test]
fn an_end_that_comes_too_early_is_pointed_at() {
    eval("1 +").exits(2).prints_nothing().says(["script is incomplete", "[eval:1:", " 1 | 1 +\n", "^"]);
}

#[test]
fn programs_get_one_line_of_json_and_events() {
    let project = Project::empty();
    let json = |expression| gantry(&project.root).args(["eval", "--output", "json", expression]).ends();
    json("[1, #{ a: () }]").is(0, "[1,{\"a\":null}]\n", "");
    json("print(\"one\"); 2").is(0, "2\n", "{\"event\":\"log\",\"level\":\"info\",\"message\":\"one\"}\n");
    let failed = json("throw \"no\"").exits(2).stderr.clone();
    let expected = "{\"event\":\"error\",\"error\":{\"code\":\"Script\",\"message\":\"no\",\"at\":\"eval:1:1\",\"facts\":[],\"hint\":null,\"retryable\":false,\"frames\":[]}}\n";
    assert_eq!(failed, expected);
}

#[test]
fn nothing_is_kept_of_it() {
    let project = Project::empty();
    gantry(&project.root).args(["eval", "time::now(); 1"]).ends().is(0, "1\n", "");
    gantry(&project.root).args(["eval", "image::parse(\"A\")"]).ends().exits(2).prints_nothing();
    assert!(project.is_empty());
}

#[test]
fn an_expression_has_to_be_there_and_alone() {
    let project = Project::empty();
    let missing = "error: the following required arguments were not provided:\n  <EXPRESSION>\n\n\
                   Usage: gantry eval <EXPRESSION>\n\nFor more information, try '--help'.\n";
    gantry(&project.root).args(["eval"]).ends().is(2, "", missing);
    let two = "error: unexpected argument '2' found\n\nUsage: gantry eval [OPTIONS] <EXPRESSION>\n\n\
               For more information, try '--help'.\n";
    gantry(&project.root).args(["eval", "1", "2"]).ends().is(2, "", two);
}
