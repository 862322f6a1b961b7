//! gantry's own command line. What follows a script's name is the script's, and is read once the script is known.

use super::output::Format;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// `gantry run SCRIPT`.
    Run(Script),
    /// `gantry run --plan FILE`, and what follows.
    CarryOut(PathBuf, Script),
    /// `gantry plan SCRIPT`.
    Plan(Planning),
    /// `gantry rehearse SCRIPT`.
    Rehearse(Script),
    /// `gantry resume [RUN]`.
    Resume(Resume),
    /// `gantry runs`.
    Runs(Runs),
    /// `gantry eval EXPRESSION`.
    Eval(String),
    /// `gantry sandbox`.
    Sandbox(Served),
    /// `gantry check SCRIPT…`.
    Check(Vec<PathBuf>),
    /// `gantry list`.
    List,
    /// `gantry help NAME`, of a script or a command.
    Help(String),
    /// `gantry NAME`.
    Command(Script),
}

/// A script to be planned.
#[derive(Debug, PartialEq, Eq)]
pub struct Planning {
    /// The script.
    pub script: Script,
    /// Where the plan is kept.
    pub out: Option<PathBuf>,
    /// Whether changes are an exit code of their own.
    pub detailed: bool,
}

/// A run that is to be gone on with.
#[derive(Debug, PartialEq, Eq)]
pub struct Resume {
    /// Its name; the last one that can be gone on with, where none is named.
    pub run: Option<String>,
    /// Whether a changed script is taken as far as its calls agree.
    pub adopt: bool,
    /// Whether the question it waits for is answered with yes.
    pub approve: bool,
    /// Whether all runs are meant that wait for a time that has come.
    pub due: bool,
}

/// What of the runs is wanted.
#[derive(Debug, PartialEq, Eq)]
pub enum Runs {
    /// A line each.
    List,
    /// The story of one.
    Show(String),
    /// All finished ones but so many removed.
    Prune(usize),
}

/// A script and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// A path, or the name of a command.
    pub name: String,
    /// What follows.
    pub rest: Vec<OsString>,
    /// `--world`, in front of the script.
    pub world: Option<PathBuf>,
}

/// A world to be served.
#[derive(Debug, PartialEq, Eq)]
pub struct Served {
    /// `--world`.
    pub world: PathBuf,
    /// `--port`; 0 for any that is free.
    pub port: u16,
    /// `--speed`.
    pub speed: NonZeroU32,
}

/// The command line, understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Asking {
    /// What was asked for.
    pub asked: Asked,
    /// `--output`.
    pub format: Format,
    /// `--verbose`.
    pub verbose: bool,
}

/// gantry's own flags, which a script's arguments cannot be named like. All of them are understood after the script's
/// name too.
pub const RESERVED: &[&str] = &["output", "verbose", "world", "help", "version"];

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

fn command() -> Command {
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
            script("run", "Do it").mut_arg("script", |arg| arg.required(false).required_unless_present("plan")).arg(
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
            script("rehearse", "Do it against the embedded ECS and ECR, described by a world file").arg(world()),
        )
        .subcommand(
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
                ),
        )
        .subcommand(
            Command::new("runs")
                .about("What ran here, how it ended, what it changed")
                .subcommand(Command::new("list").about("All runs, the oldest first"))
                .subcommand(
                    Command::new("show")
                        .about("The story of one run")
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
                ),
        )
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

/// Understands the command line.
///
/// # Errors
/// What clap says of it: also `--help` and `--version`, which are no mistakes.
pub fn parse(line: Vec<OsString>) -> Result<Asking, clap::Error> {
    let matches = command().try_get_matches_from(line)?;
    let (name, inner) = matches.subcommand().ok_or_else(|| help_error(None))?;
    let (format, verbose) = manner(&matches);
    let (asked, (format, verbose)) = match name {
        "run" | "rehearse" | "plan" => {
            let mut words: VecDeque<_> = inner.get_many::<OsString>("script").into_iter().flatten().cloned().collect();
            let carried_out = inner.try_get_one::<PathBuf>("plan").ok().flatten().cloned();
            let named = if carried_out.is_some() { None } else { words.pop_front() };
            let script = Script {
                name: named.map(text).transpose()?.unwrap_or_default(),
                rest: words.into(),
                world: inner.try_get_one("world").ok().flatten().cloned(),
            };
            let asked = match (name, carried_out) {
                (_, Some(plan)) => Asked::CarryOut(plan, script),
                ("run", None) => Asked::Run(script),
                ("rehearse", None) => Asked::Rehearse(script),
                _ => Asked::Plan(Planning {
                    script,
                    out: inner.get_one("out").cloned(),
                    detailed: inner.get_flag("detailed-exitcode"),
                }),
            };
            (asked, manner(inner))
        }
        "resume" => {
            let run = inner.get_one::<String>("run").cloned();
            (
                Asked::Resume(Resume {
                    run,
                    adopt: inner.get_flag("adopt"),
                    approve: inner.get_flag("approve"),
                    due: inner.get_flag("due"),
                }),
                manner(inner),
            )
        }
        "runs" => {
            let runs = match inner.subcommand() {
                Some(("show", inner)) => Runs::Show(one(inner, "run")),
                Some(("prune", inner)) => Runs::Prune(inner.get_one::<usize>("keep").copied().unwrap_or_default()),
                _ => Runs::List,
            };
            (Asked::Runs(runs), manner(inner))
        }
        "eval" => (Asked::Eval(one(inner, "expression")), manner(inner)),
        "sandbox" => {
            let served = Served {
                world: inner.get_one::<PathBuf>("world").cloned().unwrap_or_default(),
                port: inner.get_one("port").copied().unwrap_or(0),
                speed: inner.get_one("speed").copied().unwrap_or(NonZeroU32::MIN),
            };
            (Asked::Sandbox(served), manner(inner))
        }
        "check" => {
            let scripts = inner.get_many::<PathBuf>("scripts").into_iter().flatten().cloned().collect();
            (Asked::Check(scripts), manner(inner))
        }
        "list" => (Asked::List, manner(inner)),
        "help" => match inner.get_one::<String>("name") {
            Some(name) if command().find_subcommand(name).is_some() => return Err(help_error(Some(name))),
            Some(name) => (Asked::Help(name.clone()), manner(inner)),
            None => return Err(help_error(None)),
        },
        name => {
            let rest = inner.get_many::<OsString>("").into_iter().flatten().cloned().collect();
            (Asked::Command(Script { name: name.to_owned(), rest, world: None }), (format, verbose))
        }
    };
    Ok(Asking { asked, format, verbose })
}

