//! The course of a script, by the real binary: approvals, times to wait for, branches side by side.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use std::process::Command;
use support::project::Project;
use support::running::{Running, STOPPING};
use support::{Ended, gantry};

/// Runs a program at a terminal (its first argument, then those that follow), types the second argument after the
/// question, prints what the terminal shows, and ends as the program does.
const AT_A_TERMINAL: &str = r#"
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown, typed = b"", False
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:
        break
    if not some:
        break
    shown += some
    if not typed and b"(y/N) " in shown:
        typed = True
        os.write(terminal, sys.argv[1].encode() + b"\n")
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
sys.stdout.flush()
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

/// `gantry run r.rhai` at a terminal, where `answer` is typed.
fn asked_at_a_terminal(project: &Project, answer: &str) -> Ended {
    let mut command = Command::new("python3");
    command.args(["-c", AT_A_TERMINAL, answer, env!("CARGO_BIN_EXE_gantry"), "run", "r.rhai"]);
    command.current_dir(&project.root).env("USER", "mia").env("NO_COLOR", "1").env("CI", "1").env("TERM", "dumb");
    Ended::of(command.output().expect("python3"))
}

const ASKS: &str = "let who = approve(\"ship 1.4.2?\");\nlog::info(`now it ships: ${who}`);\nwho";

/// The name of the one run of a project, and its journal.
fn the_run(project: &Project) -> (String, String) {
    let kept = project.kept();
    let [(path, journal)] = kept.as_slice() else { panic!("one journal was expected: {kept:?}") };
    let folder = path.parent().and_then(|folder| folder.file_name()).expect("a run's folder");
    (folder.to_string_lossy().into_owned(), journal.clone())
}

const WORLD: &str =
    "now = \"2026-11-20T22:48:00+09:00\"\n[accounts.prod]\nid = \"222222222222\"\nregion = \"ap-northeast-1\"\n";

