//! Many rollouts that are watched at the same time.

use super::ecs::LocalEcs;
use super::{measured, worlds};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

/// Starts new tasks in every service, and watches all of them to their end.
const SCRIPT: &str = r#"
let prod = aws::session("default");
let services = [];
for number in 0..COUNT { services.push(ecs::service(prod, "prod", if COUNT == 1 { "web" } else { `web-${number}` })); }
let rollouts = services.map(|service| service.refresh());
ecs::watch(rollouts, "deployed", #{ timeout: "15m" }).len()
"#;

/// What AWS allows an account in a Region: the calls of a category, how many at once, how many a second.
const LIMITS: [(&[&str], f64, f64); 4] = [
    (&["UpdateService"], 50.0, 5.0),
    (&["DescribeTaskDefinition"], 50.0, 20.0),
    (&["DescribeServices"], 100.0, 20.0),
    (&["DescribeServiceDeployments", "ListServiceDeployments"], 50.0, 20.0),
];

/// How many calls AWS would have throttled.
fn throttled(asked: &[(Instant, String)]) -> usize {
    let of = |(calls, burst, a_second): &(&[&str], f64, f64)| {
        let (mut tokens, mut last, mut refused) = (*burst, None::<Instant>, 0);
        for (at, _) in asked.iter().filter(|(_, what)| calls.contains(&what.trim_start_matches("ecs:"))) {
            let since = last.map_or(0.0, |last| (*at - last).as_secs_f64());
            tokens = (tokens + since * a_second).min(*burst);
            last = Some(*at);
            if tokens >= 1.0 { tokens -= 1.0 } else { refused += 1 }
        }
        refused
    };
    LIMITS.iter().map(of).sum()
}

/// The most status calls within a second of the watch: all beats are longer. The watch begins after the last update.
fn busiest(asked: &[(Instant, String)]) -> usize {
    let updated = asked.iter().filter(|(_, what)| what == "ecs:UpdateService").map(|(at, _)| *at).max();
    let watch = asked.iter().filter(|(at, _)| updated.is_none_or(|updated| *at > updated)).map(|(at, _)| *at);
    let times: Vec<Instant> = watch.collect();
    let within =
        |from: &Instant| times.iter().filter(|at| *at >= from && **at - *from < Duration::from_secs(1)).count();
    times.iter().map(within).max().unwrap_or(0)
}

/// So many services each, and what that took.
pub fn watched(counts: &[usize]) {
    println!(
        "\nservices refreshed and watched to the end, 90 s each; status calls a second, at the busiest and as allowed"
    );
    println!("services        wall       CPU  of a core    memory  calls");
    for count in counts {
        let ecs = LocalEcs::of(&worlds::many(*count));
        std::fs::write(ecs.home.join("watch.rhai"), SCRIPT.replace("COUNT", &count.to_string())).expect("the script");
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.args(["run", "watch.rhai"]);
        match measured::run(ecs.environment(&mut command)) {
            Ok(cost) => {
                let asked = ecs.asked();
                let mut calls = BTreeMap::<&str, usize>::new();
                for (_, what) in &asked {
                    *calls.entry(what).or_default() += 1;
                }
                let calls: Vec<String> =
                    calls.iter().map(|(what, times)| format!("{} {times}", what.trim_start_matches("ecs:"))).collect();
                #[allow(clippy::cast_precision_loss, reason = "bytes of one process")]
                let memory = cost.memory as f64 / 1e6;
                println!(
                    "{count:<10} {:>6.1} s {:>7.2} s {:>8.1}% {memory:>6.1} MB {:>7} {:>9}  {}",
                    cost.wall.as_secs_f64(),
                    cost.cpu.as_secs_f64(),
                    100.0 * cost.cpu.as_secs_f64() / cost.wall.as_secs_f64(),
                    busiest(&asked),
                    throttled(&asked),
                    calls.join(", "),
                );
            }
            Err(why) => println!("{count:<10} {why}"),
        }
    }
}
