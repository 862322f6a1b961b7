//! The judge, proved: thousands of random deployments in the rehearsed ECS, of every strategy, each verdict compared with
//! what the simulation knows happened. And worse judges, each of which is found out.
#![allow(clippy::disallowed_methods, reason = "stories set up files")]

#[path = "interleavings/judges.rs"]
mod judges;
#[path = "interleavings/place.rs"]
mod place;
#[path = "interleavings/random.rs"]
mod random;
#[path = "interleavings/story.rs"]
mod story;
#[path = "interleavings/truth.rs"]
mod truth;
#[path = "interleavings/world.rs"]
mod world;

use gantry::domain::rollout::{Judge, judge};
use place::Place;
use random::Random;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use truth::mistake;

/// So many deployments are looked at.
const STORIES: usize = 2000;
/// So many of them are in one world, and watched by one watcher.
const TOGETHER: usize = 20;
/// Each strategy ends in each way so often at least: a newer deployment seldom comes in the time of a swap.
const RARE: usize = 3;

/// How often each verdict was given to each strategy.
type Given = BTreeMap<String, usize>;

/// The deployments of one world, judged by `judge`: the mistakes, and the verdicts.
fn play(seed: u64, judge: Judge) -> (Vec<String>, Given) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let ends = runtime.expect("a runtime").block_on(Place::play(Random::of(seed), TOGETHER, judge));
    let mut given = Given::new();
    for (story, verdict, _) in &ends {
        let verdict = serde_json::to_value(verdict).expect("JSON");
        let word = verdict["verdict"].as_str().expect("a word");
        *given.entry(format!("{} {word}", story.strategy)).or_default() += 1;
    }
    (ends.iter().filter_map(|(story, verdict, truth)| mistake(story, verdict, truth)).collect(), given)
}

/// The same in as many worlds as it takes, one after the other on each of the machine's cores, until one has a mistake.
fn run(seed: u64, stories: usize, judge: Judge) -> (Vec<String>, Given) {
    let worlds = stories.div_ceil(TOGETHER) as u64;
    let next = AtomicU64::new(0);
    let found: Mutex<(Vec<String>, Given)> = Mutex::default();
    let work = || {
        loop {
            let world = next.fetch_add(1, Ordering::SeqCst);
            if world >= worlds {
                return;
            }
            let (mistakes, given) = play(seed.wrapping_add(world), judge);
            let mut found = found.lock().expect("no panic in a world");
            for (word, count) in given {
                *found.1.entry(word).or_default() += count;
            }
            if !mistakes.is_empty() {
                next.store(worlds, Ordering::SeqCst);
                found.0.extend(mistakes);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no panic in a world")
}

/// `GANTRY_SEED=… cargo test --test interleavings` tries others.
fn seed() -> u64 {
    std::env::var("GANTRY_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}

#[test]
fn two_thousand_random_deployments_have_no_false_success_and_no_false_failure() {
    let seed = seed();
    let (mistakes, given) = run(seed, STORIES, judge);
    assert!(mistakes.is_empty(), "seed {seed}: {} mistakes, the first: {}", mistakes.len(), mistakes[0]);
    // the stories are not all the same one
    for strategy in ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"] {
        for word in ["done", "failed", "superseded"] {
            let count = given.get(&format!("{strategy} {word}")).copied().unwrap_or_default();
            assert!(count >= RARE, "seed {seed}: too few verdicts of {strategy} are `{word}`: {given:?}");
        }
    }
}

#[test]
fn every_worse_judge_is_found_out() {
    let seed = seed();
    for (name, judge) in judges::WORSE {
        let (mistakes, given) = run(seed, STORIES, judge);
        assert!(!mistakes.is_empty(), "seed {seed}: the judge {name} made no mistake: {given:?}");
    }
}
