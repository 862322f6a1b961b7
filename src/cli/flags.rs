//! The flags of a script: made of its `ARGS`, and read from what follows its name.

use super::args;
use super::output::Format;
use crate::domain::deadline::Deadline;
use crate::script::arguments::{Argument, Arguments, Kind};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command, builder::StyledStr};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// What followed the script's name, understood.
pub struct Given {
    /// The script's arguments by name, as they were written.
    pub values: BTreeMap<String, Vec<String>>,
    /// `--output`, if it stood there.
    pub format: Option<Format>,
    /// `--verbose`.
    pub verbose: bool,
    /// `--world`.
    pub world: Option<PathBuf>,
    /// `--world-after`.
    pub world_after: Option<PathBuf>,
    /// `--deadline`.
    pub deadline: Option<Deadline>,
}

/// The script's command line. `usage` is what a user types before the flags.
fn command(usage: &str, arguments: &Arguments) -> Command {
    let mut command = Command::new(usage.to_owned())
        .bin_name(usage.to_owned())
        .no_binary_name(true)
        .about(arguments.description.trim().to_owned())
        .disable_version_flag(true)
        .next_help_heading("Arguments");
    for argument in &arguments.list {
        command = command.arg(flag(argument));
    }
    // elsewhere it is understood too, to be refused in words of its own
    let verb = usage.split(' ').nth(1);
    let is_one_of = |verbs: &[&str]| verbs.iter().any(|one| verb == Some(one));
    let of_gantry = [
        args::world().hide(!is_one_of(&["rehearse", "plan"])),
        args::world_after().hide(!is_one_of(&["rehearse"])),
        args::deadline().hide(is_one_of(&["plan"])),
    ];
    command.next_help_heading("Options of gantry").args(args::common()).args(of_gantry)
}

fn flag(argument: &Argument) -> Arg {
    let arg = Arg::new(argument.name.clone()).long(argument.flag.clone()).help(help(argument));
    match argument.kind {
        // a flag is on when it is there, and can be said to be off where it is on by default
        Kind::Flag => arg.action(ArgAction::Append).num_args(0..=1).require_equals(true).default_missing_value("true"),
        kind if kind.repeats() => arg.action(ArgAction::Append).value_name(value_name(argument)),
        _ => arg.action(ArgAction::Append).allow_hyphen_values(true).value_name(value_name(argument)),
    }
}

fn value_name(argument: &Argument) -> String {
    match argument.kind {
        Kind::Choice => argument.choices.join("|"),
        Kind::Map => "KEY=VALUE".to_owned(),
        kind => kind.name().to_uppercase(),
    }
}

fn help(argument: &Argument) -> StyledStr {
    let value = match &argument.value {
        Some(serde_json::Value::String(value)) if !value.is_empty() => format!(" [default: {value}]"),
        Some(serde_json::Value::Number(value)) => format!(" [default: {value}]"),
        Some(serde_json::Value::Bool(true)) => " [default: true]".to_owned(),
        _ if argument.required => " [required]".to_owned(),
        _ => String::new(),
    };
    let text = format!("{}{value}", argument.help);
    text.trim().to_owned().into()
}

/// The help of a script.
pub fn help_of(usage: &str, arguments: &Arguments) -> String {
    command(usage, arguments).render_help().to_string()
}

/// gantry's own flags that stand before the script, by verb: behind it, a script may have flags of these names.
const IN_FRONT: [(&str, &[&str]); 2] = [("plan", &["--out", "--detailed-exitcode"]), ("run", &["--plan"])];

/// The error, with where the flag stands if it is one of gantry's that stand elsewhere.
fn in_its_place(mut error: clap::Error, usage: &str) -> clap::Error {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg).cloned() else { return error };
    let verb = usage.split(' ').nth(1).unwrap_or_default();
    if IN_FRONT.iter().any(|(of, flags)| *of == verb && flags.contains(&flag.as_str())) {
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("'{flag}' is gantry's, and stands before the script: gantry {verb} {flag} …");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Reads what follows a script's name.
///
/// # Errors
/// What clap says: an unknown flag, with the nearest known one; `--help`, which is no mistake.
pub fn read(usage: &str, arguments: &Arguments, rest: Vec<OsString>) -> Result<Given, clap::Error> {
    let matches = command(usage, arguments).try_get_matches_from(rest).map_err(|error| in_its_place(error, usage))?;
    let values = arguments.list.iter().filter_map(|argument| {
        let values: Vec<String> = matches.get_many::<String>(&argument.name)?.cloned().collect();
        Some((argument.name.clone(), values))
    });
    let (format, verbose) = args::manner(&matches);
    Ok(Given {
        values: values.collect(),
        format: matches.contains_id("output").then_some(format),
        verbose,
        world: matches.get_one::<PathBuf>("world").cloned(),
        world_after: matches.get_one::<PathBuf>("world-after").cloned(),
        deadline: matches.get_one::<Deadline>("deadline").copied(),
    })
}