#[test]
fn where_nobody_can_be_asked_a_run_stops_and_says_how_to_go_on() {
    let project = Project::empty().file("r.rhai", ASKS);
    let ended = gantry(&project.root).args(["run", "r.rhai"]).ends().timeless();
    let (run, journal) = the_run(&project);
    let waits = format!(
        "  x waiting for an approval: ship 1.4.2?\n   ,-[r.rhai:1:11]\n 1 | let who = approve(\"ship 1.4.2?\");\n   :           \
         ^^^^^^^\n 2 | log::info(`now it ships: ${{who}}`);\n   `----\n  help: `gantry resume {run} --approve` approves it \
         and goes on\n\nstopped to wait in 0.0s: 1 call, 0 of them changed something\njournal: \
         {}/.gantry/runs/{run}/journal.jsonl\n",
        project.root.display()
    );
    ended.is(4, "", &waits);
    assert!(journal.contains(r#""call":{"about":"host","call":"approve","question":"ship 1.4.2?"}"#), "{journal}");
    assert!(!journal.contains(r#""entry":"done""#), "nobody has answered: {journal}");
    // it waits as long as nobody approves
    let again = gantry(&project.root).args(["resume"]).ends().timeless();
    let (first, rest) = again.stderr.split_once('\n').expect("lines");
    assert!(
        first.starts_with(&format!("going on with run {run}, begun ")) && first.ends_with("Z: r.rhai {}"),
        "{first}"
    );
    assert_eq!((again.code, again.stdout.as_str(), rest), (4, "", waits.as_str()));
    assert_eq!(the_run(&project).0, run);
}

#[test]
fn programs_are_told_that_a_run_waits() {
    let project = Project::empty().file("r.rhai", ASKS);
    let ended = gantry(&project.root).args(["run", "--output", "json", "r.rhai"]).ends();
    let end: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one object");
    ended.exits(4);
    assert_eq!((&end["outcome"], &end["exit"]), (&"waiting".into(), &4.into()), "{end}");
    assert_eq!(end["error"]["message"], "waiting for an approval: ship 1.4.2?");
}

#[test]
fn at_a_terminal_a_person_is_asked() {
    for (answer, by) in [("y", "mia"), ("YES", "mia")] {
        let project = Project::empty().file("r.rhai", ASKS);
        let ended = asked_at_a_terminal(&project, answer);
        assert_eq!(ended.code, 0, "{ended}");
        for part in ["ship 1.4.2? (y/N) ", "approved by mia: ship 1.4.2?", "now it ships: mia", "done in", "\"mia\""] {
            assert!(ended.stdout.contains(part), "`{part}` is missing in\n{ended}");
        }
        let (_, journal) = the_run(&project);
        let recorded =
            format!("\"result\":{{\"reply\":{{\"reply\":\"approval\",\"value\":{{\"by\":\"{by}\",\"at_millis\":");
        assert!(journal.contains(&recorded), "{journal}");
    }
    for answer in ["n", "", "maybe"] {
        let project = Project::empty().file("r.rhai", ASKS);
        let ended = asked_at_a_terminal(&project, answer);
        assert_eq!(ended.code, 4, "{ended}");
        for part in ["mia did not approve: ship 1.4.2?", "gantry resume", "stopped to wait"] {
            assert!(ended.stdout.contains(part), "`{part}` is missing in\n{ended}");
        }
        assert!(!ended.stdout.contains("now it ships: mia"), "{ended}");
    }
}

#[test]
fn a_rehearsal_approves_by_itself_and_says_so() {
    let project = Project::empty().file("r.rhai", ASKS).file("r.world.toml", WORLD);
    let told = "   0.0s  approved by the rehearsal: ship 1.4.2?\n   0.0s  now it ships: the rehearsal\n\ndone in 0.0s: 1 \
                call, 0 of them changed something\n";
    gantry(&project.root).args(["rehearse", "r.rhai"]).ends().is(0, "\"the rehearsal\"\n", told);
}

#[test]
fn a_rehearsal_waits_for_a_time_in_no_time() {
    let script = "time::wait_until(\"02:00 Asia/Tokyo\"); time::wait_until(\"2026-11-20 12:00\", \"UTC\"); \
                  time::now().format(\"Asia/Tokyo\", \"%F %T\")";
    let project = Project::empty().file("r.rhai", script).file("r.world.toml", WORLD);
    let told = "   0.0s  waiting until 2026-11-21 02:00 Asia/Tokyo (in 3h 12m)\n 3h 12m  no need to wait: 2026-11-20 12:00 \
                UTC has come\n\ndone in 3h 12m: 5 calls, 0 of them changed something\n   3h 12m  wait until 2026-11-21 \
                02:00 Asia/Tokyo\n";
    gantry(&project.root).args(["rehearse", "r.rhai"]).ends().is(0, "\"2026-11-21 02:00:00\"\n", told);
}

#[test]
fn an_instant_to_wait_for_survives_a_restart() {
    // the next first of January in the last year that everybody can wait for; the day is not written in the script
    let script = "time::wait_until(\"2199-01-01 00:00 Asia/Tokyo\");\n\"never\"";
    let project = Project::empty().file("r.rhai", script);
    let waiting = |verb: &[&str]| {
        let mut command = gantry(&project.root).command();
        command.args(verb);
        let ended = Running::start(command).after("h)").signal("INT").ends();
        ended.exits(4).prints_nothing().says([
            "waiting until 2199-01-01 00:00 Asia/Tokyo (in ",
            STOPPING,
            "interrupted",
        ]);
    };
    waiting(&["run", "r.rhai"]);
    let (run, journal) = the_run(&project);
    let call =
        r#""call":{"about":"host","call":"wait_until","at_millis":7226550000000,"told":"2199-01-01 00:00 Asia/Tokyo"}"#;
    assert_eq!(journal.matches(call).count(), 1, "{journal}");
    waiting(&["resume"]);
    let (same, journal) = the_run(&project);
    assert_eq!((same, journal.matches(call).count()), (run, 2), "{journal}");
}

#[test]
fn branches_wait_side_by_side_and_replay_alone() {
    let script = "env::get(\"BEFORE\");\nparallel([\"a\", \"b\"], |name| {\n    env::get(name);\n    approve(`ship ${name}?`)\n})";
    let project = Project::empty().file("r.rhai", script);
    let stopped = |ended: Ended| {
        ended.exits(4).prints_nothing().says(["waiting for an approval: ship a?", "r.rhai:4:5", "stopped to wait"]);
    };
    stopped(gantry(&project.root).args(["run", "r.rhai"]).env("BEFORE", "1").env("a", "2").ends());
    for sitting in 1..4 {
        let (run, journal) = the_run(&project);
        for key in ["1", "2/0.1", "2/1.1"] {
            let begun = format!("{{\"entry\":\"start\",\"key\":\"{key}\"");
            assert_eq!(journal.matches(&begun).count(), 1, "{key} is made once, and then replayed: {journal}");
        }
        for key in ["2/0.2", "2/1.2"] {
            let begun = format!("{{\"entry\":\"start\",\"key\":\"{key}\"");
            assert_eq!(journal.matches(&begun).count(), sitting, "{key} is asked in each sitting: {journal}");
        }
        gantry(&project.root).args(["runs", "show", &run]).ends().exits(0);
        stopped(gantry(&project.root).args(["resume"]).ends());
    }
}

/// Three images at the same time, and the service beside them.
const BRANCHES: &str = "
    let tested = image::parse(\"111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2\");
    let shop = ecr::repository(aws::session(\"prod\"), \"shop\");
    let pushed = parallel([\"a\", \"b\", \"c\"], |tag, index| {
        let work = 0;
        for n in 0..(3 - index) * 20000 { work += n; }
        let copied = image::copy(tested, shop.image(tag), #{ from: \"test\", to: \"prod\" });
        log::info(`${tag} is there`);
        copied.tag
    });
    pushed";

#[test]
fn branches_are_rehearsed_to_the_same_words_each_time() {
    let project = Project::with_the_release().file("scripts/release.rhai", BRANCHES);
    let world = std::fs::read_to_string(project.root.join("scripts/release.world.toml")).expect("its world");
    let world = world.lines().filter(|line| *line != "[args]" && !line.starts_with("image = ")).collect::<Vec<_>>();
    let project = project.file("scripts/release.world.toml", world.join("\n"));
    let once = || gantry(&project.root).args(["rehearse", "scripts/release.rhai", "-v"]).ends();
    let first = once();
    first.exits(0).says(["call session/test.1", "a is there", "b is there", "c is there", "done in"]);
    assert_eq!(first.stdout, "[\n  \"a\",\n  \"b\",\n  \"c\"\n]\n", "{first}");
    for branch in ["2/0.", "2/1.", "2/2."] {
        assert!(first.stderr.contains(&format!("call {branch}")), "no call of branch {branch}:\n{first}");
    }
    for turn in 0..20 {
        let again = once();
        assert_eq!((again.stdout, again.stderr), (first.stdout.clone(), first.stderr.clone()), "run {turn}");
    }
}
