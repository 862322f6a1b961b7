//! The composition root: where the rooms meet. The only file of cli that names live and rehearsal.

pub mod sandbox;

use super::asker;
use super::project::Project;
use crate::domain::settings::{Echo, SessionSettings};
use crate::effects::asker::Asker;
use crate::effects::fault::Fault;
use crate::effects::journal::{Journal, Memory};
use crate::effects::redact::Redactor;
use crate::effects::world::World;
use crate::live::Live;
use crate::live::aws::{Assigned, Aws, Mode, Surroundings as AwsSurroundings};
use crate::live::host::files::ProjectFiles;
use crate::live::host::journal_folder::{self, JournalFolder};
use crate::live::host::locks::Locks;
use crate::live::host::surroundings::Surroundings;
use crate::live::logins;
use crate::live::network::Network;
use crate::live::transport::{Answer, Body, Transport, Unanswered};
use crate::rehearsal::{self, Rehearsal};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A world to run in.
pub struct Outside {
    /// What acts.
    pub world: Arc<dyn World>,
    /// Knows the world's secrets.
    pub redactor: Redactor,
    /// The rehearsed world; none in the real one.
    pub rehearsed: Option<Rehearsed>,
}

/// A rehearsed world, as whoever rehearses sees it.
#[derive(Clone)]
pub struct Rehearsed {
    rehearsal: Rehearsal,
    /// How long after its start the run is told to stop, as by Ctrl-C.
    pub interrupt: Option<Duration>,
    /// How long after the end of the run it is looked at.
    after: Duration,
}

impl Rehearsed {
    /// What the world is when it is to be looked at, as a sandbox tells it.
    pub async fn in_the_end(&self) -> serde_json::Value {
        tokio::time::sleep(self.after).await;
        self.rehearsal.snapshot()
    }
}

/// The real world, as the project's settings say. `asker` asks for approvals.
pub fn real(project: &Project, asker: Arc<dyn Asker>) -> Outside {
    let transport: Arc<dyn Transport> = Arc::new(Network::trusting(authorities(project)));
    let surroundings = AwsSurroundings {
        transport: transport.clone(),
        time: SharedTimeSource::new(SystemTimeSource::new()),
        sleep: SharedAsyncSleep::new(TokioSleep::new()),
        mode: Mode::Real,
    };
    let redactor = Redactor::default();
    let aws = Aws::new(project.settings.sessions.clone(), surroundings);
    let files = ProjectFiles::below(&project.root);
    let mut registries = project.settings.registries.clone();
    for ca in registries.values_mut().filter_map(|settings| settings.ca.as_mut()) {
        *ca = project.root.join(&*ca).display().to_string();
    }
    let host = Surroundings::of_this_machine();
    let live = Live::new(transport, aws, registries, files, host, redactor.clone(), asker);
    let live = live.with_locks(Locks::of(&project.root)).with_programs();
    Outside { world: Arc::new(live), redactor, rehearsed: None }
}

/// The certificate authorities of registries that have their own, by where these registries are.
fn authorities(project: &Project) -> BTreeMap<String, PathBuf> {
    let registries = project.settings.registries.iter();
    let own = registries.filter_map(|(host, settings)| {
        let file = project.root.join(settings.ca.as_deref()?);
        let endpoint = logins::endpoint(host, Some(settings));
        Some((endpoint.strip_prefix("https://")?.split('/').next()?.to_owned(), file))
    });
    own.collect()
}

/// Milliseconds since 1970 on the machine's clock.
pub fn clock() -> i64 {
    Surroundings::of_this_machine().now()
}

/// The journal of a real run, in the project. Names of runs that are taken get a number.
pub fn journal(project: &Project, name: &str) -> (String, Journal) {
    let mut run = name.to_owned();
    let mut number = 1;
    while journal_folder::exists(&project.root, &run) {
        number += 1;
        run = format!("{name}-{number}");
    }
    let journal = Journal::to(Box::new(JournalFolder::of(&project.root, &run)));
    (run, journal)
}

/// The journal of a run that is there: what it says, and what adds to it.
pub fn reopen(project: &Project, run: &str) -> std::io::Result<(Vec<u8>, Journal)> {
    let (text, folder) = JournalFolder::reopen(&project.root, run)?;
    Ok((text, Journal::to(Box::new(folder))))
}