/// What `--output` and `--verbose` say.
pub fn manner(matches: &ArgMatches) -> (Format, bool) {
    let json = matches.get_one::<String>("output").is_some_and(|format| format == "json");
    (if json { Format::Json } else { Format::Text }, matches.get_flag("verbose"))
}

fn one(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

fn text(word: OsString) -> Result<String, clap::Error> {
    word.into_string().map_err(|_| clap::Error::new(clap::error::ErrorKind::InvalidUtf8))
}

/// The help of gantry or of one of its subcommands, which clap gives as an error.
fn help_error(of: Option<&str>) -> clap::Error {
    let asked = command().try_get_matches_from(["gantry"].into_iter().chain(of).chain(["--help"]));
    asked.err().unwrap_or_else(|| clap::Error::new(clap::error::ErrorKind::DisplayHelp))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Asking {
        parse(line.iter().map(OsString::from).collect()).expect("understood")
    }

    #[test]
    fn what_follows_a_script_is_the_scripts() {
        let asking = parsed(&["gantry", "--output", "json", "run", "a.rhai", "--wait", "none", "-v", "--help"]);
        let rest = ["--wait", "none", "-v", "--help"].map(OsString::from).to_vec();
        assert_eq!(asking.asked, Asked::Run(Script { name: "a.rhai".into(), rest, world: None }));
        assert_eq!((asking.format, asking.verbose), (Format::Json, false));
    }

    #[test]
    fn an_unknown_name_is_a_command_of_the_team() {
        let asking = parsed(&["gantry", "deploy", "--cluster", "c"]);
        let rest = ["--cluster", "c"].map(OsString::from).to_vec();
        assert_eq!(asking.asked, Asked::Command(Script { name: "deploy".into(), rest, world: None }));
    }

    #[test]
    fn a_world_may_be_named_before_the_script() {
        let asking = parsed(&["gantry", "rehearse", "--world", "w.toml", "a.rhai"]);
        let world = Some(PathBuf::from("w.toml"));
        assert_eq!(asking.asked, Asked::Rehearse(Script { name: "a.rhai".into(), rest: Vec::new(), world }));
    }

    #[test]
    fn a_sandbox_has_a_world_and_perhaps_a_port_and_a_speed() {
        let plain = Served { world: "w.toml".into(), port: 0, speed: NonZeroU32::MIN };
        assert_eq!(parsed(&["gantry", "sandbox", "--world", "w.toml"]).asked, Asked::Sandbox(plain));
        let line = ["gantry", "-v", "sandbox", "--world", "w.toml", "--port", "4000", "--speed", "60"];
        let asking = parsed(&line);
        let speed = NonZeroU32::new(60).expect("not zero");
        assert_eq!(asking.asked, Asked::Sandbox(Served { world: "w.toml".into(), port: 4000, speed }));
        assert!(asking.verbose);
        for wrong in [&["--speed", "0"][..], &["--port", "65536"], &["--world"]] {
            let line = ["gantry", "sandbox", "--world", "w.toml"].iter().chain(wrong);
            assert!(parse(line.map(OsString::from).collect()).is_err(), "{wrong:?}");
        }
        assert!(parse(["gantry", "sandbox"].map(OsString::from).to_vec()).is_err());
    }

    #[test]
    fn the_reserved_names_are_those_of_the_flags() {
        let mut names: Vec<_> = common().iter().chain(&[world()]).map(|arg| arg.get_id().to_string()).collect();
        names.extend(["help".to_owned(), "version".to_owned()]);
        assert_eq!(names, RESERVED);
        command().debug_assert();
    }
}
