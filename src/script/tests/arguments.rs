//! What a script declares in ARGS, and what is given for it.

use super::*;
use crate::script::arguments::{Arguments, Kind};

fn declared(script: &str) -> Result<Arguments, Vec<Report>> {
    read(&stage(script).load().unwrap_or_else(|report| panic!("{report}")), &["output", "help", "dry-run"])
}

/// Each mistake as `line:column message`.
fn mistakes(script: &str) -> Vec<String> {
    let reports = declared(script).expect_err("it was accepted");
    reports
        .iter()
        .map(|r| {
            let place = r.place.as_ref().unwrap();
            format!("{}:{} {}", place.line, place.column, r.message)
        })
        .collect()
}

fn given(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    pairs.iter().map(|(name, values)| ((*name).to_owned(), texts(values))).collect()
}

const RELEASE: &str = r#"//! Release a tested image.
//!
//! At night.

const ARGS = #{
    zone: #{ help: "time zone", value: "Asia/Tokyo" },
    image: #{ help: "tested image", kind: "image", required: true },
    on_failure: #{ choices: ["rollback", "leave"], value: "rollback" },
    count: #{ value: -2 },
    force: #{ value: false },
    timeout: #{ kind: "duration", value: "15m" },
    at: #{ kind: "time" },
    names: #{ kind: "list" },
    images: #{ kind: "map" },
};
args"#;

#[test]
fn the_declaration_is_read_in_its_order_without_running() {
    let arguments = declared(RELEASE).unwrap();
    assert_eq!(arguments.description, "Release a tested image.\n\nAt night.");
    let list: Vec<_> = arguments.list.iter().map(|a| (a.name.as_str(), a.flag.as_str(), a.kind, a.required)).collect();
    assert_eq!(
        list,
        [
            ("zone", "zone", Kind::Text, false),
            ("image", "image", Kind::Image, true),
            ("on_failure", "on-failure", Kind::Choice, false),
            ("count", "count", Kind::Integer, false),
            ("force", "force", Kind::Flag, false),
            ("timeout", "timeout", Kind::Duration, false),
            ("at", "at", Kind::Time, false),
            ("names", "names", Kind::List, false),
            ("images", "images", Kind::Map, false),
        ]
    );
    assert_eq!(arguments.list[0].help, "time zone");
    assert_eq!(arguments.list[3].value, Some((-2).into()));
    assert_eq!(arguments.list[2].choices, ["rollback", "leave"]);
    assert_eq!(declared("1").unwrap().list, []);
}

#[test]
fn given_values_become_args() {
    let arguments = declared(RELEASE).unwrap();
    let given = given(&[
        ("image", &["shop:1"]),
        ("force", &[]),
        ("count", &["7"]),
        ("names", &["a", "b"]),
        ("images", &["app=shop:1", "side=x=y"]),
    ]);
    let mut stage = stage(RELEASE);
    stage.args = parse_values(&arguments.list, &given).unwrap();
    assert_eq!(
        stage.value().to_string(),
        r#"{"at":null,"count":7,"force":true,"image":"shop:1","images":{"app":"shop:1","side":"x=y"},"names":["a","b"],"on_failure":"rollback","timeout":"15m","zone":"Asia/Tokyo"}"#
    );
}

#[test]
fn wrong_values_are_all_told_by_their_flags() {
    let arguments = declared(RELEASE).unwrap();
    let given = given(&[
        ("on_failure", &["rolback"]),
        ("count", &["many"]),
        ("force", &["maybe"]),
        ("timeout", &["15"]),
        ("at", &["tomorrow"]),
        ("images", &["shop:1"]),
        ("zone", &["a", "b"]),
        ("zome", &["x"]),
    ]);
    let faults = parse_values(&arguments.list, &given).unwrap_err();
    let all: Vec<_> = faults.iter().map(|f| format!("{} / {}", f.message, f.hint.as_deref().unwrap_or(""))).collect();
    let starts = [
        "the script has no argument `zome` / did you mean `zone`?",
        "--zone is given more than once",
        "--image is missing: tested image / add `--image REFERENCE`",
        "--on-failure: there is no choice `rolback` / did you mean `rollback`? choose one of: rollback, leave",
        "--count: `many` is not a whole number",
        "--force: `maybe` is neither true nor false",
        "--timeout: duration \"15\"",
        "--at: `tomorrow` is not a moment / write it like",
        "--images: `shop:1` is not KEY=VALUE",
    ];
    assert_eq!(all.len(), starts.len(), "{all:#?}");
    for (told, start) in all.iter().zip(starts) {
        assert!(told.starts_with(start), "{told}");
    }
    assert!(faults.iter().all(|fault| fault.kind == FaultKind::Usage));
}

