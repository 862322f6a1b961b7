//! Stories of whole scripts, against a world of a few lines.

mod any_text;
mod arguments;
mod bindings;
mod check;
mod clock;
mod failures;
mod imports;
mod parallel;
mod traps;
mod words;

use super::arguments::{parse_values, read};
use super::diagnose::Failure;
use super::host::Host;
use super::library::{Entry, Library, Program, Sources};
use super::report::{Report, render};
use super::run::run;
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::effects::call::{Call, HostCall};
use crate::effects::drivers::{Driver, Step};
use crate::effects::event::{Event, Events, Listener};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;
use crate::effects::intent::Intent;
use crate::effects::redact::Redactor;
use crate::effects::reply::{Approval, Identity, Reply};
use crate::effects::world::{Boxed, World};
use rhai::{Dynamic, Map};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// 2026-07-24 16:30 UTC, which is the 25th in Tokyo.
const MOMENT: i64 = 1_784_910_600_000;

/// The modules "in the binary".
const EMBEDDED: &[(&str, &str)] = &[
    ("std/greet", "import \"./names\" as names;\nfn hello() { `hello ${names::world()}` }"),
    ("std/names", "fn world() { \"world\" }"),
];

/// A world that answers the few calls of this room, and remembers them.
#[derive(Default)]
struct Small {
    calls: Mutex<Vec<Call>>,
}

impl World for Small {
    fn perform<'a>(&'a self, call: &'a Call, _: &'a Events) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            self.calls.lock().unwrap().push(call.clone());
            match call {
                Call::Host(HostCall::Now) => Ok(Reply::Instant(MOMENT)),
                Call::Host(HostCall::Pause { millis }) => {
                    tokio::time::sleep(Duration::from_millis(*millis)).await;
                    Ok(Reply::Nothing)
                }
                Call::Host(HostCall::WaitUntil { .. }) => Ok(Reply::Nothing),
                Call::Host(HostCall::Approve { question }) if question == "never" => {
                    Err(Fault::new(FaultKind::Waiting, "WaitingForApproval", "waiting for an approval: never"))
                }
                Call::Host(HostCall::Approve { .. }) => {
                    Ok(Reply::Approval(Approval { by: "mia".to_owned(), at_millis: MOMENT }))
                }
                Call::Host(HostCall::Environment { name }) => match name.as_str() {
                    "HOME" => Ok(Reply::Text(Some("/root".to_owned()))),
                    "BROKEN" => Err(Fault::new(FaultKind::Network, "Timeout", "no answer")
                        .hint("try again")
                        .retryable()
                        .details(vec!["waited for 5 s".to_owned()])),
                    "STOP" => Err(Fault::interrupted()),
                    "BUG" => panic!("a bug in an adapter"),
                    "OURS" => Err(Fault::internal("nonsense arrived")),
                    _ => Ok(Reply::Text(None)),
                },
                Call::Host(HostCall::ScanFiles { path, folder }) => Ok(Reply::Tree(tree(path, *folder))),
                Call::Host(HostCall::ReadText { path }) => Ok(Reply::Text(Some(format!("text of {path}")))),
                other => Err(Fault::internal(format!("{other:?} is not in this world"))),
            }
        })
    }

    fn push<'a>(&'a self, call: &'a Call, events: &'a Events, _: &'a dyn Intent) -> Boxed<'a, Result<Reply, Fault>> {
        self.perform(call, events)
    }

    fn foresee<'a>(&'a self, _: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async { Err(Fault::internal("nothing is planned here")) })
    }

    fn clock(&self) -> i64 {
        MOMENT
    }
}

fn tree(path: &str, folder: bool) -> FileTree {
    let entry = |path: &str| FileEntry {
        path: path.to_owned(),
        mode: 0o644,
        size: 5,
        kind: FileKind::File("sha256:00".to_owned()),
    };
    let entries = if folder { vec![entry("a.toml"), entry("b.toml")] } else { vec![entry("")] };
    FileTree { root: path.to_owned(), entries, digest: "sha256:11".to_owned() }
}

