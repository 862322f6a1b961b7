//! What a script may import, and what is said where it may not.

use super::*;

/// The mistake in loading a stage, with the rendered report.
fn mistake(stage: &Stage) -> (String, String, String) {
    let report = stage.load().expect_err("it loaded");
    (report.message.clone(), report.location().unwrap_or_default(), shown(&report))
}

#[test]
fn modules_come_from_the_binary_from_beside_and_from_the_root() {
    let stage = stage("import \"std/greet\" as g; import \"lib/a\" as a; [g::hello(), a::two()]")
        .file("lib/a.rhai", "import \"./b\" as b; import \"other\" as other; fn two() { b::one() + other::one() }")
        .file("lib/b.rhai", "fn one() { 1 }")
        .file("other.rhai", "fn one() { 1 }")
        .file("std/greet.rhai", "fn hello() { \"replaced\" }");
    assert_eq!(stage.value().to_string(), r#"["hello world",2]"#);
    let program = stage.load().unwrap();
    let files: Vec<&str> = program.sources.keys().map(String::as_str).collect();
    assert_eq!(files, ["lib/a.rhai", "lib/b.rhai", "other.rhai", "release.rhai", "std/greet", "std/names"]);
    assert_eq!(program.entry, "release.rhai");
}

#[test]
fn a_module_is_evaluated_once() {
    let stage = stage("import \"lib/a\" as a; import \"lib/b\" as b; a::N + b::n()")
        .file("lib/a.rhai", "log::info(\"evaluated\"); export const N = 1;")
        .file("lib/b.rhai", "fn n() { import \"lib/a\" as a; a::N }");
    assert_eq!(stage.value(), 2);
    assert_eq!(stage.log(), ["Info evaluated"]);
}

#[test]
fn imports_outside_the_project_are_refused_with_their_line() {
    for path in ["../outside", "lib/../../outside", "/etc/passwd"] {
        let stage = stage(&format!("let a = 1;\nimport \"{path}\" as x;"));
        let (message, at, text) = mistake(&stage);
        assert!(message.contains("the import cannot be"), "{path}: {message}");
        assert_eq!(at, "release.rhai:2:8", "{path}");
        assert!(text.contains("imported here") && text.contains(&format!("import \"{path}\" as x;")), "{text}");
    }
}

#[test]
fn links_out_of_the_project_are_refused() {
    let stage = stage("import \"lib/link\" as x;").file("lib/link.rhai", "-> /etc/secret.rhai");
    let (message, at, _) = mistake(&stage);
    assert_eq!(message, "`lib/link.rhai` leaves the project's folder");
    assert_eq!(at, "release.rhai:1:8");
}

#[test]
fn imports_in_a_circle_are_told_with_all_their_members() {
    let stage = stage("import \"lib/a\" as a;")
        .file("lib/a.rhai", "\nimport \"./b\" as b;")
        .file("lib/b.rhai", "import \"lib/a\" as a;");
    let (message, at, _) = mistake(&stage);
    assert_eq!(message, "the imports run in a circle: release.rhai -> lib/a.rhai -> lib/b.rhai -> lib/a.rhai");
    assert_eq!(at, "lib/b.rhai:1:8");
    let itself = super::stage("import \"release\" as me;");
    assert_eq!(mistake(&itself).0, "the imports run in a circle: release.rhai -> release.rhai");
}

#[test]
fn a_computed_import_is_refused_before_anything_runs() {
    let stage = stage("log::info(\"began\");\nif true {\n  import \"lib/\" + \"a\" as a;\n}");
    let (message, at, _) = mistake(&stage);
    assert!(message.contains("must be a plain text"), "{message}");
    assert!(at.starts_with("release.rhai:3:"), "{at}");
}

#[test]
fn a_missing_module_is_told_where_it_is_imported() {
    let (message, at, text) = mistake(&stage("import \"lib/none\" as x;"));
    assert_eq!((message.as_str(), at.as_str()), ("there is no file `lib/none.rhai`", "release.rhai:1:8"));
    assert!(text.contains("/project"), "{text}");
    let (message, _, text) = mistake(&stage("import \"std/gret\" as x;"));
    assert_eq!(message, "gantry has no module `std/gret`");
    assert!(text.contains("did you mean `std/greet`?"), "{text}");
}

#[test]
fn a_syntax_error_in_a_module_is_shown_in_the_module() {
    let stage = stage("import \"lib/bad\" as x;").file("lib/bad.rhai", "fn a() {\n  let x = ;\n}");
    let (_, at, text) = mistake(&stage);
    assert_eq!(at, "lib/bad.rhai:2:11");
    assert!(text.contains("let x = ;"), "{text}");
}

#[test]
fn an_error_while_a_module_is_evaluated_is_shown_in_the_module() {
    let stage = stage("let a = 1;\nimport \"lib/a\" as a;").file("lib/a.rhai", "\n\nthrow \"not today\";");
    let failure = stage.failure();
    assert_eq!(failure.report.location().unwrap(), "lib/a.rhai:3:1");
    let text = shown(&failure.report);
    assert!(text.contains("not today") && text.contains("while `lib/a.rhai` is imported"), "{text}");
}

#[test]
fn a_script_outside_the_project_is_refused() {
    let files = Files([(PathBuf::from("/elsewhere/x.rhai"), "1".to_owned())].into());
    let library = Library::new(Path::new("/project"), EMBEDDED, Arc::new(files)).unwrap();
    let report = library.load(&Entry::File(PathBuf::from("/elsewhere/x.rhai"))).unwrap_err();
    assert!(report.message.contains("leaves the project's folder"), "{report}");
}

#[test]
fn a_text_is_a_script_at_the_root() {
    let stage = stage("").file("lib/a.rhai", "fn one() { 1 }");
    let library = Library::new(Path::new("/project"), EMBEDDED, Arc::new(stage.files.clone())).unwrap();
    let text = "import \"./lib/a\" as a; a::one()".to_owned();
    let program = library.load(&Entry::Text { name: "eval".to_owned(), text }).unwrap();
    let value = on_paused_clock(run(stage.host(), program, Map::new())).unwrap();
    assert_eq!(value.as_int(), Ok(1));
}
