//! A rehearsal through the library: the same adapters as the binary's, with everything that is sent written down, and a
//! world that can be looked at afterwards.

use super::project::Project;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use gantry::effects::asker::{Answer as Said, Asker};
use gantry::effects::call::Call;
use gantry::effects::drivers::RunDriver;
use gantry::effects::event::{Event, Events, Listener};
use gantry::effects::gateway::Gateway;
use gantry::effects::journal::{Journal, Memory};
use gantry::effects::redact::Redactor;
use gantry::effects::world::{Boxed, World as _};
use gantry::live::Live;
use gantry::live::aws::{Assigned, Aws, Mode, Surroundings as AwsSurroundings};
use gantry::live::host::files::ProjectFiles;
use gantry::live::host::surroundings::Surroundings;
use gantry::live::transport::{Answer, Body, Transport, Unanswered};
use gantry::rehearsal::{Rehearsal, World};
use gantry::script::diagnose::Failure;
use gantry::script::host::Host;
use gantry::script::json::to_json;
use gantry::script::library::{Entry, Library, Sources};
use gantry::script::stdlib::STDLIB;
use gantry::script::{arguments, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// A rehearsal that has ended.
pub struct Rehearsed {
    /// The script's value, or why it did not end well.
    pub result: Result<Value, Failure>,
    /// What was sent, in order.
    pub sent: Vec<Sent>,
    /// What was told, in order.
    pub told: Vec<Event>,
    live: Arc<Live>,
}

/// A request, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `UpdateService`, or `PUT 222222222222.dkr.ecr…/v2/shop/manifests/1.4.2`.
    pub what: String,
    /// The answer's status; none where the connection was lost.
    pub status: Option<u16>,
}

impl Rehearsed {
    /// Rehearses scripts/release.rhai of `project` in a world, with the world's arguments. Must be called inside a
    /// runtime with a paused clock.
    pub async fn release(project: &Project, world: &Path) -> Self {
        let world = World::load(world).unwrap_or_else(|error| panic!("{error}"));
        let library = Library::new(&project.root, STDLIB, Arc::new(Files)).expect("the project is there");
        let program = library.load(&Entry::File(project.root.join("scripts/release.rhai"))).expect("it compiles");
        let declared = arguments::read(&program, &[]).expect("its ARGS are well");
        let given = world.args().iter().map(|(name, value)| (name.clone(), vec![text(value)])).collect();
        let values = arguments::parse_values(&declared.list, &given).expect("the world's arguments are well");

        let (wire, told, redactor) = (Arc::new(Wire::of(world)), Arc::new(Told::default()), Redactor::default());
        let live = Arc::new(wire.live(project, redactor.clone()));
        let stop = CancellationToken::new();
        let driver = RunDriver {
            run: "rehearsed".to_owned(),
            world: live.clone(),
            journal: Arc::new(Journal::to(Box::new(Memory::default()))),
            stop: stop.clone(),
            redactor: redactor.clone(),
        };
        let gateway = Gateway::new(Box::new(driver), Events::to(told.clone()), redactor);
        let result = run::run(Host::new(gateway, stop), program, values).await;
        let result = result.map(|value| to_json(&value).expect("the value is JSON"));
        let sent = wire.sent.lock().expect("no test failed with it").clone();
        let told = told.0.lock().expect("no test failed with it").clone();
        Self { result, sent, told, live }
    }

    /// How often a request was sent whose name begins with `what`.
    pub fn times(&self, what: &str) -> usize {
        self.sent.iter().filter(|sent| sent.what.starts_with(what)).count()
    }

    /// Looks into the world, as the script could have.
    pub fn look(&self, call: Call) -> impl Future<Output = Value> {
        let live = self.live.clone();
        async move {
            let reply = live.perform(&call, &Events::nowhere()).await.expect("an answer");
            reply.document().expect("a document")
        }
    }
}

pub(super) fn text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[derive(Default)]
struct Told(Mutex<Vec<Event>>);

impl Listener for Told {
    fn hear(&self, event: &Event) {
        self.0.lock().expect("no test failed with it").push(event.clone());
    }
}

/// Requests handled in this process, and written down.
pub(super) struct Wire {
    pub(super) rehearsal: Rehearsal,
    accounts: BTreeMap<String, Assigned>,
    environment: BTreeMap<String, String>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Wire {
    pub(super) fn of(world: World) -> Self {
        let (accounts, environment) = (world.accounts().clone(), world.environment().clone());
        let rehearsal = Rehearsal::new(world);
        let assigned = accounts.into_iter().map(|(name, account)| {
            let credentials = rehearsal.credentials(&name).expect("each account has a key");
            let assigned = Assigned {
                account: account.id,
                region: account.region,
                access_key_id: credentials.access_key_id,
                secret_access_key: credentials.secret_access_key,
            };
            (name, assigned)
        });
        Self { accounts: assigned.collect(), rehearsal, environment, sent: Arc::default() }
    }

    pub(super) fn live(self: &Arc<Self>, project: &Project, redactor: Redactor) -> Live {
        let clock = Clock { rehearsal: self.rehearsal.clone(), runtime: tokio::runtime::Handle::current() };
        let transport: Arc<dyn Transport> = Arc::new(Shared(self.clone()));
        let surroundings = AwsSurroundings {
            transport: transport.clone(),
            time: SharedTimeSource::new(clock.clone()),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            mode: Mode::Rehearsal(self.accounts.clone()),
        };
        let aws = Aws::new(BTreeMap::new(), surroundings);
        let host = Surroundings::rehearsed(Arc::new(move || clock.millis()), self.environment.clone());
        let (files, asker) = (ProjectFiles::below(&project.root), Arc::new(Approves));
        Live::new(transport, aws, BTreeMap::new(), files, host, redactor, asker)
    }
}

/// Says yes to everything, as a rehearsal does.
struct Approves;

impl Asker for Approves {
    fn ask<'a>(&'a self, _: &'a str, _: &'a Events) -> Boxed<'a, Said> {
        Box::pin(std::future::ready(Said::Approved { by: "the rehearsal".to_owned() }))
    }
}

struct Shared(Arc<Wire>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Shared")
    }
}

impl Transport for Shared {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let wire = self.0.clone();
        let what = name(&request);
        Box::pin(async move {
            let answer = wire.rehearsal.handle(request).await;
            let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            wire.sent.lock().expect("no test failed with it").push(Sent { what, status });
            answer.map_err(|lost| Unanswered { sent: true, timeout: false, why: lost.to_string() })
        })
    }
}

/// The operation of an AWS API, or method and address.
fn name(request: &http::Request<Body>) -> String {
    match request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some(target) => target.rsplit('.').next().unwrap_or(target).to_owned(),
        None => format!("{} {}{}", request.method(), request.uri().host().unwrap_or_default(), request.uri().path()),
    }
}

/// The rehearsal's clock, also for threads that are not the runtime's.
#[derive(Clone, Debug)]
struct Clock {
    rehearsal: Rehearsal,
    runtime: tokio::runtime::Handle,
}

impl Clock {
    fn millis(&self) -> i64 {
        let _inside = self.runtime.enter();
        self.rehearsal.now().as_millisecond()
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.millis()).unwrap_or(0))
    }
}

pub(super) struct Files;

impl Sources for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }
}
