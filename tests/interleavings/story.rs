//! What happens to one service: how it deploys, how its tasks fail, who meddles.

use super::random::Random;
use gantry::domain::rollout::Until;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What happens to one service.
#[derive(Clone, Debug)]
pub struct Story {
    pub service: String,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`.
    pub strategy: &'static str,
    /// How the service is set up.
    pub table: String,
    /// What goes wrong with its containers, alarms and hooks; nothing where it is empty.
    pub troubles: String,
    /// Whether its containers fail.
    pub tasks_fail: bool,
    /// Whether the definition that runs is deployed again.
    pub refresh: bool,
    /// What somebody else does meanwhile, and after how many milliseconds.
    pub meddling: Option<(Meddling, u64)>,
    pub until: Until,
    pub records: &'static str,
}

/// What somebody else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meddling {
    Refreshes,
    Deploys,
    Scales,
    RollsBack,
    Aborts,
    /// Answers the lifecycle hooks that pause, one after the other.
    Answers(&'static str),
}

impl Story {
    pub fn of(random: &mut Random, number: usize, records: &'static str) -> Self {
        let service = format!("s{number}");
        let strategy = random.pick(&["ROLLING", "ROLLING", "ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]);
        let refresh = random.one_in(4);
        // what goes wrong does so with what is deployed, and not with what ran before
        let image = if refresh { "*:old" } else { "*:fresh" };
        let (tasks_fail, mut troubles) = (random.one_in(3), String::new());
        if tasks_fail {
            let _ = write!(
                troubles,
                "[[container_faults]]\nservice = \"{service}\"\nimage = \"{image}\"\n{}\n",
                harm(random)
            );
        }
        let (configuration, pauses) = configuration(random, strategy, &service, image, &mut troubles);
        let table = table(random, &service, &configuration);
        let meddling = (pauses || random.one_in(2)).then(|| {
            let anyone =
                [Meddling::Refreshes, Meddling::Deploys, Meddling::Scales, Meddling::RollsBack, Meddling::Aborts];
            let answers = [Meddling::Answers("CONTINUE"), Meddling::Answers("CONTINUE"), Meddling::Answers("ROLLBACK")];
            let all: &[Meddling] = if pauses && !random.one_in(4) { &answers } else { &anyone };
            let latest = if strategy == "ROLLING" { 90_000 } else { 240_000 };
            (random.pick(all), random.between(0, latest))
        });
        let until = random.pick(&[Until::Traffic, Until::Deployed, Until::Drained, Until::Drained]);
        Self { service, strategy, table, troubles, tasks_fail, refresh, meddling, until, records }
    }

    pub fn somebody_deploys(&self) -> bool {
        matches!(self.meddling, Some((Meddling::Refreshes | Meddling::Deploys, _)))
    }
}

/// A duration from and to so many seconds, as a world file writes it.
fn seconds(random: &mut Random, from: u64, to: u64) -> String {
    format!("\"{}ms\"", random.between(from * 1000, to * 1000))
}

/// How the containers fail.
fn harm(random: &mut Random) -> String {
    match random.between(0, 3) {
        0 => format!("exit = {{ code = 1, after = {} }}", seconds(random, 0, 20)),
        1 => "unpullable = \"CannotPullContainerError: no\"".to_owned(),
        2 => format!("sickens = {}", seconds(random, 20, 120)),
        _ => format!("unhealthy = {}", seconds(random, 1, 20)),
    }
}

/// The service as the world file has it.
fn table(random: &mut Random, service: &str, configuration: &Value) -> String {
    let mut table = format!(
        "[[clusters.services]]\nname = \"{service}\"\ntask_definition = \"web:7\"\ndesired = {}\n",
        random.between(1, 3)
    );
    let (breaker, rollback) = (!random.one_in(3), !random.one_in(3));
    let _ = writeln!(table, "deployment = {{ circuit_breaker = {breaker}, rollback = {} }}", breaker && rollback);
    let configuration: toml::Value = serde_json::from_value(configuration.clone()).expect("no null in it");
    let _ = writeln!(table, "deployment_configuration = {configuration}");
    if random.one_in(3) {
        let _ = writeln!(table, "lag = {}", seconds(random, 1, 12));
    }
    if random.one_in(3) {
        let _ = writeln!(table, "blank = {}", seconds(random, 1, 8));
    }
    let _ = writeln!(
        table,
        "timings = {{ provisioning = {}, pending = {}, healthy = {}, stopping = {}, settling = {}, starting = {}, \
         shift = {} }}",
        seconds(random, 0, 5),
        seconds(random, 1, 10),
        seconds(random, 1, 10),
        seconds(random, 1, 60),
        seconds(random, 1, 10),
        seconds(random, 0, 3),
        seconds(random, 0, 8),
    );
    table
}

/// The strategy with its bake times, alarms and hooks, and whether one of these pauses; what becomes of alarms and
/// functions is told to `troubles`.
fn configuration(
    random: &mut Random,
    strategy: &str,
    service: &str,
    image: &str,
    troubles: &mut String,
) -> (Value, bool) {
    let swaps = strategy != "ROLLING";
    let mut configuration = json!({ "strategy": strategy });
    if random.one_in(if swaps { 2 } else { 5 }) {
        configuration["bakeTimeInMinutes"] = json!(random.between(0, 2));
    }
    match strategy {
        "LINEAR" => {
            let (step, bake) = (random.pick(&[20.0, 34.0, 50.0]), random.between(0, 1));
            configuration["linearConfiguration"] = json!({ "stepPercent": step, "stepBakeTimeInMinutes": bake });
        }
        "CANARY" => {
            let (part, bake) = (random.pick(&[2.5, 10.0, 50.0]), random.between(0, 2));
            configuration["canaryConfiguration"] = json!({ "canaryPercent": part, "canaryBakeTimeInMinutes": bake });
        }
        _ => {}
    }
    if random.one_in(4) {
        configuration["alarms"] =
            json!({ "alarmNames": [format!("{service}-5xx")], "enable": true, "rollback": !random.one_in(3) });
        if !random.one_in(3) {
            let after = seconds(random, 1, if swaps { 240 } else { 90 });
            let _ = write!(
                troubles,
                "[[alarms]]\nname = \"{service}-5xx\"\nservice = \"{service}\"\nimage = \"{image}\"\nafter = {after}\n"
            );
        }
    }
    let mut pauses = false;
    if swaps && random.one_in(2) {
        let stages = ["PRE_SCALE_UP", "POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"];
        let mut hook = json!({ "lifecycleStages": [random.pick(&stages), random.pick(&stages)] });
        let action = random.pick(&["CONTINUE", "ROLLBACK"]);
        hook["timeoutConfiguration"] = json!({ "timeoutInMinutes": random.between(1, 2), "action": action });
        pauses = random.one_in(2);
        if pauses {
            hook["targetType"] = json!("PAUSE");
        } else {
            let outcome = random.pick(&["succeeds", "succeeds", "fails", "hangs"]);
            let after = seconds(random, 1, 30);
            hook["targetType"] = json!("AWS_LAMBDA");
            hook["hookTargetArn"] = json!(format!("arn:aws:lambda:ap-northeast-1:222222222222:function:{service}"));
            let _ =
                write!(troubles, "[[hooks]]\nfunction = \"*:{service}\"\noutcome = \"{outcome}\"\nafter = {after}\n");
        }
        configuration["lifecycleHooks"] = json!([hook]);
    }
    (configuration, pauses)
}
