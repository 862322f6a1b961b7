//! What gantry says of itself and of each script, without running anything.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;

const GANTRY: &str =
    "Write, rehearse and run release scripts for Amazon ECS\n\nUsage: gantry [OPTIONS] <COMMAND>\n\nCommands:\n";
const COMMON: &str = "      --output <FORMAT>  For people, or for programs [default: text] [possible values: text, json]\n  \
                      -v, --verbose          Tell every call\n";

fn said<const N: usize>(args: [&str; N]) -> support::Ended {
    gantry(&Project::empty().root).args(args).ends()
}

#[test]
fn gantry_explains_itself() {
    let whole = said(["--help"]).exits(0).stdout.clone();
    assert!(whole.starts_with(GANTRY), "{whole}");
    for verb in ["run", "plan", "rehearse", "resume", "runs", "sandbox", "eval", "check", "list", "help"] {
        assert!(whole.contains(&format!("\n  {verb} ")), "{verb} is missing in\n{whole}");
    }
    assert!(whole.contains(COMMON), "{whole}");
    assert!(
        whole.ends_with(
            "\n\ngantry NAME [ARGS]… runs scripts/NAME.rhai of the project, or the built-in command of that name.\n"
        ),
        "{whole}"
    );
    said(["-h"]).is(0, &whole, "");
    said(["help"]).is(0, &whole, "");
    said([]).is(2, "", &whole);
}

#[test]
fn each_verb_is_explained_in_three_ways() {
    for verb in ["run", "plan", "rehearse", "resume", "runs", "sandbox", "eval", "check", "list", "help"] {
        let long = said([verb, "--help"]);
        long.exits(0);
        assert_eq!(long.stderr, "");
        assert!(
            long.stdout.contains(&format!("\nUsage: gantry {verb} "))
                && long.stdout.contains("--output <FORMAT>")
                && long.stdout.contains("-v, --verbose"),
            "{long}"
        );
        said([verb, "-h"]).is(0, &long.stdout, "");
        said(["help", verb]).is(0, &long.stdout, "");
    }
}

#[test]
fn the_version_is_the_packages() {
    let version = format!("gantry {}\n", env!("CARGO_PKG_VERSION"));
    said(["--version"]).is(0, &version, "");
    said(["-V"]).is(0, &version, "");
}

#[test]
fn the_built_in_command_is_explained() {
    let text = said(["help", "deploy"]);
    text.exits(0);
    assert_eq!(text.stderr, "");
    let parts = [
        "Deploy images to a service and wait until only they serve.\n\n",
        "\n\nUsage: gantry deploy [OPTIONS]\n\n",
        "--cluster <TEXT>\n",
        "--image <KEY=VALUE>\n          CONTAINER=REFERENCE, once for each container [required]\n",
        "--wait <none|traffic|deployed|drained>\n          how far to wait [default: drained]\n",
        "--timeout <DURATION>\n          how long to wait at the most [default: 10m]\n",
        "--on-failure <rollback|stop|leave>\n",
        COMMON,
    ];
    for part in parts {
        assert!(text.stdout.contains(part), "`{part}` is missing in\n{text}");
    }
    said(["deploy", "--help"]).is(0, &text.stdout, "");
    said(["deploy", "-h"]).is(0, &text.stdout, "");
}

#[test]
fn a_script_is_explained_by_its_header_and_its_arguments() {
    let script = "\
//! Greets somebody.
//!
//! Loudly, where it is wanted.

const ARGS = #{
    name: #{ help: \"whom\", required: true },
    on_end: #{ help: \"how to part\", value: \"bye\" },
    loud: #{ help: \"in capitals\", kind: \"flag\" },
    times: #{ value: 3 },
};
print(\"never\");
";
    let project = Project::empty().file("scripts/greet.rhai", script);
    let told = |usage: &str| {
        let world = "      --world <FILE>     World file [default: SCRIPT's name with .world.toml]\n";
        let after = "      --world-after <FILE>  Keep there, as JSON, what the world is in the end\n";
        let deadline =
            "      --deadline <TIME>  Stop after so long, such as 45m, as if interrupted; `gantry resume` goes on\n";
        let of_gantry = if usage.contains("rehearse") {
            // wider, for its longest flag
            let wider = |text: &str| text.replace("  Stop", "     Stop").replace("  World file", "     World file");
            let common = COMMON.replace("  For people", "     For people").replace("  Tell", "     Tell");
            format!("{}{after}{}{common}", wider(world), wider(deadline))
        } else {
            format!("{deadline}{COMMON}")
        };
        format!(
            "Greets somebody.\n\nLoudly, where it is wanted.\n\nUsage: {usage} [OPTIONS]\n\nOptions:\n  -h, --help  Print help\n\n\
             Arguments:\n      --name <TEXT>      whom [required]\n      --on-end <TEXT>    how to part [default: bye]\n      \
             --loud[=<loud>]    in capitals\n      --times <INTEGER>  [default: 3]\n\nOptions of gantry:\n{of_gantry}"
        )
    };
    let of = |args: &[&str]| support::Ended::of(gantry(&project.root).command().args(args).output().expect("gantry"));
    of(&["help", "greet"]).is(0, &told("gantry greet"), "");
    of(&["greet", "--help"]).is(0, &told("gantry greet"), "");
    let by_path = told("gantry run scripts/greet.rhai");
    of(&["help", "scripts/greet.rhai"]).is(0, &by_path, "");
    of(&["run", "scripts/greet.rhai", "--help"]).is(0, &by_path, "");
    of(&["rehearse", "scripts/greet.rhai", "--help"]).is(0, &told("gantry rehearse scripts/greet.rhai"), "");
}

#[test]
fn wrong_command_lines_are_refused() {
    let more = "\n\nFor more information, try '--help'.\n";
    let missing = format!(
        "error: the following required arguments were not provided:\n  <SCRIPT>...\n\nUsage: gantry run <SCRIPT>...{more}"
    );
    said(["run"]).is(2, "", &missing);
    let format = format!("error: invalid value 'yaml' for '--output <FORMAT>'\n  [possible values: text, json]{more}");
    said(["--output", "yaml", "list"]).is(2, "", &format);
    let flag = said(["--outptu", "json", "list"]);
    flag.exits(2).prints_nothing().says(["unexpected argument '--outptu' found", "'--output'", "Usage: gantry"]);
    let hint = "  hint: the script's own flags stand behind the script; `gantry --help` shows gantry's\n";
    for verb in ["run", "rehearse"] {
        said([verb, "--image", "r.rhai"]).is(2, "", &format!("error: gantry has no flag `--image` here\n{hint}"));
    }
    said(["list", "deploy"]).exits(2).prints_nothing().says(["unexpected argument 'deploy' found"]);
}
