//! What strangers stumbled over once.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;
use support::running::Running;

#[test]
fn a_byte_order_mark_and_a_hash_bang_are_no_mistakes() {
    let project = Project::empty()
        .file("marked.rhai", "\u{feff}//! Marked.\nlog::info(\"read\");")
        .file("program.rhai", "#!/usr/bin/env -S gantry run\n//! A program.\nlog::info(\"read\");\nnope();");
    gantry(&project.root).args(["run", "marked.rhai"]).ends().exits(0).says(["read"]);
    let ended = gantry(&project.root).args(["run", "program.rhai"]).ends();
    ended.exits(2).says(["read", "there is no function `nope`", "[program.rhai:4:1]"]);
}

#[test]
fn a_file_where_the_journals_folder_should_be_is_told_before_anything_is_asked() {
    let project = Project::empty().file(".gantry", "").file("r.rhai", "approve(\"go?\")");
    // what only reads needs no journal
    gantry(&project.root).args(["eval", "1"]).ends().is(0, "1\n", "");
    gantry(&project.root).args(["run", "r.rhai"]).ends().exits(3).says(["journal cannot be written", ".gantry"]);
}

#[test]
fn without_a_name_only_the_newest_run_is_gone_on_with() {
    let project = Project::empty().file("old.rhai", "approve(\"old?\")").file("new.rhai", "approve(\"new?\")");
    gantry(&project.root).args(["run", "old.rhai"]).ends().exits(4);
    gantry(&project.root).args(["run", "new.rhai"]).ends().exits(4);
    let resumed = gantry(&project.root).args(["resume", "--approve"]).ends();
    resumed.exits(0).says(["going on with run ", "-new, begun ", "new.rhai {}", "new?"]);
    // the older one is not meant without its name
    let resumed = gantry(&project.root).args(["resume", "--approve"]).ends();
    resumed.exits(0).says(["no run waits to be gone on with", "by name: ", "-old"]);
    let name = resumed.stderr.trim_end().rsplit(' ').next().expect("its name").to_owned();
    gantry(&project.root).args(["runs", "forget", &name]).ends().is(0, &format!("removed {name}\n"), "");
    gantry(&project.root).args(["resume", &name]).ends().exits(2).says(["there is no run"]);
    let gone = gantry(&project.root).args(["runs", "forget", &name]).ends();
    gone.exits(2).prints_nothing().says(["there is no run"]);
}

#[test]
fn a_terminal_that_is_closed_lets_a_run_end_in_order_unless_it_was_to_outlive_it() {
    let project = Project::empty().file("r.rhai", "log::info(\"ready\");\ntime::sleep(\"10m\");");
    let program = gantry(&project.root).command();
    // whoever runs the stories may have been started with nohup
    let mut heard = std::process::Command::new("env");
    heard.arg("--default-signal=HUP").arg(program.get_program()).args(["run", "r.rhai"]).current_dir(&project.root);
    Running::start(heard).after("ready").signal("HUP").ends().exits(4).says(["stopping"]);

    let mut nohup = std::process::Command::new("nohup");
    nohup.arg(program.get_program()).args(["run", "r.rhai"]).current_dir(&project.root);
    let running = Running::start(nohup).after("ready").signal("HUP");
    running.signal("TERM").ends().exits(4).says(["stopping"]);
}

#[test]
fn a_result_that_cannot_be_written_is_no_success_of_an_expression() {
    let project = Project::empty();
    let mut command = gantry(&project.root).args(["eval", "1"]).command();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = command.stdout(full).output().expect("gantry starts");
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the result cannot be written: No space left on device"), "{told}");
}

#[test]
fn a_plan_sees_that_it_would_take_a_tag_from_an_image_of_its_own() {
    let script = r#"
        let shop = |session, tag| ecr::repository(aws::session(session), "shop").image(tag);
        let to = #{ from: "test", to: "prod" };
        image::copy(shop.call("test", "1.4.2"), shop.call("prod", "x"), to);
        let to = #{ from: "prod", to: "prod" };
        image::copy(shop.call("prod", "20261105-1.4.1"), shop.call("prod", "x"), to);
    "#;
    let project = Project::with_the_release().file("scripts/twice.rhai", script);
    let world = ["--world", "scripts/release.world.toml"];
    let planned = gantry(&project.root).args(["plan", "scripts/twice.rhai", world[0], world[1]]).ends();
    planned.exits(3).prints_nothing().says(["tag x of ", " is taken by sha256:", "twice.rhai:6:", "another tag"]);
    // and so does the run
    let rehearsed = gantry(&project.root).args(["rehearse", "scripts/twice.rhai", world[0], world[1]]).ends();
    rehearsed.exits(1).says(["tag x of ", " is taken by sha256:"]);
}

