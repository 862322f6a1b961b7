//! A run's own deadline: it stops the run as a signal does, and the run can be gone on with.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use support::project::Project;
use support::sandbox::Sandbox;
use support::{Ended, gantry};

const WORLD: &str =
    "now = \"2026-11-20T02:00+09:00\"\n[accounts.prod]\nid = \"222222222222\"\nregion = \"eu-central-1\"\n";

/// Rehearses a script that sleeps for an hour, with these settings and flags.
fn rehearse(settings: &str, before: &[&str], after: &[&str]) -> Ended {
    let project = Project::empty()
        .file("gantry.toml", settings)
        .file("r.world.toml", WORLD)
        .file("r.rhai", "time::sleep(\"1h\");\ntry { time::sleep(\"1h\"); } catch { print(\"caught\"); }\n7");
    let mut command = gantry(&project.root).command();
    command.args(["rehearse"]).args(before).arg("r.rhai").args(after);
    Ended::of(command.output().expect("gantry starts"))
}

/// What is told of a deadline that is met in a sleep of line 1 or 2.
fn told(deadline: &str, at: &str, line: usize) -> String {
    let (first, second) = ("time::sleep(\"1h\");", "try { time::sleep(\"1h\"); } catch { print(\"caught\"); }");
    let (shown, calls, sleeps) = match line {
        1 => (format!("[r.rhai:1:7]\n 1 | {first}\n   :       ^^^^^\n 2 | {second}\n"), "1 call", 1),
        _ => (format!("[r.rhai:2:13]\n 1 | {first}\n 2 | {second}\n   :             ^^^^^\n 3 | 7\n"), "2 calls", 2),
    };
    let slept = match sleeps {
        1 => format!("{at:>9}  pause for 1h failed\n"),
        _ => format!("   1h 00m  pause for 1h\n{:>9}  pause for 1h failed\n", "30m 00s"),
    };
    format!(
        "{at:>7}  stopping: the deadline of {deadline} has passed; no new call begins; a write under way gets 10 s to answer\n  \
         x the run's deadline of {deadline} has passed\n   ,-{shown}   `----\n  help: nothing was written: begin again, with \
         more time\n\nstopped by its deadline in {at}: {calls}, 0 of them changed something\n{slept}"
    )
}

#[test]
fn it_cuts_a_wait_and_cannot_be_caught() {
    rehearse("", &["--deadline", "20m"], &[]).is(4, "", &told("20m", "20m 00s", 1));
    rehearse("", &[], &["--deadline", "90m"]).is(4, "", &told("1h30m", "1h 30m", 2));
    let ended = rehearse("", &["--deadline", "3h"], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "7\n"), "{ended}");
}

#[test]
fn the_projects_own_is_every_runs_unless_its_command_line_says_otherwise() {
    let settings = "deadline = \"20m\"\n";
    rehearse(settings, &[], &[]).is(4, "", &told("20m", "20m 00s", 1));
    rehearse(settings, &["--deadline", "90m"], &[]).is(4, "", &told("1h30m", "1h 30m", 2));
    // what stands nearer to the script's flags is meant
    rehearse(settings, &["--deadline", "20m"], &["--deadline", "90m"]).is(4, "", &told("1h30m", "1h 30m", 2));
}

#[test]
fn programs_are_told_which_it_was() {
    let ended = rehearse("", &["--deadline", "20m", "--output", "json"], &[]);
    let end: Value = serde_json::from_str(&ended.exits(4).stdout).expect("one object");
    assert_eq!((&end["outcome"], &end["exit"]), (&json!("past_deadline"), &json!(4)));
    assert_eq!(end["error"]["code"], "DeadlinePassed");
    assert_eq!(end["error"]["message"], "the run's deadline of 20m has passed");
}

#[test]
fn what_is_none_is_refused() {
    let project = Project::empty().file("r.rhai", "1");
    let gantry = |args: &[&str]| {
        let mut command = gantry(&project.root).command();
        Ended::of(command.args(args).output().expect("gantry starts"))
    };
    for wrong in ["0s", "45", "soon"] {
        gantry(&["run", "--deadline", wrong, "r.rhai"]).exits(2).prints_nothing().says(["--deadline <TIME>", wrong]);
        gantry(&["run", "r.rhai", "--deadline", wrong]).exits(2).prints_nothing().says(["--deadline <TIME>", wrong]);
        let settings = format!("deadline = \"{wrong}\"\n");
        std::fs::write(project.root.join("gantry.toml"), settings).expect("settings");
        gantry(&["run", "r.rhai"]).exits(2).prints_nothing().says(["gantry.toml has a mistake", wrong]);
        std::fs::remove_file(project.root.join("gantry.toml")).expect("settings");
    }
    let planned = gantry(&["plan", "r.rhai", "--deadline", "45m"]);
    planned.exits(2).prints_nothing().says(["--deadline is for a run: a plan changes nothing"]);
    let after = gantry(&["run", "r.rhai", "--world-after", "w.json"]);
    after.exits(2).prints_nothing().says(["--world-after is for a rehearsal"]);
}

/// What of the service's auto scaling is suspended.
fn suspended(sandbox: &Sandbox) -> Value {
    sandbox.world()["scaling"]["222222222222/ap-northeast-1"]["service/prod/web"]["suspended"].clone()
}

#[test]
fn its_cleanups_are_made_and_a_resume_has_a_fresh_one_only_where_it_is_given() {
    let target = "[[scalable_targets]]\naccount = \"prod\"\ncluster = \"prod\"\nservice = \"web\"\nmin = 1\nmax = 9\n";
    let sandbox = Sandbox::of_the_release(1, target);
    let script = "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n\
                  ecs::suspend_scaling(web, || time::sleep(\"9s\"));\n\"slept\"";
    std::fs::write(sandbox.home.root.join("s.rhai"), script).expect("the script");
    let before = suspended(&sandbox);
    assert!(before.is_object() && !before.to_string().contains("true"), "{before}");

    let first = sandbox.gantry(&["run", "--deadline", "3s", "s.rhai"]);
    first.exits(4).prints_nothing().says([
        "auto scaling is suspended",
        "stopping: the deadline of 3s has passed",
        "cleaning up: restore auto scaling of prod/web",
        "the run's deadline of 3s has passed",
        "help: `gantry resume` goes on with it, without a deadline unless it is given one",
        "stopped by its deadline in",
        "written before it ended:",
        "-s` goes on with it",
    ]);
    assert_eq!(suspended(&sandbox), before);
    let (_, journal) = sandbox.home.journals().pop().expect("a journal");
    let end: Value = serde_json::from_str(journal.lines().last().expect("its end")).expect("JSON");
    assert_eq!((&end["outcome"], &end["exit"], &end["deadline"]), (&json!("stopped"), &json!(4), &json!("3s")));
    let shown = sandbox.gantry(&["runs", "show"]);
    assert!(shown.stdout.ends_with("stopped (exit 4): its deadline of 3s had passed\n"), "{shown}");

    let second = sandbox.gantry(&["resume", "--deadline", "1s"]);
    second.exits(4).prints_nothing().says(["the run's deadline of 1s has passed"]);
    assert_eq!(suspended(&sandbox), before);

    let third = sandbox.gantry(&["resume"]);
    third.exits(0).says(["prod/web: auto scaling is suspended", "prod/web: auto scaling is as it was"]);
    assert_eq!(third.stdout, "\"slept\"\n");
    assert_eq!(suspended(&sandbox), before);
}
