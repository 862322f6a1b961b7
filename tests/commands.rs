//! The team's commands and the built-in ones: listed, explained, checked and run.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;

/// A team with a command of its own for each purpose.
fn team() -> Project {
    Project::empty()
        .file("gantry.toml", "")
        .file(
            "scripts/deploy.rhai",
            "//! Our way to deploy.\n//!\n//! With a second paragraph.\nlog::info(\"ours\");\n",
        )
        .file("scripts/broken.rhai", "let x = ;\n")
        .file("scripts/greet.rhai", GREET)
        .file("scripts/plain.rhai", "1\n")
        .file("scripts/notes.txt", "no command\n")
        .file("scripts/lib/steps.rhai", "fn f() { 1 }\n")
}

const GREET: &str = "\
//! Greets somebody. Loudly, where it is wanted.

const ARGS = #{
    name: #{ help: \"whom\", required: true },
    on_end: #{ help: \"how to part\", value: \"bye\" },
    loud: #{ help: \"in capitals\", kind: \"flag\" },
};

let text = if args.loud { args.name.to_upper() } else { args.name };
log::info(`hello ${text}, ${args.on_end}`);
";

/// The commands that nobody shadows here.
const BUILT_IN: &str = "\
exec      built in  Execute a command in a container that runs, or open a shell there.
refresh   built in  Start new tasks of the same task definition, and wait until only they serve.
rollback  built in  Put a service back on what was last deployed to it with success, and wait until only that serves.
run-task  built in  Run one task, tell what it logs, and wait until it has ended.
scale     built in  Set the number of tasks of a service, and wait until so many run.
status    built in  Show a service: what it runs, its deployments, its tasks and what happened last.
tasks     built in  List the tasks of a service, of a family or of a whole cluster, with why those that have stopped did.
";

#[test]
fn the_teams_commands_come_first_and_shadow_the_built_in_ones() {
    let team = team();
    let listed = "\
broken    scripts/  has a mistake: `gantry check` of its file tells it
deploy    scripts/  Our way to deploy.
greet     scripts/  Greets somebody.
plain     scripts/
"
    .to_owned()
        + BUILT_IN;
    let listed = listed.as_str();
    gantry(&team.root).args(["list"]).ends().is(0, listed, "");
    let json = gantry(&team.root).args(["list", "--output", "json"]).ends();
    json.exits(0).says([]);
    let rows: serde_json::Value = serde_json::from_str(&json.stdout).expect("one array");
    let row = serde_json::json!({ "name": "deploy", "from": "scripts/", "about": "Our way to deploy." });
    assert_eq!((rows.as_array().map(Vec::len), &rows[1]), (Some(11), &row));

    gantry(&team.root).args(["deploy"]).ends().timeless().is(
        0,
        "",
        "   0.0s  ours\n\ndone in 0.0s: 0 calls, 0 of them changed something\n",
    );
    // the same from a folder below, and not from elsewhere
    gantry(&team.root.join("scripts/lib")).args(["list"]).ends().is(0, listed, "");
    let deploy = "deploy    built in  Deploy images to a service and wait until only they serve.\n";
    let built_in = deploy.to_owned() + BUILT_IN;
    let built_in = built_in.as_str();
    gantry(&Project::empty().root).args(["list"]).ends().is(0, built_in, "");
}

#[test]
fn a_command_with_a_mistake_is_not_run() {
    let team = team();
    let report = "  x unexpected ';'\n   ,-[scripts/broken.rhai:1:9]\n 1 | let x = ;\n   :         ^\n   `----\n";
    gantry(&team.root).args(["broken"]).ends().is(2, "", report);
    gantry(&team.root).args(["broken", "--help"]).ends().is(2, "", report);
    gantry(&team.root).args(["help", "broken"]).ends().is(2, "", report);
}

#[test]
fn a_command_is_run_with_its_flags() {
    let team = team();
    let done = "\ndone in 0.0s: 0 calls, 0 of them changed something\n";
    let greet = |told: &str| format!("   0.0s  {told}\n{done}");
    let run = |flags: [&str; 3]| gantry(&team.root).args(["greet"]).args(flags).ends().timeless();
    run(["--name", "ann", "--loud"]).is(0, "", &greet("hello ANN, bye"));
    run(["--name=ann", "--on-end=ciao", "--loud=false"]).is(0, "", &greet("hello ann, ciao"));
    run(["--name", "-x", "-v"]).is(0, "", &greet("hello -x, bye"));
    let script = gantry(&team.root).args(["run", "scripts/greet.rhai", "--name", "ann"]).ends().timeless();
    script.is(0, "", &greet("hello ann, bye"));
    let missing = "error: --name is missing: whom\n  hint: add `--name TEXT`\n";
    gantry(&team.root).args(["greet"]).ends().is(2, "", missing);
}

