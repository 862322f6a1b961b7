//! Commands in containers. The Session Manager plugin of these stories is a script on PATH that notes what it is given, and
//! prints what a session prints; ECS is the sandbox.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};
use support::running::Running;
use support::sandbox::Sandbox;
use support::{Ended, checkout};

const PLUGIN: &str = r#"#!/bin/sh
if [ "$1" = --version ]; then cat "$HOME/version" 2>/dev/null || echo 1.2.764.0; exit; fi
printf '%s\n' "$@" >> "$HOME/asked"
printf '%s' "$AWS_SSM_START_SESSION_RESPONSE" > "$HOME/session"
if [ -e "$HOME/broken" ]; then echo "Cannot perform start session: EOF"; exit 0; fi
id=$(cat "$HOME/session" "$HOME/asked" | grep -o 'ecs-execute-command-[0-9a-f]*' | head -n 1)
printf '\nStarting session with SessionId: %s\n' "$id"
if [ -e "$HOME/refused" ]; then printf '\n\nSessionId: %s : Plugin with name InteractiveCommands not found\n\n' "$id"; exit 0; fi
if [ -e "$HOME/lost" ]; then echo half; exit 0; fi
if [ -e "$HOME/slow" ]; then echo "at work"; echo $$ > "$HOME/pid"; exec sleep 600; fi
if [ -t 0 ]; then echo "a shell at a terminal"; else echo "version 1.4.2"; fi
printf '\n\nExiting session with sessionId: %s.\n\n' "$id"
"#;

const EXEC: [&str; 9] =
    ["exec", "--session", "prod", "--cluster", "prod", "--service", "web", "--command", "cat /app/VERSION"];

struct Stage(Sandbox);

impl Stage {
    /// A service whose tasks take commands, or not; with the plugin, or without.
    fn set(takes: bool, plugin: bool) -> Self {
        let sandbox = Sandbox::of_the_release(20, if takes { "execute_command = true" } else { "" });
        let stage = Self(sandbox);
        if plugin {
            stage.write("bin/session-manager-plugin", PLUGIN);
            let plugin = stage.0.home.root.join("bin/session-manager-plugin");
            fs::set_permissions(plugin, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        stage
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.home.root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.home.root.join(path)).unwrap_or_default()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.0.gantry_command(args);
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.home.root.join("bin").display()));
        command
    }

    fn gantry(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().expect("gantry starts"))
    }

    /// So many commands were asked for.
    fn executed(&self) -> usize {
        let world = self.0.world();
        let writes = world["writes"].as_array().expect("writes");
        writes.iter().filter(|write| write["operation"] == "ecs:ExecuteCommand").count()
    }
}

#[test]
fn a_command_is_executed_in_a_task_and_its_lines_are_the_result() {
    let stage = Stage::set(true, true);
    let ended = stage.gantry(&EXEC);
    assert_eq!(serde_json::from_str::<Value>(&ended.exits(0).stdout).expect("JSON"), json!(["version 1.4.2"]));
    ended.says(["`cat /app/VERSION` is executed in task ", "version 1.4.2", "1 of them changed something"]);
    assert!(!ended.stderr.contains("SessionId") && !ended.stderr.contains("sessionId"), "{ended}");

    // the plugin has the session from its environment, where other users of the machine cannot read it
    let asked = stage.read("asked");
    let [variable, region, verb, profile, target, endpoint] = asked.lines().collect::<Vec<_>>()[..] else {
        panic!("six arguments: {asked}")
    };
    assert_eq!((variable, region, verb), ("AWS_SSM_START_SESSION_RESPONSE", "ap-northeast-1", "StartSession"));
    assert_eq!((profile, endpoint), ("", ""));
    let target: Value = serde_json::from_str(target).expect("JSON");
    let listed = stage.0.aws("prod", &["ecs", "list-tasks", "--cluster", "prod", "--service-name", "web"]);
    let tasks: Vec<&str> = listed["taskArns"].as_array().expect("ARNs").iter().filter_map(Value::as_str).collect();
    let described =
        stage.0.aws("prod", &[&["ecs", "describe-tasks", "--cluster", "prod", "--tasks"], &tasks[..]].concat());
    let targets: Vec<String> = described["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .map(|task| {
            let id = task["taskArn"].as_str().expect("an ARN").rsplit('/').next().expect("an id");
            format!("ecs:prod_{id}_{}", task["containers"][0]["runtimeId"].as_str().expect("a runtime"))
        })
        .collect();
    assert!(targets.contains(&target["Target"].as_str().expect("a target").to_owned()), "{target} of {targets:?}");

    // and its token is nowhere else
    let session: Value = serde_json::from_str(&stage.read("session")).expect("JSON");
    let token = session["tokenValue"].as_str().expect("a token");
    let kept = stage.0.home.kept();
    assert!(kept.iter().any(|(_, text)| text.contains("cat /app/VERSION")), "{kept:?}");
    assert!(kept.iter().all(|(_, text)| !text.contains(token)) && !ended.stderr.contains(token));
}

#[test]
fn an_old_plugin_takes_the_session_as_its_argument() {
    let stage = Stage::set(true, true);
    stage.write("version", "1.2.497.0\n");
    stage.gantry(&EXEC).exits(0);
    let asked = stage.read("asked");
    let session: Value = serde_json::from_str(asked.lines().next().expect("an argument")).expect("JSON");
    assert!(session["streamUrl"].is_string() && session["tokenValue"].is_string(), "{session}");
    assert_eq!(stage.read("session"), "");
}

