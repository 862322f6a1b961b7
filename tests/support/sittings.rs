//! A run of the nightly release that dies and is gone on with, in a world that stays as it was at that moment.

use super::project::Project;
use super::rehearsed::{Files, Wire, text};
use gantry::effects::call::Call;
use gantry::effects::drivers::{Driver, ResumeDriver, RunDriver};
use gantry::effects::event::Events;
use gantry::effects::fault::Fault;
use gantry::effects::gateway::Gateway;
use gantry::effects::intent::Intent;
use gantry::effects::journal::entry::{Entry as Line, Head, Outcome};
use gantry::effects::journal::state::State;
use gantry::effects::journal::{Journal, JournalFile, text as lines};
use gantry::effects::redact::Redactor;
use gantry::effects::reply::Reply;
use gantry::effects::world::{Boxed, World};
use gantry::rehearsal;
use gantry::release::interruption::{Followed, follow};
use gantry::script::diagnose::Failure;
use gantry::script::host::Host;
use gantry::script::library::{Entry, Library, Program};
use gantry::script::stdlib::STDLIB;
use gantry::script::{arguments, run};
use rhai::Map;
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// At which call of a sitting the process dies, and when exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// From 1.
    pub call: usize,
    pub moment: Moment,
}

/// When it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the request is sent.
    BeforeSending,
    /// After the server acted, before its reply.
    BeforeTheReply,
    /// After the reply, before `done` is on disk.
    BeforeDone,
    /// In the middle of writing `done`.
    WithinDone,
}

pub const MOMENTS: [Moment; 4] =
    [Moment::BeforeSending, Moment::BeforeTheReply, Moment::BeforeDone, Moment::WithinDone];

/// At which call of a sitting it is told to stop, and when: what is under way may end, and cleanups are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// From 1.
    pub call: usize,
    pub when: When,
}

/// When it is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    AsItBegins,
    /// After twenty seconds of it, where it takes so long.
    Within,
    AsItEnds,
}

pub const WHENS: [When; 3] = [When::AsItBegins, When::Within, When::AsItEnds];

/// A world, a script and the journal of its one run.
pub struct Sittings {
    wire: Arc<Wire>,
    project: Arc<Project>,
    program: Program,
    values: Map,
    disk: Arc<Mutex<String>>,
}

/// What a sitting came to.
pub struct Sitting {
    pub result: Result<(), Failure>,
    /// Calls that were made, replays not counted.
    pub made: usize,
    pub died: bool,
}

impl Sittings {
    /// Nothing has been done yet. Must be called inside a runtime with a paused clock.
    pub fn of(project: Arc<Project>, script: &str, world: &Path) -> Self {
        let world = rehearsal::World::load(world).unwrap_or_else(|error| panic!("{error}"));
        let library = Library::new(&project.root, STDLIB, Arc::new(Files)).expect("the project is there");
        let program = library.load(&Entry::File(project.root.join(script))).expect("it compiles");
        let declared = arguments::read(&program, &[]).expect("its ARGS are well");
        let known = |name: &String| declared.list.iter().any(|argument| argument.name == *name);
        let given = world.args().iter().filter(|(name, _)| known(name));
        let given = given.map(|(name, value)| (name.clone(), vec![text(value)])).collect();
        let values = arguments::parse_values(&declared.list, &given).expect("the world's arguments are well");
        Self { wire: Arc::new(Wire::of(world)), project, program, values, disk: Arc::default() }
    }

    /// One sitting: the first begins the run, the others go on with it.
    pub async fn sit(&self, death: Option<Death>) -> Sitting {
        self.disturbed(death, None).await
    }

    /// One sitting that is told to stop.
    pub async fn interrupted(&self, interruption: Interruption) -> Sitting {
        self.disturbed(None, Some(interruption)).await
    }

    async fn disturbed(&self, death: Option<Death>, interruption: Option<Interruption>) -> Sitting {
        let dead = Arc::new(AtomicBool::new(false));
        let half = Arc::new(AtomicBool::new(false));
        let redactor = Redactor::default();
        let live = Arc::new(self.wire.live(&self.project, redactor.clone()));
        let stop = CancellationToken::new();
        let world = Arc::new(Mortal {
            inner: live,
            death,
            interruption,
            stop: stop.clone(),
            dead: dead.clone(),
            half: half.clone(),
            made: AtomicUsize::new(0),
        });
        let past = self.past();
        let disk = Disk { text: self.disk.clone(), waiting: String::new(), dead: dead.clone(), half };
        let owed = past.as_ref().map(State::owed).unwrap_or_default();
        let driver = RunDriver {
            run: "run".to_owned(),
            world: world.clone(),
            journal: Arc::new(Journal::to(Box::new(disk))),
            stop: stop.clone(),
            redactor: redactor.clone(),
        };
        let journal = driver.journal.clone();
        let driver: Box<dyn Driver> = if let Some(past) = past {
            Box::new(ResumeDriver::new(driver, past, "test").expect("it can be gone on with"))
        } else {
            journal.put(&self.head(), false).expect("memory");
            Box::new(driver)
        };
        let gateway = Gateway::new(driver, Events::nowhere(), redactor);
        gateway.owes(owed);
        let host = Host::new(gateway.clone(), stop);
        let result = run::run(host, self.program.clone(), self.values.clone()).await.map(|_| ());
        let made = world.made.load(Ordering::SeqCst);
        let stopped = interruption.is_some() && result.is_err();
        let followed = if stopped { follow(&gateway).await } else { Followed::default() };
        assert!(followed.failed.is_empty(), "{:?}", followed.failed);
        let left = gateway.clean_up(None).await;
        assert!(left.is_empty() || dead.load(Ordering::SeqCst), "{left:?}");
        let outcome = match &result {
            Ok(()) => Outcome::Done,
            Err(_) if followed.over => Outcome::Failed,
            Err(_) => Outcome::Stopped,
        };
        journal.put(&Line::End { outcome, exit: 0, at: world.clock(), deadline: None }, true).expect("memory");
        Sitting { result, made, died: dead.load(Ordering::SeqCst) }
    }

