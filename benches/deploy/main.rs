//! What a deploy costs, beside what people use today, against one local ECS: `cargo bench --bench deploy`.
//!
//! The ECS is `gantry sandbox` at the wall's speed, 3 ms a call, a new one for every run. The programs take turns, so that
//! what else the machine does befalls all of them. Peers are installed under target/peers by pip; what cannot be had is
//! said to be missing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a benchmark measures and prints")]

mod ecs;
mod many;
#[path = "../measured/mod.rs"]
mod measured;
mod peers;
mod worlds;

use ecs::LocalEcs;
use measured::{Cost, median};
use peers::Peer;
use std::time::Duration;

/// So many runs of each program: of a deployment that completes at once, and of one that takes ten seconds.
const ROUNDS: (usize, usize) = (9, 3);

/// One program's run.
struct Sample {
    cost: Cost,
    calls: usize,
    /// From the deployment's end to the program's; negative where the program was the first to say that it is over.
    late: f64,
}

fn main() {
    // `cargo test --benches` only asks whether it can be built
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let only_many = std::env::args().any(|argument| argument == "many");
    let peers = if only_many { Vec::new() } else { peers::all() };
    for (what, world, rounds) in [
        ("a deployment that completes at once", worlds::instant(), ROUNDS.0),
        ("one of ten seconds", worlds::ten_seconds(), ROUNDS.1),
    ] {
        if !only_many {
            compare(what, &world, rounds, &peers);
        }
    }
    many::watched(&[1, 10, 100, 500]);
}

fn compare(what: &str, world: &str, rounds: usize, peers: &[Peer]) {
    println!("\n{what}, two tasks, 3 ms a call, {rounds} rounds; medians, and gantry's part of the other's wall");
    println!("{:<32} {:>9} {:>9} {:>6} {:>9} {:>9} {:>7}", "", "wall", "CPU", "calls", "memory", "late", "ratio");
    let mut samples: Vec<Vec<Sample>> = peers.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for turn in 0..peers.len() {
            let one = (round + turn) % peers.len();
            match sample(&peers[one], world) {
                Ok(sample) => samples[one].push(sample),
                Err(_) if peers[one].missing.is_some() => {}
                Err(why) => println!("{}: {why}", peers[one].name),
            }
        }
    }
    let wall = |of: &[Sample]| median(of.iter().map(|one| one.cost.wall.as_secs_f64()).collect());
    let ours = samples.first().map_or(0.0, |ours| wall(ours));
    for (peer, samples) in peers.iter().zip(&samples) {
        if samples.is_empty() {
            println!("{:<32} {}", peer.name, peer.missing.as_deref().unwrap_or("every run failed"));
            continue;
        }
        let middle = |of: &dyn Fn(&Sample) -> f64| median(samples.iter().map(of).collect());
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let (calls, memory) = (middle(&|one| one.calls as f64), middle(&|one| one.cost.memory as f64 / 1e6));
        println!(
            "{:<32} {:>7.3} s {:>7.3} s {:>6} {:>6.1} MB {:>7.3} s {:>7.3}",
            peer.name,
            wall(samples),
            middle(&|one| one.cost.cpu.as_secs_f64()),
            calls,
            memory,
            middle(&|one| one.late),
            ours / wall(samples),
        );
    }
}

fn sample(peer: &Peer, world: &str) -> Result<Sample, String> {
    if let Some(missing) = &peer.missing {
        return Err(missing.clone());
    }
    let ecs = LocalEcs::of(world);
    let cost = measured::run(&mut peer.command(&ecs))?;
    // what is still said of the last requests arrives within moments
    std::thread::sleep(Duration::from_millis(20));
    let calls = ecs.calls();
    let updated = ecs.when("ecs:UpdateService").ok_or("it asked for no update")?;
    let took = ecs.took("web");
    Ok(Sample { cost, calls, late: (cost.ended - updated).as_secs_f64() - took })
}
