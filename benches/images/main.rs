//! What copying and rebuilding images costs, beside what people use today: `cargo bench --bench images`.
//!
//! Two Distribution registries with passwords on this machine; images made here, the same bytes every time. The programs take
//! turns, so that what else the machine does befalls all of them. Peers are found on the PATH; what is not there is said to
//! be missing. `cargo bench --bench images -- huge` copies 5 GB as well, and needs 16 GB of disk.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a benchmark measures and prints")]

mod made;
#[path = "../measured/mod.rs"]
#[allow(dead_code, reason = "each benchmark uses its own part")]
mod measured;
mod peers;
mod registry;

use measured::{Cost, median};
use peers::{Peer, Stage};
use registry::Registry;

/// So many rounds of each comparison.
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` only asks whether it can be built
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let huge = std::env::args().any(|argument| argument == "huge");
    let stage = Stage { from: Registry::start("from"), to: Registry::start("to"), home: made::folder("home") };
    stage.settle();
    println!("making images: small, 500 MB in 8 layers, an index of two platforms");
    made::image(&stage, "small", &[100_000, 50_000]);
    made::image(&stage, "big", &[62_500_000; 8]);
    made::index(&stage, "index", &[100_000, 50_000]);
    for image in ["small", "big", "index"] {
        compare(&stage, image);
    }
    rebuild(&stage);
    requests(&stage);
    memory(&stage, "big", "500 MB");
    if huge {
        made::image(&stage, "huge", &[625_000_000; 8]);
        memory(&stage, "huge", "5 GB");
    }
}

/// Copies an image with each program: nothing of it there, its blobs there, all of it there.
fn compare(stage: &Stage, image: &str) {
    let peers = peers::copying();
    println!("\n{image}, {ROUNDS} rounds in turns; medians, and gantry's part of each (median of the rounds' ratios)");
    println!("{:<10} {:<14} {:>9} {:>9} {:>9} {:>7} {:>7}", "", "", "wall", "CPU", "memory", "wall", "CPU");
    let mut costs: Vec<[Vec<Cost>; 3]> = peers.iter().map(|_| Default::default()).collect();
    for round in 0..ROUNDS {
        for turn in 0..peers.len() {
            let one = (round + turn) % peers.len();
            let peer = &peers[one];
            if peer.missing.is_some() {
                continue;
            }
            let target = format!("{image}-{}-{round}", peer.name);
            peers::forget();
            for (case, tag) in ["1", "2", "2"].into_iter().enumerate() {
                match measured::run(&mut peer.copy(stage, &format!("{image}:1"), &format!("{target}:{tag}"))) {
                    Ok(cost) => costs[one][case].push(cost),
                    Err(why) => println!("{}: {why}", peer.name),
                }
            }
            stage.to.forget(&target);
        }
    }
    for (case, name) in ["cold", "blobs there", "nothing to do"].into_iter().enumerate() {
        for (peer, costs_of) in peers.iter().zip(&costs) {
            row(name, peer, &costs_of[case], &costs[0][case]);
        }
    }
}

fn row(case: &str, peer: &Peer, costs: &[Cost], ours: &[Cost]) {
    if costs.is_empty() {
        println!("{:<10} {case:<14} {}", peer.name, peer.missing.as_deref().unwrap_or("every run failed"));
        return;
    }
    let middle = |of: &dyn Fn(&Cost) -> f64| median(costs.iter().map(of).collect());
    let part = |of: &dyn Fn(&Cost) -> f64| median(ours.iter().zip(costs).map(|(us, them)| of(us) / of(them)).collect());
    let (wall, cpu) = (|one: &Cost| one.wall.as_secs_f64(), |one: &Cost| one.cpu.as_secs_f64());
    println!(
        "{:<10} {case:<14} {:>7.3} s {:>7.3} s {:>6.1} MB {:>7.2} {:>7.2}",
        peer.name,
        middle(&wall),
        middle(&cpu),
        middle(&megabytes),
        part(&wall),
        part(&cpu),
    );
}

#[allow(clippy::cast_precision_loss, reason = "bytes of one process")]
fn megabytes(cost: &Cost) -> f64 {
    cost.memory as f64 / 1e6
}

/// One file more in the big image, inside one registry.
fn rebuild(stage: &Stage) {
    let peers = peers::rebuilding();
    println!("\nthe big image with one file more, inside one registry");
    let mut costs: Vec<Vec<Cost>> = peers.iter().map(|_| Vec::new()).collect();
    for round in 0..3 {
        for (peer, costs) in peers.iter().zip(&mut costs) {
            if peer.missing.is_none() {
                match measured::run(&mut peer.copy(stage, "big:1", &format!("big:{}-{round}", peer.name))) {
                    Ok(cost) => costs.push(cost),
                    Err(why) => println!("{}: {why}", peer.name),
                }
            }
        }
    }
    for (peer, of) in peers.iter().zip(&costs) {
        row("rebuild", peer, of, &costs[0]);
    }
    let digests: Vec<String> = (0..3).map(|round| stage.from.digest("big", &format!("gantry-{round}"))).collect();
    let same = digests.iter().all(|digest| *digest == digests[0] && !digest.is_empty());
    println!("gantry's digests: {}", if same { "the same every time" } else { "they differ" });
}

/// Which requests gantry makes for a copy.
fn requests(stage: &Stage) {
    let gantry = &peers::copying()[0];
    let (from, to) = (stage.from.requests().len(), stage.to.requests().len());
    if let Err(why) = measured::run(&mut gantry.copy(stage, "big:1", "counted:1")) {
        return println!("{why}");
    }
    let blobs = |all: &[String], method: &str| {
        all.iter()
            .filter(|line| line.starts_with(method) && line.contains("/blobs/") && !line.ends_with(" 401"))
            .count()
    };
    let (source, target) = (&stage.from.requests()[from..], &stage.to.requests()[to..]);
    println!(
        "\nrequests for the 9 blobs of the big image: source GET {}; target HEAD {}, POST {}, PATCH {}, PUT {}; with all else {}",
        blobs(source, "GET"),
        blobs(target, "HEAD"),
        blobs(target, "POST"),
        blobs(target, "PATCH"),
        blobs(target, "PUT"),
        source.len() + target.len(),
    );
    stage.to.forget("counted");
}

fn memory(stage: &Stage, image: &str, size: &str) {
    let gantry = &peers::copying()[0];
    match measured::run(&mut gantry.copy(stage, &format!("{image}:1"), "measured:1")) {
        Ok(cost) => println!("gantry's memory for {size}: {:.1} MB", megabytes(&cost)),
        Err(why) => println!("{why}"),
    }
    stage.to.forget("measured");
}
