//! Ctrl-C, SIGTERM, and readers who go away.

mod support;

use std::process::Stdio;
use support::project::Project;
use support::running::{Running, STOPPING};
use support::{Ended, gantry};

fn started(verb: &str, script: &str) -> (Project, Running) {
    let world = "now = \"2026-11-20T02:00+09:00\"\n[accounts.prod]\nid = \"222222222222\"\nregion = \"eu-central-1\"\n";
    let project = Project::empty().file("r.rhai", script).file("r.world.toml", world);
    let running = Running::start(gantry(&project.root).args([verb, "r.rhai"]).command());
    (project, running)
}

/// What is told of an interruption in line 2: one story for each place (column and carets) where the signal may meet it.
fn told(line: &str, places: &[(usize, &str)], calls: &str) -> Vec<String> {
    let story = |(column, carets): &(usize, &str)| {
        let blanks = " ".repeat(column - 1);
        format!(
            "   0.0s  ready\n{STOPPING}  x interrupted\n   ,-[r.rhai:2:{column}]\n 1 | log::info(\"ready\");\n 2 | {line}\n   \
             : {blanks}{carets}\n   `----\n\ninterrupted in 0.0s: {calls}, 0 of them changed something\n"
        )
    };
    places.iter().map(story).collect()
}

#[test]
fn an_endless_loop_is_ended_by_either_signal() {
    let stories = told("loop {}", &[(1, "^^^^"), (6, "^")], "0 calls");
    for (verb, signal) in [("run", "INT"), ("run", "TERM"), ("rehearse", "INT"), ("rehearse", "TERM")] {
        let (project, running) = started(verb, "log::info(\"ready\");\nloop {}");
        running.after("ready").signal(signal).ends().is_one_of(4, "", &stories);
        assert!(project.kept().is_empty(), "nothing was written, nothing is kept");
    }
}

#[test]
fn an_interruption_cannot_be_caught() {
    let line = "try { loop {} } catch { log::info(\"caught\"); }";
    let (_project, running) = started("run", &format!("log::info(\"ready\");\n{line}"));
    let stories = told(line, &[(1, "^^^"), (7, "^^^^"), (12, "^")], "0 calls");
    running.after("ready").signal("INT").ends().is_one_of(4, "", &stories);
}

#[test]
fn a_wait_is_cut_and_cannot_be_caught() {
    for (signal, line, column) in [
        ("INT", "time::sleep(\"10m\");", 7),
        ("TERM", "time::sleep(\"10m\");", 7),
        ("INT", "try { time::sleep(\"10m\"); } catch { print(\"caught\"); }", 13),
    ] {
        let project = Project::empty().file("r.rhai", format!("log::info(\"ready\");\n{line}"));
        let running = Running::start(gantry(&project.root).args(["run", "--output", "json", "r.rhai"]).command());
        // the wait has begun, and is the only call
        let ended = running.after("{\"event\":\"began\"").signal(signal).ends();
        ended.exits(4).says([
            "\"message\":\"ready\"}",
            "began",
            "stopping: ",
            "\"interrupted\"",
            &format!("r.rhai:2:{column}"),
        ]);
        assert!(!ended.stderr.contains("caught"), "{ended}");
        let end: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one object");
        let expected = (&"interrupted".into(), &4.into(), &serde_json::json!([]));
        assert_eq!((&end["outcome"], &end["exit"], &end["written"]), expected);
        for line in ended.stderr.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            assert!(event["event"].is_string(), "{line}");
        }
    }
}

#[test]
fn a_wait_is_cut_in_words_too() {
    let line = "time::sleep(\"10m\");";
    let (_project, running) = started("run", &format!("log::info(\"ready\");\n{line}"));
    let mut stories = told(line, &[(7, "^^^^^")], "1 call");
    // the signal may come before the wait begins
    stories.extend(told(line, &[(7, "^^^^^"), (13, "^^^^^")], "0 calls"));
    running.after("ready").signal("INT").ends().is_one_of(4, "", &stories);
}

#[test]
fn an_eval_is_interrupted_too() {
    let project = Project::empty();
    let running = Running::start(gantry(&project.root).args(["eval", "print(\"ready\"); loop {}"]).command());
    let story = |column: usize, carets: &str| {
        let blanks = " ".repeat(column - 1);
        format!(
            "   0.0s  ready\n{STOPPING}  x interrupted\n   ,-[eval:1:{column}]\n 1 | print(\"ready\"); loop {{}}\n   \
             : {blanks}{carets}\n   `----\n"
        )
    };
    let ended = running.after("ready").signal("INT").ends();
    ended.is_one_of(4, "", &[story(17, "^^^^"), story(22, "^")]);
}

#[test]
fn a_reader_who_has_gone_away_is_no_error() {
    let project = Project::empty().file("scripts/a.rhai", "//! Nothing.\n1");
    for args in [["list", "-v"], ["eval", "1"], ["help", "deploy"], ["run", "scripts/a.rhai"], ["run", "--help"]] {
        let mut command = gantry(&project.root).args(args).command();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        command.stdout(writer);
        drop(reader);
        let output =
            command.stderr(Stdio::piped()).spawn().expect("gantry starts").wait_with_output().expect("its end");
        let ended = Ended::of(output).timeless();
        let summary =
            if args[1].ends_with("rhai") { "\ndone in 0.0s: 0 calls, 0 of them changed something\n" } else { "" };
        ended.is(0, "", summary);
    }
}

#[test]
fn without_anybody_to_tell_the_work_is_done_all_the_same() {
    let project =
        Project::empty().file("r.rhai", "log::info(\"one\");\nprint(\"two\");\n3").file("w.rhai", "throw \"x\"");
    for (script, code, stdout) in [("r.rhai", 0, "3\n"), ("w.rhai", 2, "")] {
        let mut command = gantry(&project.root).args(["run", script]).command();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        command.stderr(writer).stdout(Stdio::piped());
        drop(reader);
        let output = command.spawn().expect("gantry starts").wait_with_output().expect("its end");
        Ended::of(output).is(code, stdout, "");
        // closed, not only unread
        gantry(&project.root).args(["run", script]).ends_unheard().is(code, stdout, "");
    }
}