#[test]
fn a_text_that_grows_for_ever_ends_and_a_line_without_end_is_not_shown() {
    let long = format!("let a = 1; /* {} */ nope();", "x".repeat(100_000));
    let project =
        Project::empty().file("grows.rhai", "let s = \"abcdefgh\";\nloop { s += s; }").file("long.rhai", long);
    let ended = gantry(&project.root).args(["run", "grows.rhai"]).ends();
    ended.exits(2).says(["length of string too large", "[grows.rhai:2:"]);
    let ended = gantry(&project.root).args(["run", "long.rhai"]).ends();
    ended.exits(2).says(["there is no function `nope`", "at long.rhai:1:"]);
    assert!(ended.stderr.len() < 2_000, "{} bytes", ended.stderr.len());
}

#[test]
fn every_error_has_the_same_members_for_programs() {
    let project = Project::empty().file("r.rhai", "//! R.\nconst ARGS = #{ a: #{ required: true } };\nnope();");
    for args in [["r.rhai", "--a", "x"], ["r.rhai", "--a", ""], ["missing.rhai", "--a", "x"]] {
        let ended = gantry(&project.root).args(["run", "--output", "json"]).args(args).ends();
        ended.exits(2);
        let lines = ended.stderr.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let error = lines.filter(|line| line["event"] == "error").map(|line| line["error"].clone()).next();
        let members: Vec<_> =
            error.iter().filter_map(|error| error.as_object()).flatten().map(|(key, _)| key).collect();
        let expected = ["code", "message", "at", "facts", "hint", "retryable", "frames"];
        assert_eq!(members, expected, "{args:?} {ended}");
    }
}

#[test]
fn a_plan_can_stand_on_an_image_that_is_only_planned_and_foresees_what_the_run_makes() {
    let script = r#"
        let shop = |session, tag| ecr::repository(aws::session(session), "shop").image(tag);
        let in_prod = #{ from: "prod", to: "prod" };
        image::copy(shop.call("test", "1.4.2"), shop.call("prod", "copied"), #{ from: "test", to: "prod" });
        let edit = #{ from: "prod", to: "prod", env: #{ A: "1" } };
        let made = image::rebuild(shop.call("prod", "copied"), shop.call("prod", "made"), edit);
        let edit = #{ from: "prod", to: "prod", env: #{ B: "2" } };
        let again = image::rebuild(made, shop.call("prod", "again"), edit);
        image::copy(again, shop.call("prod", "end"), in_prod).string
    "#;
    let project = Project::with_the_release().file("scripts/chain.rhai", script);
    let args = ["scripts/chain.rhai", "--world", "scripts/release.world.toml"];
    let rehearsed = gantry(&project.root).args(["rehearse"]).args(args).ends();
    rehearsed.exits(0);
    let digest = rehearsed.stdout.trim_end().trim_matches('"').rsplit('@').next().expect("its digest");
    assert!(digest.starts_with("sha256:"), "{rehearsed}");
    let planned = gantry(&project.root).args(["plan"]).args(args).ends();
    planned.exits(0);
    assert_eq!(planned.stdout.matches(digest).count(), 2, "made, and copied to its end\n{planned}");
}

#[test]
fn a_flag_of_gantry_behind_the_script_is_shown_its_place() {
    let project = Project::empty().file("r.rhai", "1");
    for (verb, flag) in [("plan", "--out"), ("plan", "--detailed-exitcode"), ("run", "--plan")] {
        let ended = gantry(&project.root).args([verb, "r.rhai", flag, "p.json"]).ends();
        let place = format!("'{flag}' is gantry's, and stands before the script: gantry {verb} {flag}");
        ended.exits(2).says([format!("unexpected argument '{flag}'").as_str(), &place]);
    }
    let ended = gantry(&project.root).args(["run", "r.rhai", "--out", "p.json"]).ends();
    assert!(!ended.exits(2).stderr.contains("stands before"), "{ended}");
}