pub use crate::live::host::journal_folder::{is_held, read as read_journal, remove as remove_run, runs};

/// A world file, read.
pub struct RehearsedWorld(rehearsal::World);

impl RehearsedWorld {
    /// Reads a world file and what it names.
    ///
    /// # Errors
    /// Its mistakes, with file and key.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        rehearsal::World::load(path).map(Self).map_err(|error| Fault::usage(error.to_string().trim_end()))
    }

    /// The arguments it gives to the script; flags on the command line go before them.
    pub fn arguments(&self) -> BTreeMap<String, Vec<String>> {
        self.0.args().iter().map(|(name, value)| (name.clone(), words(value))).collect()
    }

    /// The world, ready. Must be called inside the runtime whose paused clock it lives by. It ignores profiles, roles,
    /// endpoints, registries and the environment: sessions are the world's accounts by name, and only the account that
    /// a session expects still holds.
    pub fn begin(self, project: &Project) -> (Outside, Journal) {
        let accounts = self.0.accounts().clone();
        let (environment, sessions) = (self.0.environment().clone(), &project.settings.sessions);
        let settings = sessions.iter().map(|(name, session)| (name.clone(), bare(session))).collect();
        let (interrupt, after) = (self.0.interrupt(), self.0.after());
        let rehearsal = Rehearsal::new(self.0);
        let assigned: BTreeMap<_, _> = accounts
            .into_iter()
            .filter_map(|(name, account)| {
                let credentials = rehearsal.credentials(&name)?;
                let assigned = Assigned {
                    account: account.id,
                    region: account.region,
                    access_key_id: credentials.access_key_id,
                    secret_access_key: credentials.secret_access_key,
                };
                Some((name, assigned))
            })
            .collect();
        let clock = SimulatedClock { rehearsal: rehearsal.clone(), runtime: tokio::runtime::Handle::current() };
        let rehearsed = Some(Rehearsed { rehearsal: rehearsal.clone(), interrupt, after });
        let transport: Arc<dyn Transport> = Arc::new(InProcess(rehearsal));
        let surroundings = AwsSurroundings {
            transport: transport.clone(),
            time: SharedTimeSource::new(clock.clone()),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            mode: Mode::Rehearsal(assigned),
        };
        let redactor = Redactor::default();
        let aws = Aws::new(settings, surroundings);
        let host = Surroundings::rehearsed(Arc::new(move || clock.millis()), environment);
        let files = ProjectFiles::below(&project.root);
        let asker = asker::everything();
        let live = Live::new(transport, aws, BTreeMap::new(), files, host, redactor.clone(), asker);
        let live = live.with_nothing_written();
        (Outside { world: Arc::new(live), redactor, rehearsed }, Journal::to(Box::new(Memory::default())))
    }
}

/// What a rehearsal keeps of a session's settings.
fn bare(session: &SessionSettings) -> SessionSettings {
    let expect_account = session.expect_account.clone();
    SessionSettings { expect_account, echo: Echo::Refuse, ..SessionSettings::default() }
}

/// An argument of a world file as it would stand on the command line.
fn words(value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::String(text) => vec![text.clone()],
        toml::Value::Array(values) => values.iter().flat_map(words).collect(),
        toml::Value::Table(table) => table
            .iter()
            .flat_map(|(key, value)| words(value).into_iter().map(move |word| format!("{key}={word}")))
            .collect(),
        other => vec![other.to_string()],
    }
}

/// A rehearsal's clock, also for threads that are not the runtime's.
#[derive(Clone, Debug)]
struct SimulatedClock {
    rehearsal: Rehearsal,
    runtime: tokio::runtime::Handle,
}

impl SimulatedClock {
    fn millis(&self) -> i64 {
        let _inside = self.runtime.enter();
        self.rehearsal.now().as_millisecond()
    }
}

impl TimeSource for SimulatedClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.millis()).unwrap_or(0))
    }
}

/// Requests handled in this process.
#[derive(Debug)]
struct InProcess(Rehearsal);

impl Transport for InProcess {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let rehearsal = self.0.clone();
        Box::pin(async move {
            rehearsal.handle(request).await.map_err(|lost| Unanswered {
                sent: true,
                timeout: false,
                why: lost.to_string(),
            })
        })
    }
}
