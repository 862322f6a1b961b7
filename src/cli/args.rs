//! gantry's own command line. What follows a script's name is the script's, and is read once the script is known.

mod asked;
mod command;

pub use asked::{Asked, Asking, Planning, Resume, Runs, Script, Served};
pub use command::{common, deadline, world, world_after};

use super::output::Format;
use clap::ArgMatches;
use command::command;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// gantry's own flags, which a script's arguments cannot be named like. All of them are understood after the script's
/// name too.
pub const RESERVED: &[&str] = &["output", "verbose", "world", "world-after", "deadline", "help", "version"];

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
                world_after: inner.try_get_one("world-after").ok().flatten().cloned(),
                deadline: inner.try_get_one("deadline").ok().flatten().copied(),
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
                    deadline: inner.get_one("deadline").copied(),
                }),
                manner(inner),
            )
        }
        "runs" => {
            let runs = match inner.subcommand() {
                Some(("show", inner)) => Runs::Show(inner.get_one::<String>("run").cloned()),
                Some(("forget", inner)) => Runs::Forget(one(inner, "run")),
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
            (Asked::Command(Script { name: name.to_owned(), rest, ..Script::default() }), (format, verbose))
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
        assert_eq!(asking.asked, Asked::Run(Script { name: "a.rhai".into(), rest, ..Script::default() }));
        assert_eq!((asking.format, asking.verbose), (Format::Json, false));
    }

    #[test]
    fn an_unknown_name_is_a_command_of_the_team() {
        let asking = parsed(&["gantry", "deploy", "--cluster", "c"]);
        let rest = ["--cluster", "c"].map(OsString::from).to_vec();
        assert_eq!(asking.asked, Asked::Command(Script { name: "deploy".into(), rest, ..Script::default() }));
    }

    #[test]
    fn a_world_may_be_named_before_the_script() {
        let asking = parsed(&["gantry", "rehearse", "--world", "w.toml", "a.rhai"]);
        let world = Some(PathBuf::from("w.toml"));
        assert_eq!(asking.asked, Asked::Rehearse(Script { name: "a.rhai".into(), world, ..Script::default() }));
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
        let mut names: Vec<_> =
            common().iter().chain(&[world(), world_after(), deadline()]).map(|arg| arg.get_id().to_string()).collect();
        names.extend(["help".to_owned(), "version".to_owned()]);
        assert_eq!(names, RESERVED);
        command().debug_assert();
    }
}
