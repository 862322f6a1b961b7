//! One script in one world, three times: planned, run, and replayed from what the run wrote down. Each time the world is
//! new.

use super::project::Project;
use super::rehearsed::{Files, Wire};
use gantry::effects::call::Call;
use gantry::effects::drivers::{Driver, PlanDriver, ResumeDriver, RunDriver, Sheet, Step};
use gantry::effects::event::Events;
use gantry::effects::fault::Fault;
use gantry::effects::gateway::Gateway;
use gantry::effects::intent::Intent;
use gantry::effects::journal::entry::{Entry as Line, Head, Outcome};
use gantry::effects::journal::state::State;
use gantry::effects::journal::{Journal, JournalFile, text as lines};
use gantry::effects::key::Key;
use gantry::effects::plan::Planned;
use gantry::effects::redact::Redactor;
use gantry::effects::reply::{Identity, Reply};
use gantry::effects::world::{Boxed, World};
use gantry::rehearsal;
use gantry::script::host::Host;
use gantry::script::json::to_json;
use gantry::script::library::{Entry, Library, Program};
use gantry::script::stdlib::STDLIB;
use gantry::script::{arguments, run};
use rhai::Map;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// By key: the call, and what it gave.
pub type Heard = BTreeMap<Key, (Call, Result<Reply, Fault>)>;

/// A script with its arguments, and a world file.
pub struct Thrice {
    project: Arc<Project>,
    world: PathBuf,
    program: Program,
    values: Map,
}

/// What one of the three came to.
pub struct Came {
    /// The script's value, as JSON.
    pub value: Value,
    /// Every call that reached the driver.
    pub heard: Heard,
    /// What was made in the world.
    pub made: Vec<Call>,
}

impl Thrice {
    /// A script of the project or a built-in command (`std/…`), in the world of a file of the project.
    pub fn of(project: Project, script: &str, world: &str, given: &[(&str, &str)]) -> Self {
        let embedded = script.starts_with("std/");
        let entry = if embedded { Entry::Embedded(script.to_owned()) } else { Entry::File(project.root.join(script)) };
        let library = Library::new(&project.root, STDLIB, Arc::new(Files)).expect("the project is there");
        let program = library.load(&entry).expect("it compiles");
        let declared = arguments::read(&program, &[]).expect("its ARGS are well");
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let values = arguments::parse_values(&declared.list, &given).expect("its arguments are well");
        Self { world: project.root.join(world), project: Arc::new(project), program, values }
    }

    /// Planned: what the script came to, and the plan's steps.
    pub async fn planned(&self) -> (Came, Vec<Planned>) {
        let (world, stop, sheet) = (self.world(), CancellationToken::new(), Sheet::default());
        let driver = PlanDriver {
            world: world.clone(),
            stop: stop.clone(),
            sheet: sheet.clone(),
            redactor: Redactor::default(),
        };
        let came = self.sit(Box::new(driver), &world, stop).await;
        (came, sheet.finish().0)
    }

    /// Run: what the script came to, and the journal.
    pub async fn run(&self) -> (Came, Vec<Line>) {
        let (world, stop, disk) = (self.world(), CancellationToken::new(), Disk::default());
        let driver = Self::run_driver(&world, &stop, &disk);
        let (script, sources) = (self.program.entry.clone(), self.program.sources.as_ref().clone());
        let (run, version) = ("run".to_owned(), "test".to_owned());
        let head = Head { run, version, script, sources, arguments: json!({}), at: world.clock() };
        driver.journal.put(&Line::Head(head), false).expect("memory");
        let journal = driver.journal.clone();
        let came = self.sit(Box::new(driver), &world, stop).await;
        let end = Line::End { outcome: Outcome::Done, exit: 0, at: world.clock(), deadline: None };
        journal.put(&end, true).expect("memory");
        let text = disk.0.lock().expect("no test failed with it").clone();
        (came, lines::read(text.as_bytes()).expect("a journal").entries)
    }

