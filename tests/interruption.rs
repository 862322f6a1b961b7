//! Ctrl-C, SIGTERM, and readers who go away.

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::project::Project;
use support::{Ended, gantry};

const STOPPING: &str = "stopping: no new call begins; a write under way gets 10 s to answer (again to end at once)\n";

/// A gantry that is on its way.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    heard: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("gantry starts");
        let stderr = BufReader::new(child.stderr.take().expect("its stderr"));
        Self { child, stderr, heard: String::new() }
    }

    /// Listens until a line ends in `what`.
    fn after(mut self, what: &str) -> Self {
        let mut line = String::new();
        while !line.trim_end().ends_with(what) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("UTF-8") > 0, "`{what}` never came in\n{}", self.heard);
            self.heard += &line;
        }
        self
    }

    fn signal(self, name: &str) -> Self {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &process]).status().expect("kill");
        assert!(sent.success(), "kill -{name} {process}");
        self
    }

    /// Waits for the end; it has to come sooner than any wait of these scripts.
    fn ends(mut self) -> Ended {
        let began = Instant::now();
        self.stderr.read_to_string(&mut self.heard).expect("UTF-8");
        let mut stdout = Vec::new();
        self.child.stdout.take().expect("its stdout").read_to_end(&mut stdout).expect("its stdout");
        let status = self.child.wait().expect("its status");
        assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
        Ended::of(Output { status, stdout, stderr: self.heard.into_bytes() }).timeless()
    }
}

fn started(verb: &str, script: &str) -> (Project, Running) {
    let world = "now = \"2026-11-20T02:00+09:00\"\n[accounts.prod]\nid = \"222222222222\"\nregion = \"eu-central-1\"\n";
    let project = Project::empty().file("r.rhai", script).file("r.world.toml", world);
    let running = Running::start(gantry(&project.root).args([verb, "r.rhai"]).command());
    (project, running)
}

/// What is told of an interruption of line 2, where column and carets point; `calls` are those that were made.
fn told(line: &str, column: usize, carets: &str, calls: &str) -> String {
    let blanks = " ".repeat(column - 1);
    format!(
        "   0.0s  ready\n{STOPPING}  x interrupted\n   ,-[r.rhai:2:{column}]\n 1 | log::info(\"ready\");\n 2 | {line}\n   \
         : {blanks}{carets}\n   `----\n\ninterrupted in 0.0s: {calls}, 0 of them changed something\n"
    )
}

#[test]
fn an_endless_loop_is_ended_by_either_signal() {
    for (verb, signal) in [("run", "INT"), ("run", "TERM"), ("rehearse", "INT"), ("rehearse", "TERM")] {
        let (project, running) = started(verb, "log::info(\"ready\");\nloop {}");
        running.after("ready").signal(signal).ends().is(4, "", &told("loop {}", 6, "^", "0 calls"));
        assert!(project.kept().is_empty(), "nothing was written, nothing is kept");
    }
}

#[test]
fn an_interruption_cannot_be_caught() {
    let line = "try { loop {} } catch { log::info(\"caught\"); }";
    let (_project, running) = started("run", &format!("log::info(\"ready\");\n{line}"));
    running.after("ready").signal("INT").ends().is(4, "", &told(line, 12, "^", "0 calls"));

    let line = "try { time::sleep(\"10m\"); } catch { log::info(\"caught\"); }";
    let (_project, running) = started("run", &format!("log::info(\"ready\");\n{line}"));
    running.after("ready").signal("INT").ends().is(4, "", &told(line, 13, "^^^^^", "1 call"));
}

#[test]
fn a_wait_is_cut() {
    for signal in ["INT", "TERM"] {
        let (_project, running) = started("run", "log::info(\"ready\");\ntime::sleep(\"10m\");");
        let ended = running.after("ready").signal(signal).ends();
        ended.is(4, "", &told("time::sleep(\"10m\");", 7, "^^^^^", "1 call"));
    }
}

#[test]
fn an_eval_is_interrupted_too() {
    let project = Project::empty();
    let running = Running::start(gantry(&project.root).args(["eval", "print(\"ready\"); loop {}"]).command());
    running.after("ready").signal("INT").ends().is(
        4,
        "",
        &format!(
            "   0.0s  ready\n{STOPPING}  x interrupted\n   ,-[eval:1:22]\n 1 | print(\"ready\"); loop {{}}\n   \
             :                      ^\n   `----\n"
        ),
    );
}

#[test]
fn programs_are_told_as_well() {
    let project = Project::empty().file("r.rhai", "log::info(\"ready\");\nloop {}");
    let running = Running::start(gantry(&project.root).args(["run", "--output", "json", "r.rhai"]).command());
    let ended = running.after("\"message\":\"ready\"}").signal("INT").ends();
    ended.exits(4).says(["{\"event\":\"error\"", "\"interrupted\"", "r.rhai:2:6"]);
    let end: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one object");
    assert_eq!(
        (&end["outcome"], &end["exit"], &end["written"]),
        (&"interrupted".into(), &4.into(), &serde_json::json!([]))
    );
    for line in ended.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(event["event"].is_string(), "{line}");
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    // A function of the host that takes long and hears nothing: the first signal alone could not end it soon.
    let script = "log::info(\"ready\");\nlet text = \"x\";\ntext.pad(500000000, \"ab\");\ntime::sleep(\"10m\");";
    let (_project, running) = started("run", script);
    let ended = running.after("ready").signal("INT").after("at once)").signal("INT").ends();
    ended.exits(4).prints_nothing().says(["ready", STOPPING]);
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
        let closed = format!("exec \"$0\" run {script} 2>&-");
        let output =
            Command::new("sh").args(["-c", &closed, env!("CARGO_BIN_EXE_gantry")]).current_dir(&project.root).output();
        Ended::of(output.expect("sh")).is(code, stdout, "");
    }
}
