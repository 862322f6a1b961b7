//! What the journal costs: replaying a long run, and a write on its way to disk. `cargo bench --bench journal`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a benchmark measures and prints")]

use gantry::effects::call::{Call, EcsCall};
use gantry::effects::drivers::{Driver as _, ResumeDriver, RunDriver, Step};
use gantry::effects::event::Events;
use gantry::effects::fault::Fault;
use gantry::effects::intent::Intent;
use gantry::effects::journal::entry::{Answer, Entry, Head};
use gantry::effects::journal::state::State;
use gantry::effects::journal::{Journal, Memory, text};
use gantry::effects::key::Key;
use gantry::effects::origin::Origin;
use gantry::effects::redact::Redactor;
use gantry::effects::reply::Reply;
use gantry::effects::world::{Boxed, World};
use gantry::live::host::journal_folder::JournalFolder;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// So many calls: a release of hundreds of services.
const RECORDS: u64 = 10_000;
const WRITES: u64 = 200;

/// A world that is never asked.
struct Nowhere;

impl World for Nowhere {
    fn perform<'a>(&'a self, call: &'a Call, _: &'a Events) -> Boxed<'a, Result<Reply, Fault>> {
        panic!("a replay asked for {call:?}")
    }

    fn push<'a>(&'a self, call: &'a Call, events: &'a Events, _: &'a dyn Intent) -> Boxed<'a, Result<Reply, Fault>> {
        self.perform(call, events)
    }

    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        panic!("a replay foresaw {call:?}")
    }

    fn clock(&self) -> i64 {
        0
    }
}

fn call(number: u64) -> Call {
    Call::Ecs(EcsCall::DescribeServices {
        session: "prod".into(),
        cluster: "prod".into(),
        services: vec![format!("web-{number}")],
    })
}

fn entries() -> Vec<Entry> {
    let head = Head {
        run: "bench".into(),
        version: "0".into(),
        script: "release.rhai".into(),
        sources: BTreeMap::new(),
        arguments: json!({}),
        at: 0,
    };
    let calls = (1..=RECORDS).flat_map(|number| {
        let service = json!({ "services": [{ "serviceName": format!("web-{number}"), "desiredCount": 2,
            "deployments": [{ "id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": "web:7" }] }] });
        let (key, origin, result) = (Key::of(number), Origin::default(), Answer::Reply(Reply::Document(service)));
        let start = Entry::Start { key: key.clone(), call: Box::new(call(number)), hash: String::new(), origin, at: 0 };
        [start, Entry::Done { key, result: Box::new(result), at: 0 }]
    });
    std::iter::once(Entry::Head(head)).chain(calls).collect()
}

fn replay(journal: &str) -> Duration {
    let began = Instant::now();
    let read = text::read(journal.as_bytes()).expect("a journal");
    let state = read.entries.into_iter().try_fold(State::default(), State::next).expect("a run");
    let driver = RunDriver {
        run: "bench".into(),
        world: Arc::new(Nowhere),
        journal: Arc::new(Journal::to(Box::<Memory>::default())),
        stop: CancellationToken::new(),
        redactor: Redactor::default(),
    };
    let driver = ResumeDriver::new(driver, state, "0").expect("resumed");
    let (events, origin) = (Events::nowhere(), Origin::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for number in 1..=RECORDS {
            let (key, call) = (Key::of(number), call(number));
            driver.perform(Step { key: &key, call: &call, origin: &origin, events: &events }).await.expect("a reply");
        }
    });
    began.elapsed()
}

fn writes() -> Vec<Duration> {
    let root = std::env::temp_dir().join(format!("gantry-bench-{}", std::process::id()));
    std::fs::create_dir_all(&root).expect("a folder");
    let journal = Journal::to(Box::new(JournalFolder::of(&root, "bench")));
    let entries = entries();
    let times = entries.chunks(2).skip(1).take(usize::try_from(WRITES).expect("fits")).map(|pair| {
        let began = Instant::now();
        for entry in pair {
            journal.put(entry, true).expect("written");
        }
        began.elapsed()
    });
    let times = times.collect();
    let _ = std::fs::remove_dir_all(&root);
    times
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let lines = entries().iter().map(|entry| text::line(entry).expect("a line")).collect::<String>();
    let replays = (0..5).map(|_| replay(&lines)).collect();
    println!(
        "replaying {RECORDS} calls ({} kB): {:.3} s, median of 5",
        lines.len() / 1000,
        median(replays).as_secs_f64()
    );
    let cost = median(writes()).as_secs_f64() * 1000.0;
    println!("journaling a write (start and done, each flushed to disk): {cost:.2} ms, median of {WRITES}");
}