    /// Replayed from a journal.
    pub async fn replayed(&self, journal: Vec<Line>) -> Came {
        let past = journal.into_iter().try_fold(State::default(), State::next).expect("a legal journal");
        let (world, stop) = (self.world(), CancellationToken::new());
        let driver = Self::run_driver(&world, &stop, &Disk::default());
        let driver = ResumeDriver::new(driver, past, "test").expect("it can be gone on with");
        self.sit(Box::new(driver), &world, stop).await
    }

    fn world(&self) -> Arc<Counted> {
        let world = rehearsal::World::load(&self.world).unwrap_or_else(|error| panic!("{error}"));
        let live = Arc::new(Wire::of(world)).live(&self.project, Redactor::default());
        Arc::new(Counted { inner: Box::new(live), made: Mutex::default() })
    }

    fn run_driver(world: &Arc<Counted>, stop: &CancellationToken, disk: &Disk) -> RunDriver {
        RunDriver {
            run: "run".to_owned(),
            world: world.clone(),
            journal: Arc::new(Journal::to(Box::new(disk.clone()))),
            stop: stop.clone(),
            redactor: Redactor::default(),
        }
    }

    async fn sit(&self, driver: Box<dyn Driver>, world: &Counted, stop: CancellationToken) -> Came {
        let heard = Arc::new(Mutex::new(Heard::new()));
        let driver = Listening { inner: driver, heard: heard.clone() };
        let gateway = Gateway::new(Box::new(driver), Events::nowhere(), Redactor::default());
        let result = run::run(Host::new(gateway, stop), self.program.clone(), self.values.clone()).await;
        let value = to_json(&result.unwrap_or_else(|failure| panic!("{failure:?}"))).expect("the value is JSON");
        let take = |heard: &Mutex<Heard>| heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let made = world.made.lock().expect("no test failed with it").clone();
        Came { value, heard: take(&heard), made }
    }
}

/// A driver that is listened to.
struct Listening {
    inner: Box<dyn Driver>,
    heard: Arc<Mutex<Heard>>,
}

impl Driver for Listening {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            let result = self.inner.perform(step).await;
            let told = (step.call.clone(), result.clone());
            let before = self.heard.lock().expect("no test failed with it").insert(step.key.clone(), told);
            assert!(before.is_none(), "call {} was made twice", step.key);
            result
        })
    }

    fn session(&self, name: &str, identity: &Identity) -> Result<(), Fault> {
        self.inner.session(name, identity)
    }

    fn acts(&self) -> Option<&RunDriver> {
        self.inner.acts()
    }

    fn run(&self) -> &str {
        self.inner.run()
    }

    fn clock(&self) -> i64 {
        self.inner.clock()
    }
}

/// A world that remembers what was made in it.
struct Counted {
    inner: Box<dyn World>,
    made: Mutex<Vec<Call>>,
}

impl World for Counted {
    fn perform<'a>(&'a self, call: &'a Call, events: &'a Events) -> Boxed<'a, Result<Reply, Fault>> {
        self.made.lock().expect("no test failed with it").push(call.clone());
        self.inner.perform(call, events)
    }

    fn push<'a>(
        &'a self,
        call: &'a Call,
        events: &'a Events,
        intent: &'a dyn Intent,
    ) -> Boxed<'a, Result<Reply, Fault>> {
        self.made.lock().expect("no test failed with it").push(call.clone());
        self.inner.push(call, events, intent)
    }

    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        self.inner.foresee(call)
    }

    fn clock(&self) -> i64 {
        self.inner.clock()
    }
}

/// A journal that can be read.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<String>>);

impl JournalFile for Disk {
    fn append(&mut self, text: &str) -> io::Result<()> {
        self.0.lock().expect("no test failed with it").push_str(text);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn place(&self) -> Option<String> {
        None
    }
}