/// Files in memory. `/project` is the root; a link is a text that starts with `-> `.
#[derive(Clone, Default)]
struct Files(BTreeMap<PathBuf, String>);

impl Sources for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                other => plain.push(other),
            }
        }
        match self.0.get(&plain).map(|text| text.strip_prefix("-> ")) {
            Some(Some(target)) => Ok(PathBuf::from(target)),
            Some(None) => Ok(plain),
            None if plain == Path::new("/project") => Ok(plain),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Remembers the log.
#[derive(Default)]
struct Ears(Mutex<Vec<String>>);

impl Listener for Ears {
    fn hear(&self, event: &Event) {
        if let Event::Log { level, message } = event {
            self.0.lock().unwrap().push(format!("{level:?} {message}"));
        }
    }
}

/// A project with scripts, and what a run of one of them did.
struct Stage {
    files: Files,
    args: Map,
    world: Arc<Small>,
    ears: Arc<Ears>,
    cancel: CancellationToken,
}

/// A project whose `release.rhai` is `script`.
fn stage(script: &str) -> Stage {
    let stage = Stage {
        files: Files::default(),
        args: Map::new(),
        world: Arc::default(),
        ears: Arc::default(),
        cancel: CancellationToken::new(),
    };
    stage.file("release.rhai", script)
}

impl Stage {
    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.0.insert(Path::new("/project").join(path), text.to_owned());
        self
    }

    fn load(&self) -> Result<Program, Box<Report>> {
        let library = Library::new(Path::new("/project"), EMBEDDED, Arc::new(self.files.clone())).unwrap();
        library.load(&Entry::File(PathBuf::from("/project/release.rhai")))
    }

    fn host(&self) -> Host {
        let events = Events::to(Arc::clone(&self.ears) as Arc<dyn Listener>);
        Host::new(gateway(Arc::clone(&self.world) as Arc<dyn World>, events), self.cancel.clone())
    }

    async fn try_run(&self) -> Result<Dynamic, Failure> {
        let program = self.load().map_err(|report| Failure { report, fault: None })?;
        run(self.host(), program, self.args.clone()).await
    }

    /// Runs it on a clock that stands, and gives its value as JSON.
    fn value(&self) -> serde_json::Value {
        let value = on_paused_clock(self.try_run()).unwrap_or_else(|failure| panic!("{}", shown(&failure.report)));
        super::json::to_json(&value).unwrap()
    }

    /// Runs it, and gives why it failed.
    fn failure(&self) -> Failure {
        match on_paused_clock(self.try_run()) {
            Ok(value) => panic!("it succeeded with {value:?}"),
            Err(failure) => failure,
        }
    }

    fn log(&self) -> Vec<String> {
        self.ears.0.lock().unwrap().clone()
    }

    fn calls(&self) -> Vec<Call> {
        self.world.calls.lock().unwrap().clone()
    }
}

/// Makes each call as it comes.
struct Straight(Arc<dyn World>);

impl Driver for Straight {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        self.0.perform(step.call, step.events)
    }

    fn session(&self, _: &str, _: &Identity) -> Result<(), Fault> {
        Ok(())
    }

    fn run(&self) -> &'static str {
        "test"
    }

    fn clock(&self) -> i64 {
        self.0.clock()
    }
}

/// The one place that knows how a gateway is made.
fn gateway(world: Arc<dyn World>, events: Events) -> Gateway {
    Gateway::new(Box::new(Straight(world)), events, Redactor::default())
}

fn on_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(work)
}

fn shown(report: &Report) -> String {
    render(report, false, false)
}

/// The value of a script, as JSON text.
fn value(script: &str) -> String {
    stage(script).value().to_string()
}

/// The message of a script that fails.
fn message(script: &str) -> String {
    stage(script).failure().report.message
}