#[test]
fn without_the_plugin_nothing_is_asked_for() {
    let stage = Stage::set(true, false);
    stage.gantry(&EXEC).exits(3).says([
        "x session-manager-plugin is not on PATH",
        "help: install the Session Manager plugin of AWS",
        "0 of them changed something",
    ]);
    assert_eq!(stage.executed(), 0);
}

#[test]
fn where_ecs_executes_nothing_it_is_said_why() {
    let stage = Stage::set(false, true);
    let ended = stage.gantry(&EXEC);
    ended.exits(3).says(["execute command was not enabled", "deploy the service with `execute_command: true`"]);
    assert_eq!(stage.read("asked"), "", "the plugin was not called");
}

#[test]
fn a_session_that_does_not_begin_is_no_success_though_the_plugin_says_so() {
    let stage = Stage::set(true, true);
    for (switch, why) in [
        ("broken", "EOF"),
        ("refused", "Plugin with name InteractiveCommands not found"),
        ("lost", "it ended without saying that it was over"),
    ] {
        stage.write(switch, "");
        let before = stage.executed();
        let said = format!("the session with the container broke: {why}");
        stage.gantry(&EXEC).exits(1).says([said.as_str(), "cannot be known: the session with it was cut"]);
        fs::remove_file(stage.0.home.root.join(switch)).expect("a file");
        // it may have run: nobody executes it once more
        stage.gantry(&["resume"]).exits(3).says(["cannot be known", "not executed a second time"]);
        assert_eq!(stage.executed(), before + 1, "{why}");
        fs::remove_dir_all(stage.0.home.root.join(".gantry")).expect("its runs");
    }
}

#[test]
fn a_command_that_takes_too_long_is_given_up() {
    let stage = Stage::set(true, true);
    stage.write("slow", "");
    let ended = stage.gantry(&[&EXEC[..], &["--timeout", "1s"]].concat());
    ended.exits(1).says(["at work", "the session with the container broke: it was not over after 1.0s"]);
}

#[test]
fn what_a_command_prints_is_the_result_to_the_byte() {
    let stage = Stage::set(true, true);
    let long = "x".repeat(10_000);
    let lines = PLUGIN.replace("echo \"version 1.4.2\"", &format!("printf '  {{\\n\\n {long}\\r\\n'"));
    stage.write("bin/session-manager-plugin", &lines);
    let ended = stage.gantry(&EXEC);
    let value: Value = serde_json::from_str(&ended.exits(0).stdout).expect("JSON");
    assert_eq!(value, json!(["  {", "", format!(" {long}")]));
}

#[test]
fn a_command_that_is_cut_is_not_executed_again() {
    let stage = Stage::set(true, true);
    stage.write("slow", "");
    let running = Running::start(stage.command(&EXEC));
    running.after("at work").signal("TERM").ends().exits(4).says(["interrupted", "gantry resume"]);
    let (pid, until) = (stage.read("pid"), Instant::now() + Duration::from_secs(20));
    while fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < until, "the plugin still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::remove_file(stage.0.home.root.join("slow")).expect("a file");
    for _ in 0..2 {
        let resumed = stage.gantry(&["resume"]);
        resumed.exits(3).says(["whether `cat /app/VERSION` in task ", "cannot be known", "not executed a second time"]);
    }
    assert_eq!(stage.executed(), 1);
}

#[test]
fn a_shell_has_the_terminal_and_wants_one() {
    let stage = Stage::set(true, true);
    let shell = &EXEC[..7];
    let ended = stage.gantry(shell);
    ended.exits(2).says(["x there is no terminal to hand over", "give a command"]);
    assert_eq!(stage.executed(), 0);

    // util-linux's script gives it one
    let gantry = checkout().join(env!("CARGO_BIN_EXE_gantry")).display().to_string();
    let asked = stage.command(shell);
    let mut command = Command::new("script");
    command.env_clear().envs(asked.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(&stage.0.home.root);
    command.args(["-qec", &format!("{gantry} {}", shell.join(" ")), "/dev/null"]);
    let ended = Ended::of(command.output().expect("script starts"));
    ended.exits(0);
    assert!(ended.stdout.contains("a shell at a terminal"), "{ended}");
    assert_eq!(stage.executed(), 1);
}

#[test]
fn a_rehearsal_executes_nothing_and_says_what_ecs_would() {
    let stage = Stage::set(true, true);
    let rehearsed = |args: &[&str]| {
        let world = ["rehearse", "exec", "--world", "scripts/release.world.toml"];
        let ended = stage.gantry(&[&world[..], args].concat());
        assert_eq!(stage.read("asked"), "", "{ended}");
        ended
    };
    let at = ["--session", "prod", "--cluster", "prod", "--command", "bin/check"];
    rehearsed(&[&at[..], &["--service", "web"]].concat()).exits(0).says(["`bin/check` is not executed in a rehearsal"]);
    rehearsed(&[&at[..], &["--task", "784b"]].concat()).exits(3).says(["The referenced task was not found."]);
    rehearsed(&at).exits(2).says(["say where: --service or --task, one of both"]);
}
