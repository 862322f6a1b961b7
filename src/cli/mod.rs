//! The command line, the composition of the rooms, and the only code that prints.

mod args;
mod asker;
mod commands;
mod compose;
mod exit;
mod flags;
mod interrupt;
mod machine;
mod output;
mod perform;
mod plan;
mod print;
mod project;
mod ready;
mod resume;
mod run_record;
mod runs;
mod sandbox;
mod script;
mod show;
mod sources;
mod start;
mod stopping;
mod words_of_time;

use args::{Asked, Asking};
use exit::Exit;
use output::Manner;
use std::process::ExitCode;

/// gantry: reads the command line and does what it says.
pub fn main() -> ExitCode {
    let asking = match args::parse(machine::arguments()) {
        Ok(asking) => asking,
        Err(error) => return ready::flags_ended(&error).into(),
    };
    let Asking { asked, format, verbose } = asking;
    let manner = Manner::fitting(format, verbose);
    // a release that is done stays done, whether its result could be told or not
    let releases = matches!(asked, Asked::Run(_) | Asked::Command(_) | Asked::CarryOut(..) | Asked::Resume(_));
    let exit = match asked {
        Asked::CarryOut(plan, rest) => plan::carried_out(&plan, rest, manner),
        Asked::Plan(asked) => plan::planned(asked, manner),
        Asked::Run(script) => {
            let found = script::at(script.name.as_ref(), "run");
            start::really(script, found, manner)
        }
        Asked::Command(script) => {
            let found = script::command(&script.name);
            start::really(script, found, manner)
        }
        Asked::Rehearse(script) => start::rehearsed(script, manner),
        Asked::Resume(asked) => resume::resumed(&asked, manner),
        Asked::Runs(asked) => runs::told(&asked, manner),
        Asked::Eval(expression) => start::evaluated(expression, manner),
        Asked::Sandbox(asked) => sandbox::served(&asked, manner),
        Asked::Check(scripts) => commands::checked(&scripts, manner),
        Asked::List => commands::list(manner),
        Asked::Help(name) => commands::help(&name, manner),
    };
    if exit == Exit::Done && print::lost() && !releases {
        return Exit::Refused.into();
    }
    exit.into()
}
