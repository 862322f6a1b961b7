//! Many rollouts that are watched at the same time.

use super::ecs::LocalEcs;
use super::{measured, worlds};
use std::collections::BTreeMap;
use std::process::Command;

/// Starts new tasks in every service, and watches all of them to their end.
const SCRIPT: &str = r#"
let prod = aws::session("default");
let services = [];
for number in 0..COUNT { services.push(ecs::service(prod, "prod", if COUNT == 1 { "web" } else { `web-${number}` })); }
let rollouts = services.map(|service| service.refresh());
ecs::watch(rollouts, "deployed", #{ timeout: "15m" }).len()
"#;

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
                let mut calls = BTreeMap::<String, usize>::new();
                for (_, asked) in ecs.asked() {
                    *calls.entry(asked).or_default() += 1;
                }
                let calls: Vec<String> =
                    calls.iter().map(|(what, times)| format!("{} {times}", what.trim_start_matches("ecs:"))).collect();
                #[allow(clippy::cast_precision_loss, reason = "bytes of one process")]
                let memory = cost.memory as f64 / 1e6;
                println!(
                    "{count:<10} {:>7.1} s {:>7.2} s {:>8.1}% {memory:>6.1} MB  {}",
                    cost.wall.as_secs_f64(),
                    cost.cpu.as_secs_f64(),
                    100.0 * cost.cpu.as_secs_f64() / cost.wall.as_secs_f64(),
                    calls.join(", "),
                );
            }
            Err(why) => println!("{count:<10} {why}"),
        }
    }
}