#[test]
fn a_malformed_image_is_pointed_at() {
    let arguments = declared("const ARGS = #{ image: #{ kind: \"image\" } };").unwrap();
    let faults = parse_values(&arguments.list, &given(&[("image", &["shop:1:2"])])).unwrap_err();
    assert!(faults[0].message.starts_with("--image: image reference is malformed"), "{}", faults[0].message);
    assert!(faults[0].message.contains("    shop:1:2\n") && faults[0].message.ends_with('^'), "{}", faults[0].message);
}

#[test]
fn every_mistake_of_a_declaration_is_told_at_its_place() {
    for (script, told) in [
        ("const ARGS = #{\n  a: #{ value: 1 + 2 },\n};", "2:16 `value` of `a` is computed"),
        ("const ARGS = #{ a: #{ help: `x ${1}` } };", "1:29 `help` of `a` is computed"),
        ("const X = 1; const ARGS = #{ a: #{ value: X } };", "1:43 `value` of `a` is computed"),
        ("const ARGS = #{ a: #{ choices: [\"x\", \"y\" + \"z\"] } };", "1:38 `choices` of `a` is computed"),
        ("const ARGS = make();\nfn make() { #{} }", "1:14 ARGS is not a map that is written out"),
        ("let ARGS = #{};", "1:1 ARGS is read before the script runs"),
        ("const ARGS = #{};\nconst ARGS = #{};", "2:1 ARGS is declared twice"),
        ("const ARGS = #{ a: \"x\" };", "1:20 the declaration of `a` is not a map that is written out"),
        ("const ARGS = #{ a: #{ hepl: \"x\" } };", "1:23 an argument has no `hepl`"),
        ("const ARGS = #{ a: #{ kind: \"txt\" } };", "1:29 there is no kind `txt`"),
        (
            "const ARGS = #{ a: #{ required: true, value: \"x\" } };",
            "1:46 `a` must be given, and has a value for when it is not",
        ),
        ("const ARGS = #{ a: #{ kind: \"choice\" } };", "1:17 the choice `a` has no choices"),
        (
            "const ARGS = #{ a: #{ kind: \"text\", choices: [\"x\"] } };",
            "1:17 `a` has choices, and is of the kind text",
        ),
        ("const ARGS = #{ a: #{ choices: [\"x\", \"x\"] } };", "1:32 the choice `x` is there twice"),
        (
            "const ARGS = #{ a: #{ choices: [\"x\"], value: \"y\" } };",
            "1:46 the value of `a` does not fit: --a: there is no choice `y`",
        ),
        (
            "const ARGS = #{ a: #{ kind: \"integer\", value: \"1\" } };",
            "1:47 the value of `a` does not fit: \"1\" is not a whole number",
        ),
        ("const ARGS = #{ a: #{ kind: \"text\", value: 1 } };", "1:44 the value of `a` does not fit: 1 is not a text"),
        ("const ARGS = #{ a: #{ value: 1.5 } };", "1:30 the value of `a` does not fit: 1.5 is not a whole number"),
        ("const ARGS = #{ a: #{ kind: \"flag\", required: true } };", "1:17 the flag `a` cannot be required"),
        ("const ARGS = #{ dry_run: #{} };", "1:17 `--dry-run` is a flag of gantry itself"),
        ("const ARGS = #{ \"my-flag\": #{} };", "1:17 `my-flag` cannot be the name of an argument"),
        ("const ARGS = #{ \"default\": #{} };", "1:17 `default` is a word that Rhai keeps for itself"),
        ("const ARGS = #{ _a: #{} };", "1:17 `_a` cannot be the name of an argument"),
        ("const ARGS = #{ a: #{ help: 1 } };", "1:29 `help` cannot be 1"),
        ("const ARGS = #{ a: #{ value: () } };", "1:30 the value of `a` does not fit: () is no value"),
    ] {
        assert_eq!(mistakes(script), [told], "{script}");
    }
}

#[test]
fn all_mistakes_of_a_declaration_are_told_at_once() {
    let script = "const ARGS = #{\n  a: #{ kind: \"txt\" },\n  output: #{},\n  c: #{ value: f() },\n};\nfn f() { 1 }";
    assert_eq!(
        mistakes(script),
        ["2:15 there is no kind `txt`", "3:3 `--output` is a flag of gantry itself", "4:16 `value` of `c` is computed",]
    );
}

#[test]
fn duplicate_keys_are_refused_by_the_parser_at_their_place() {
    let report = stage("const ARGS = #{\n  a: #{},\n  a: #{},\n};").load().unwrap_err();
    assert_eq!(report.location().unwrap(), "release.rhai:3:3");
    assert!(report.message.contains('a'), "{report}");
}