    /// Whether the run is finished.
    pub fn is_done(&self) -> bool {
        self.past().is_some_and(|state| state.end == Some(Outcome::Done))
    }

    /// Whether the run has failed, and is not gone on with.
    pub fn has_failed(&self) -> bool {
        self.past().is_some_and(|state| state.end == Some(Outcome::Failed))
    }

    fn past(&self) -> Option<State> {
        let mut disk = self.disk.lock().expect("no test failed with it");
        let read = lines::read(disk.as_bytes()).expect("a torn tail is no error");
        disk.truncate(read.whole);
        if read.entries.is_empty() {
            return None;
        }
        Some(read.entries.into_iter().try_fold(State::default(), State::next).expect("a legal journal"))
    }

    fn head(&self) -> Line {
        Line::Head(Head {
            run: "run".into(),
            version: "test".into(),
            script: self.program.entry.clone(),
            sources: self.program.sources.as_ref().clone(),
            arguments: json!({}),
            at: 0,
        })
    }

    /// Everything in the world that a release changes.
    pub fn world(&self) -> Value {
        self.wire.rehearsal.snapshot()
    }
}

/// A world whose caller dies.
struct Mortal {
    inner: Arc<dyn World>,
    death: Option<Death>,
    interruption: Option<Interruption>,
    stop: CancellationToken,
    dead: Arc<AtomicBool>,
    half: Arc<AtomicBool>,
    made: AtomicUsize,
}

impl Mortal {
    /// Lets a call have its fate. `reply` is not begun yet.
    async fn fated(&self, mut reply: Boxed<'_, Result<Reply, Fault>>) -> Result<Reply, Fault> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(Fault::interrupted());
        }
        let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        let moment = self.death.filter(|death| death.call == number).map(|death| death.moment);
        if moment == Some(Moment::BeforeSending) {
            self.dead.store(true, Ordering::SeqCst);
            return Err(Fault::interrupted());
        }
        let reply = match self.interruption.filter(|one| one.call == number).map(|one| one.when) {
            Some(When::AsItBegins) => {
                self.stop.cancel();
                reply.await
            }
            Some(When::Within) => {
                tokio::select! {
                    reply = &mut reply => reply,
                    () = tokio::time::sleep(std::time::Duration::from_secs(20)) => {
                        self.stop.cancel();
                        reply.await
                    }
                }
            }
            Some(When::AsItEnds) => {
                let reply = reply.await;
                self.stop.cancel();
                reply
            }
            None => reply.await,
        };
        match moment {
            Some(Moment::BeforeTheReply) => {
                self.dead.store(true, Ordering::SeqCst);
                return Err(Fault::interrupted());
            }
            Some(Moment::BeforeDone) => self.dead.store(true, Ordering::SeqCst),
            Some(Moment::WithinDone) => self.half.store(true, Ordering::SeqCst),
            Some(Moment::BeforeSending) | None => {}
        }
        reply
    }
}

impl World for Mortal {
    fn perform<'a>(&'a self, call: &'a Call, events: &'a Events) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(self.fated(self.inner.perform(call, events)))
    }

    fn push<'a>(
        &'a self,
        call: &'a Call,
        events: &'a Events,
        intent: &'a dyn Intent,
    ) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(self.fated(self.inner.push(call, events, intent)))
    }

    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        self.inner.foresee(call)
    }

    fn clock(&self) -> i64 {
        self.inner.clock()
    }
}

/// A disk that takes nothing from the dead: what was not flushed is gone with them.
struct Disk {
    text: Arc<Mutex<String>>,
    waiting: String,
    dead: Arc<AtomicBool>,
    half: Arc<AtomicBool>,
}

impl JournalFile for Disk {
    fn append(&mut self, text: &str) -> io::Result<()> {
        if self.half.swap(false, Ordering::SeqCst) {
            self.waiting.push_str(&text[..text.len() / 2]);
            self.sync()?;
            self.dead.store(true, Ordering::SeqCst);
        }
        self.waiting.push_str(text);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if !self.dead.load(Ordering::SeqCst) {
            self.text.lock().expect("no test failed with it").push_str(&std::mem::take(&mut self.waiting));
        }
        Ok(())
    }

    fn place(&self) -> Option<String> {
        None
    }
}
