//! The one door of the world: a request comes in, waits its simulated time, and is answered.

mod authorization;
mod dispatch;
mod inbox;
mod meanwhile;
mod parse;
mod process;
mod resources;
mod snapshot;
mod state;
mod sts;
mod transfer;
mod writes;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use self::inbox::{Inbox, Withdraw};
pub use self::parse::service_of;
use self::process::Answer;
use self::state::State;
use super::moment::Moment;
use super::world::{Seed, World};

/// The body of requests and responses.
pub type Body = http_body_util::combinators::BoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// The connection was dropped, before or after the request was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    reason: String,
}

impl Lost {
    fn new(reason: impl Into<String>) -> Lost {
        Lost { reason: reason.into() }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for Lost {}

/// An access key of the world. The server tells the caller's account by the key's id and does not
/// check signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…`
    pub access_key_id: String,
    /// Signs requests; any other would do as well.
    pub secret_access_key: String,
}

/// The embedded world, serving. Clones share it.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    epoch: Instant,
    start: Moment,
    speed: NonZeroU32,
    latency: Duration,
    bandwidth: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    inbox: Inbox,
}

impl Rehearsal {
    /// Begins: the world's `now` is this instant of tokio's clock, and both run alike.
    ///
    /// Call it inside the runtime; with its clock paused, simulated minutes take no time.
    pub fn new(world: World) -> Rehearsal {
        let seed = world.into_seed();
        let start = seed.start;
        Rehearsal::begin(seed, start, NonZeroU32::MIN)
    }

    /// Begins for callers who live by a clock of their own, which shows `theirs` at this instant: they compare what
    /// AWS tells of times with it, and would take a token or a role's session of a world in the past for expired. So
    /// the clock starts there, or at the world's `now` where that is later, and runs this many times as fast as
    /// tokio's. Latency and bandwidth are the world's too: in the caller's time they are this much shorter and wider.
    pub fn beside(world: World, theirs: jiff::Timestamp, speed: NonZeroU32) -> Rehearsal {
        let world = world.into_seed();
        let start = world.start.max(Moment::of(theirs));
        Rehearsal::begin(world, start, speed)
    }

    fn begin(world: Seed, start: Moment, speed: NonZeroU32) -> Rehearsal {
        Rehearsal {
            shared: Arc::new(Shared {
                epoch: Instant::now(),
                start,
                speed,
                latency: world.latency / speed.get(),
                bandwidth: world.bandwidth.saturating_mul(speed.get().into()),
                inner: Mutex::new(Inner { state: State::new(world, start), inbox: Inbox::default() }),
            }),
        }
    }

    /// The simulated clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.shared.moment(Instant::now()).timestamp()
    }

    /// The access key of the account behind a session's name.
    pub fn credentials(&self, session: &str) -> Option<Credentials> {
        self.shared.lock().state.credentials(session)
    }

    /// The hosts of the world's registries, ECR's and others, sorted.
    pub fn registry_hosts(&self) -> Vec<String> {
        self.shared.lock().state.registries.keys().cloned().collect()
    }

    /// What the world is now, for tests to compare: no time and no identifier of a request is in it.
    ///
    /// `ecs` has for each account and Region every revision of its task definitions, and its
    /// clusters with their services and deployments; `registries` has for each host the
    /// repositories with tags, manifests and blobs by digest; `writes` has every write that was
    /// asked for, in order, with what became of it.
    pub fn snapshot(&self) -> serde_json::Value {
        self.shared.serve_due();
        let now = self.shared.moment(Instant::now());
        let mut inner = self.shared.lock();
        inner.state.advance(now);
        snapshot::of(&inner.state)
    }

    /// Serves one request to any host of the world: the services of AWS by their protocols,
    /// registries by the distribution protocol.
    ///
    /// Requests due at one simulated instant are served in the order of their content, whichever
    /// of them is polled first.
    ///
    /// # Errors
    /// [`Lost`] where a real connection would have failed: an unknown host, a fault of the world,
    /// or what a server answers by hanging up.
    pub async fn handle(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Lost> {
        let shared = &self.shared;
        let (head, body) = request.into_parts();
        let body = transfer::receive(body, shared.beat(), shared.bandwidth).await?;
        let request = parse::parse(head, body);
        let due = shared.beat() + shared.latency;
        let (ticket, mut answer) = shared.lock().inbox.put(due, request);
        let withdraw = Withdraw::new(shared, ticket.clone());
        tokio::time::sleep_until(due).await;
        shared.serve_due();
        let answer = answer.try_recv().map_err(|_| Lost::new("the embedded server answered nobody"))?;
        withdraw.done();
        respond(answer?, shared)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // a panic in between would have been a bug of ours; what is kept is still the world
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment(&self, instant: Instant) -> Moment {
        let elapsed = instant.saturating_duration_since(self.epoch);
        self.start.after(elapsed.saturating_mul(self.speed.get()))
    }

    /// Now, cut to whole milliseconds since the start: the clock's timers have milliseconds, and
    /// where between two of them the world began must not show.
    fn beat(&self) -> Instant {
        let elapsed = Instant::now().saturating_duration_since(self.epoch);
        let nanoseconds = elapsed.subsec_nanos() % 1_000_000;
        self.epoch + elapsed.saturating_sub(Duration::from_nanos(nanoseconds.into()))
    }

    /// Serves every request that is due, in order, at the moment when it was due.
    fn serve_due(&self) {
        let now = Instant::now();
        let mut inner = self.lock();
        while let Some((due, request, reply)) = inner.inbox.take_due(now) {
            let answer = process::process(&mut inner.state, &request, self.moment(due));
            // the caller may have gone away since
            let _ = reply.send(answer);
        }
    }
}

fn respond(answer: Answer, shared: &Shared) -> Result<http::Response<Body>, Lost> {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response
        .body(transfer::send(answer.body, shared.beat(), shared.bandwidth))
        .map_err(|error| Lost::new(format!("the embedded server could not answer: {error}")))
}
