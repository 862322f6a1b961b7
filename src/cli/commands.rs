//! `list`, `help NAME` and `check`: what is there, without running anything.

use super::args::RESERVED;
use super::exit::Exit;
use super::output::{Format, Manner};
use super::script::{self, Loaded, Wrong};
use super::{flags, print, show};
use crate::effects::fault::Fault;
use crate::script::check::check;
use crate::script::stdlib;
use miette::Severity;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `gantry list`.
pub fn list(manner: Manner) -> Exit {
    let project = match script::here() {
        Ok(project) => project,
        Err(fault) => {
            show::fault(&fault, manner);
            return Exit::Wrong;
        }
    };
    let team = script::team_commands(&project);
    let built_in = stdlib::commands().map(ToOwned::to_owned).filter(|name| !team.contains(name));
    let rows: Vec<_> = team
        .iter()
        .map(|name| (name.clone(), "scripts/"))
        .chain(built_in.map(|name| (name, "built in")))
        .map(|(name, from)| (about(&name), name, from))
        .collect();
    match manner.format {
        Format::Json => {
            let rows: Vec<_> =
                rows.iter().map(|(about, name, from)| json!({ "name": name, "from": from, "about": about })).collect();
            print::result(&json!(rows).to_string());
        }
        Format::Text => {
            let width = rows.iter().map(|(_, name, _)| name.len()).max().unwrap_or(0);
            for (about, name, from) in rows {
                print::result(format!("{name:width$}  {from:8}  {about}").trim_end());
            }
        }
    }
    Exit::Done
}

/// The first sentence of a command's description.
fn about(name: &str) -> String {
    match script::command(name).map_err(Wrong::from).and_then(script::load) {
        Ok(loaded) => {
            let text = loaded.arguments.description.split_whitespace().collect::<Vec<_>>().join(" ");
            text.split_once(". ").map_or(text.clone(), |(first, _)| format!("{first}."))
        }
        Err(_) => "has a mistake: `gantry check` of its file tells it".to_owned(),
    }
}

/// `gantry help NAME`.
pub fn help(name: &str, manner: Manner) -> Exit {
    match script::either(name, "").map_err(Wrong::from).and_then(script::load) {
        Ok(Loaded { found, arguments, .. }) => {
            let usage = match &found.file {
                Some(file) if found.usage.ends_with(name) && name.contains('.') => {
                    format!("gantry run {}", found.project.relative(file))
                }
                _ => found.usage,
            };
            print::result(flags::help_of(&usage, &arguments).trim_end());
            Exit::Done
        }
        Err(wrong) => {
            wrong.show(manner);
            Exit::Wrong
        }
    }
}

/// `gantry check SCRIPT…`.
pub fn checked(scripts: &[PathBuf], manner: Manner) -> Exit {
    let (mut mistakes, mut warnings) = (0, 0);
    for path in scripts {
        let reports = match reports(path) {
            Ok(reports) => reports,
            Err(fault) => {
                show::fault(&fault, manner);
                mistakes += 1;
                continue;
            }
        };
        for report in &reports {
            show::report(report, manner);
        }
        let wrong = reports.iter().filter(|report| report.severity == Severity::Error).count();
        mistakes += wrong;
        warnings += reports.len() - wrong;
    }
    match manner.format {
        Format::Json => print::result(&json!({ "mistakes": mistakes, "warnings": warnings }).to_string()),
        Format::Text => print::result(&format!(
            "checked {}: {}, {}",
            count(scripts.len(), "script"),
            count(mistakes, "mistake"),
            count(warnings, "warning")
        )),
    }
    if mistakes == 0 { Exit::Done } else { Exit::Wrong }
}

fn reports(path: &Path) -> Result<Vec<crate::script::report::Report>, Fault> {
    let found = script::at(path, "run")?;
    let program = match script::library(&found.project)?.load(&found.entry) {
        Ok(program) => program,
        Err(report) => return Ok(vec![*report]),
    };
    Ok(check(&program, RESERVED))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
