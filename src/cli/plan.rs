//! `gantry plan SCRIPT`: shows what it would do; `gantry run --plan FILE`: does what was shown.

use super::args::{Planning, Script};
use super::compose;
use super::exit::Exit;
use super::output::{self, Format, Manner, Story};
use super::perform::{self, Kind};
use super::ready::{In, Ready, Stop, ready, ready_with};
use super::script::{self, Found};
use super::start::{Clockwork, begin, in_runtime};
use super::{interrupt, machine, print, show};
use crate::effects::asker::NobodyThere;
use crate::effects::drivers::{PlanDriver, Sheet};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use crate::effects::plan::Plan;
use crate::script::host::Host;
use crate::script::library::Entry;
use crate::script::{run, stdlib};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// `gantry plan`.
pub fn planned(asked: Planning, manner: Manner) -> Exit {
    let Planning { script: asked, out, detailed } = asked;
    let ready = script::either(&asked.name, "plan")
        .map_err(Stop::from)
        .and_then(|found| ready(found, asked, In::Either, manner));
    let ready = match ready {
        Ok(ready) => ready,
        Err(stop) => return stop.show(manner),
    };
    let manner = ready.manner;
    in_runtime(Clockwork::of(ready.world.is_some(), Clockwork::InOrder), manner, async {
        match plan(ready).await {
            Ok(plan) => told(&plan, out.as_deref(), detailed, manner),
            Err(exit) => exit,
        }
    })
}

/// Lets the script run to its end, with real reads and predicted writes.
async fn plan(ready: Ready) -> Result<Plan, Exit> {
    let Ready { loaded, args, manner, world, .. } = ready;
    let project = &loaded.found.project;
    let outside = match world {
        Some(world) => world.begin(project).0,
        None => compose::real(project, Arc::new(NobodyThere)),
    };
    let world = outside.world;
    let story = {
        let world = world.clone();
        Arc::new(Story::new(Box::new(move || world.clock())).of_a_plan())
    };
    let redactor = outside.redactor;
    let events = Events::to(output::listener(manner, story)).without_the_secrets_of(redactor.clone());
    let (stop, sheet) = (CancellationToken::new(), Sheet::default());
    interrupt::watch(stop.clone(), events.clone());
    let head = perform::head("plan", &loaded.program, &args, world.clock());
    let driver = PlanDriver { world, stop: stop.clone(), sheet: sheet.clone(), redactor: redactor.clone() };
    let gateway = Gateway::new(Box::new(driver), events, redactor.clone());
    let result = run::run(Host::new(gateway, stop), loaded.program, args).await;
    match result {
        Ok(_) => {
            let (steps, sessions) = sheet.finish();
            redactor.seal(&Plan { head, sessions, steps }).map_err(|fault| {
                show::fault(&fault, manner);
                Exit::of(Some(&fault), false)
            })
        }
        Err(failure) => {
            let failure = perform::discreet(failure, &redactor);
            show::failure(&failure, manner);
            Err(Exit::of(failure.fault.as_ref(), false))
        }
    }
}

fn told(plan: &Plan, out: Option<&Path>, detailed: bool, manner: Manner) -> Exit {
    if let Some(out) = out {
        let text = serde_json::to_string_pretty(plan).map_err(|error| error.to_string());
        let kept = text.and_then(|text| machine::keep(out, &text).map_err(|error| error.to_string()));
        if let Err(error) = kept {
            show::fault(&Fault::usage(format!("the plan cannot be kept in {}: {error}", out.display())), manner);
            return Exit::Wrong;
        }
    }
    match manner.format {
        Format::Text => output::planned::lines(plan).iter().for_each(|line| print::result(line)),
        Format::Json => print::result(&output::planned::object(plan).to_string()),
    }
    if detailed && plan.writes().next().is_some() { Exit::Changes } else { Exit::Done }
}

/// `gantry run --plan FILE`: the plan's script with the plan's arguments. Flags after it go before those, and a run
/// that then does something else than planned stops.
pub fn carried_out(file: &Path, rest: Script, manner: Manner) -> Exit {
    let (ready, plan) = match begun(file, rest, manner) {
        Ok(both) => both,
        Err(stop) => return stop.show(manner),
    };
    begin(Ok(ready), Kind::Planned(Box::new(plan)), manner)
}

fn begun(file: &Path, rest: Script, manner: Manner) -> Result<(Ready, Plan), Stop> {
    let unreadable = |why: String| Fault::usage(format!("the plan {} cannot be read: {why}", file.display()));
    let text = machine::read(file).map_err(|error| unreadable(error.to_string()))?;
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|error| unreadable(error.to_string()).hint("it is made by `gantry plan --out FILE SCRIPT`"))?;
    let project = script::here()?;
    let name = plan.head.script.clone();
    let embedded = stdlib::STDLIB.iter().any(|(known, _)| *known == name);
    let path = project.root.join(&name);
    let entry = if embedded { Entry::Embedded(name.clone()) } else { Entry::File(path.clone()) };
    let usage = format!("gantry run --plan {}", file.display());
    let found = Found { project, entry, file: (!embedded).then_some(path), usage };
    let loaded = script::load(found)?;
    super::resume::compare(&format!("of the plan {}", file.display()), &plan.head.sources, &loaded.program.sources)
        .map_err(|fault| fault.hint("plan again, and look at the new plan"))?;
    let values = words(&plan.head.arguments);
    Ok((ready_with(loaded, rest, In::Reality, manner, values)?, plan))
}

/// Arguments as they would stand on the command line.
fn words(arguments: &Value) -> BTreeMap<String, Vec<String>> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let members = arguments.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let words = match value {
                Value::Array(items) => items.iter().map(word).collect(),
                Value::Object(entries) => entries.iter().map(|(key, value)| format!("{key}={}", word(value))).collect(),
                Value::Null => Vec::new(),
                value => vec![word(value)],
            };
            (name.clone(), words)
        })
        .filter(|(_, words): &(String, Vec<String>)| !words.is_empty())
        .collect()
}