#[test]
fn a_command_that_is_not_there_is_told_with_the_nearest() {
    let team = team();
    let near = |name: &str, meant: &str| {
        let hint = format!("did you mean `gantry {meant}`? `gantry list` shows all commands");
        let expected = format!("error: there is no command `{name}`\n  hint: {hint}\n");
        gantry(&team.root).args([name]).ends().is(2, "", &expected);
        gantry(&team.root).args(["help", name]).ends().is(2, "", &expected);
    };
    near("deplyo", "deploy");
    near("grete", "greet");
    near("lsit", "list");
    near("chekc", "check");
    for far in ["frobnicate", "../greet", "scripts/greet", ".", "/etc/passwd", ""] {
        let hint = "`gantry list` shows all commands; a script is run with `gantry run SCRIPT`";
        let expected = format!("error: there is no command `{far}`\n  hint: {hint}\n");
        gantry(&team.root).args([far]).ends().is(2, "", &expected);
    }
}

#[test]
fn every_kind_of_argument_reaches_the_script() {
    let script = "\
const ARGS = #{
    words:  #{ kind: \"text\" },
    count:  #{ kind: \"integer\" },
    force:  #{ kind: \"flag\" },
    wait:   #{ kind: \"choice\", choices: [\"none\", \"drained\"] },
    image:  #{ kind: \"image\" },
    every:  #{ kind: \"duration\" },
    at_noon: #{ kind: \"time\" },
    place:  #{ kind: \"path\" },
    hosts:  #{ kind: \"list\" },
    tags:   #{ kind: \"map\" },
};
args
";
    let project = Project::empty().file("scripts/all.rhai", script);
    let run = |flags: &[&str]| {
        let mut command = gantry(&project.root).args(["all", "--output", "json"]).command();
        let ended = support::Ended::of(command.args(flags).output().expect("gantry starts"));
        ended.is(0, &ended.stdout, "");
        let end: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one object");
        end["value"].clone()
    };
    let nothing = serde_json::json!({
        "at_noon": null, "count": null, "every": null, "force": false, "hosts": [],
        "image": null, "place": null, "tags": {}, "wait": null, "words": null,
    });
    assert_eq!(run(&[]), nothing);
    let words =
        ["--words", "two words", "--count", "-3", "--force", "--wait", "none", "--image", "shop:1", "--every", "90s"];
    let more = ["--at-noon", "2026-07-25T12:00:00+09:00", "--place", "config/prod", "--hosts", "a", "--hosts", "b=c"];
    let pairs = ["--tags", "team=shop", "--tags", "note=a=b"];
    let everything = serde_json::json!({
        "at_noon": "2026-07-25T12:00:00+09:00", "count": -3, "every": "90s", "force": true, "hosts": ["a", "b=c"],
        "image": "shop:1", "place": "config/prod", "tags": { "note": "a=b", "team": "shop" }, "wait": "none",
        "words": "two words",
    });
    assert_eq!(run(&[&words[..], &more[..], &pairs[..]].concat()), everything);
}

#[test]
fn a_run_that_wrote_nothing_has_no_journal_to_name() {
    let project = Project::empty().file("r.rhai", "#{ a: 1 }");
    let ended = gantry(&project.root).args(["run", "r.rhai", "--output", "json"]).ends();
    let mut end: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one object");
    let (run, millis) = (end["run"].take(), end["millis"].take());
    assert!(run.as_str().is_some_and(|run| run.ends_with("Z-r")) && millis.is_u64(), "{ended}");
    let expected = serde_json::json!({
        "outcome": "done", "exit": 0, "value": { "a": 1 }, "written": [], "millis": null, "run": null, "journal": null,
        "error": null,
    });
    assert_eq!(end, expected);
    assert!(project.kept().is_empty());
}

#[test]
fn with_verbose_every_call_is_told() {
    let project = Project::empty().file("scripts/nap.rhai", "time::sleep(\"1ms\");\ndebug(1);\n");
    let plain = "\ndone in 0.0s: 1 call, 0 of them changed something\n";
    gantry(&project.root).args(["nap"]).ends().timeless().is(0, "", plain);
    let told = "   0.0s    call 1: pause for 1ms (0.0s)\n   0.0s  debug: scripts/nap.rhai:2 1\n";
    gantry(&project.root).args(["nap", "-v"]).ends().timeless().is(0, "", &format!("{told}{plain}"));
    gantry(&project.root).args(["-v", "nap"]).ends().timeless().is(0, "", &format!("{told}{plain}"));
}
