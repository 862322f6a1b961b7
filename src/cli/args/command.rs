//! The verbs and flags of gantry itself, for clap.

use crate::domain::deadline::Deadline;
use clap::{Arg, ArgAction, Command, value_parser};
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// The flags that every run has.
pub fn common() -> [Arg; 2] {
    [
        Arg::new("output")
            .long("output")
            .value_name("FORMAT")
            .value_parser(["text", "json"])
            .display_order(900)
            .help("For people, or for programs [default: text]"),
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .display_order(901)
            .action(ArgAction::SetTrue)
            .help("Tell every call"),
    ]
}

/// The flag of a rehearsal.
pub fn world() -> Arg {
    Arg::new("world")
        .long("world")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("World file [default: SCRIPT's name with .world.toml]")
}

/// The other flag of a rehearsal.
pub fn world_after() -> Arg {
    Arg::new("world-after")
        .long("world-after")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Keep there, as JSON, what the world is in the end")
}

/// The flag of whatever runs.
pub fn deadline() -> Arg {
    Arg::new("deadline")
        .long("deadline")
        .value_name("TIME")
        .value_parser(value_parser!(Deadline))
        .help("Stop after so long, such as 45m, as if interrupted; `gantry resume` goes on")
}

fn script(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .arg(
            Arg::new("script")
                .value_name("SCRIPT")
                .required(true)
                .num_args(1..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .value_parser(value_parser!(OsString))
                .help("A script, and its arguments; `gantry help SCRIPT` tells them"),
        )
        .args(common())
}

fn sandbox() -> Command {
    Command::new("sandbox")
        .about("Serve the embedded ECS, ECR and registries of a world file to any client, on 127.0.0.1")
        .arg(world().required(true).help("World file"))
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("N")
                .value_parser(value_parser!(u16))
                .help("Port for AWS; the registries take the ones after it [default: free ones]"),
        )
        .arg(
            Arg::new("speed")
                .long("speed")
                .value_name("N")
                .default_value("1")
                .value_parser(value_parser!(NonZeroU32))
                .help("How many times as fast as the wall's the world's clock runs"),
        )
}

fn resume() -> Command {
    Command::new("resume")
        .about("Go on with an interrupted run: what is done stays done, what is in doubt is looked for")
        .arg(Arg::new("run").value_name("RUN").help("Its name [default: the last one that is not finished]"))
        .arg(
            Arg::new("adopt")
                .long("adopt")
                .action(ArgAction::SetTrue)
                .help("Take the script as it is now, as far as its calls agree"),
        )
        .arg(
            Arg::new("approve")
                .long("approve")
                .action(ArgAction::SetTrue)
                .help("Approve what it waits for: your name and the time are recorded"),
        )
        .arg(
            Arg::new("due")
                .long("due")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["run", "approve"])
                .help("Go on with all runs that wait for a time that has come"),
        )
        .arg(deadline().help("Stop after so long; without it nothing stops what goes on"))
}

fn runs() -> Command {
    Command::new("runs")
        .about("What ran here, how it ended, what it changed")
        .subcommand(Command::new("list").about("All runs, the oldest first"))
        .subcommand(
            Command::new("show")
                .about("The story of one run, of the newest without a name")
                .arg(Arg::new("run").value_name("RUN")),
        )
        .subcommand(
            Command::new("forget")
                .about("Remove one run, finished or not: it cannot be gone on with any more")
                .arg(Arg::new("run").value_name("RUN").required(true)),
        )
        .subcommand(
            Command::new("prune").about("Remove finished runs").arg(
                Arg::new("keep")
                    .long("keep")
                    .value_name("N")
                    .default_value("20")
                    .value_parser(value_parser!(usize))
                    .help("How many of the newest stay"),
            ),
        )
}

/// gantry's whole command line.
pub fn command() -> Command {
    Command::new("gantry")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Write, rehearse and run release scripts for Amazon ECS")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .allow_external_subcommands(true)
        .external_subcommand_value_parser(value_parser!(OsString))
        .disable_help_subcommand(true)
        .args(common().map(|arg| arg.global(true)))
        .subcommand(
            script("run", "Do it")
                .mut_arg("script", |arg| arg.required(false).required_unless_present("plan"))
                .arg(deadline())
                .arg(
                    Arg::new("plan")
                        .long("plan")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("A plan that was kept by `gantry plan --out`: what was reviewed is what happens"),
                ),
        )
        .subcommand(
            script("plan", "Show what it would do: reads are real, writes are predicted, nothing changes")
                .arg(world())
                .arg(
                    Arg::new("out")
                        .long("out")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Keep the plan there, for `gantry run --plan`"),
                )
                .arg(
                    Arg::new("detailed-exitcode")
                        .long("detailed-exitcode")
                        .action(ArgAction::SetTrue)
                        .help("Exit with 5 where there are changes"),
                ),
        )
        .subcommand(
            script("rehearse", "Do it against the embedded ECS and ECR, described by a world file")
                .arg(world())
                .arg(world_after())
                .arg(deadline()),
        )
        .subcommand(resume())
        .subcommand(runs())
        .subcommand(
            Command::new("eval").about("A one-liner; its value is printed as JSON").arg(
                Arg::new("expression")
                    .value_name("EXPRESSION")
                    .required(true)
                    .allow_hyphen_values(true)
                    .help("Rhai, with everything that a script has"),
            ),
        )
        .subcommand(
            Command::new("check").about("Find mistakes without running anything").arg(
                Arg::new("scripts")
                    .value_name("SCRIPT")
                    .required(true)
                    .num_args(1..)
                    .value_parser(value_parser!(PathBuf))
                    .help("Scripts, by their paths"),
            ),
        )
        .subcommand(sandbox())
        .subcommand(Command::new("list").about("The commands: the team's scripts/, and those built in"))
        .subcommand(
            Command::new("help")
                .about("What a command or a script does, and its arguments")
                .arg(Arg::new("name").value_name("NAME").help("A command, or a script by its path")),
        )
        .after_help("gantry NAME [ARGS]… runs scripts/NAME.rhai of the project, or the built-in command of that name.")
}
