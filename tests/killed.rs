//! gantry is killed while it releases, against a world that outlives it: `gantry resume` ends in the world that an
//! uninterrupted run makes, and nothing is done twice.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]
#![allow(clippy::disallowed_macros, reason = "the seed is printed")]

mod support;

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::Ended;
use support::project::Project;
use support::running::Running;
use support::sandbox::Sandbox;
use support::way::Way;

const IMAGE: &str = "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2";
const RELEASE: [&str; 4] = ["run", "scripts/release.rhai", "--image", IMAGE];
/// A rollout of minutes takes less than two of its looks: what takes time is gantry.
const SPEED: u32 = 2000;
const NONE_WAITS: &str = "no run waits to be gone on with";

/// A number of the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// splitmix64: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// The world without what depends on the moment: ids of deployments, the day in a released tag.
fn settled(world: &Value) -> Value {
    match world {
        Value::String(text) if text.starts_with("ecs-svc/") => json!("ecs-svc/…"),
        Value::String(text) => json!(undated(text)),
        Value::Array(items) => items.iter().map(settled).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (undated(name), settled(value))).collect(),
        other => other.clone(),
    }
}

/// `20261120-1.4.2` is of the day of the run.
fn undated(text: &str) -> String {
    match text.strip_suffix("-1.4.2") {
        Some(day) if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) => "(today)-1.4.2".to_owned(),
        _ => text.to_owned(),
    }
}

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after its start.
    AfterItsStart(Duration),
    /// So long after its first words: from then on it writes.
    AfterItsWords(Duration),
}

/// How long a release takes, in µs: from its start to its words, from there to the rollout, and all of it.
#[derive(Clone, Copy, Debug)]
struct Pace {
    words: u64,
    rollout: u64,
    whole: u64,
}

impl Pace {
    /// Most of the time a release only waits: three in four are killed while it works.
    fn moment(self, dice: &mut Dice) -> Moment {
        let kind = dice.roll(8);
        let mut within = |below| Duration::from_micros(dice.roll(below));
        match kind {
            0 => Moment::AfterItsStart(within(self.words + self.rollout)),
            1 => Moment::AfterItsStart(within(self.whole)),
            _ => Moment::AfterItsWords(within(self.rollout + self.rollout / 4)),
        }
    }
}

/// The first words of a release, and of one that is gone on with.
const WORDS: &str = "shop:1.4.2 is sha256:";

fn killed(sandbox: &Sandbox, args: &[&str], moment: Moment) {
    let mut command = sandbox.gantry_command(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("gantry starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("its stderr"));
    let delay = match moment {
        Moment::AfterItsStart(delay) => delay,
        Moment::AfterItsWords(delay) => {
            let mut line = String::new();
            while !line.contains(WORDS) && stderr.read_line(&mut line).expect("UTF-8") > 0 {}
            delay
        }
    };
    std::thread::sleep(delay);
    // one that has ended is none the worse
    child.kill().expect("it is our child");
    child.wait().expect("its status");
}

/// How the runs of the sandbox's project stand.
fn standings(sandbox: &Sandbox) -> Vec<String> {
    let listed = sandbox.gantry(&["runs", "--output", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&listed.exits(0).stdout).expect("a list");
    rows.iter().map(|row| row["standing"].as_str().expect("a standing").to_owned()).collect()
}

/// Goes on until there is nothing to go on with; gives how the last sitting ended.
#[track_caller]
fn gone_on_with(sandbox: &Sandbox, told: &str) -> Ended {
    let ended = sandbox.gantry(&["resume"]);
    assert_eq!(ended.code, 0, "{told}: {ended}");
    if !ended.stderr.contains(NONE_WAITS) || standings(sandbox).iter().any(|standing| standing == "done") {
        return ended;
    }
    // it was killed before it had written anything, and left nothing behind
    assert_eq!(sandbox.world()["writes"], json!([]), "{told}");
    let ended = sandbox.gantry(&RELEASE);
    assert_eq!(ended.code, 0, "{told}: {ended}");
    ended
}

/// What the kills met.
#[derive(Debug, Default)]
struct Tally {
    before_anything: u64,
    in_its_middle: u64,
    in_doubt: u64,
    after_its_end: u64,
}

/// One release that is killed, gone on with, and compared.
fn story(told: &str, dice: &mut Dice, pace: Pace, expected: &Value, tally: &Mutex<Tally>) {
    let sandbox = Sandbox::of_the_release(SPEED, "");
    let first = pace.moment(dice);
    killed(&sandbox, &RELEASE, first);
    let mut told = format!("{told}, {first:?}");
    // one in three is killed again while it is gone on with
    if dice.roll(3) == 0 {
        let second = pace.moment(dice);
        killed(&sandbox, &["resume"], second);
        told = format!("{told}, and again {second:?}");
    }
    let ended = gone_on_with(&sandbox, &told);
    let world = sandbox.world();
    assert_eq!(settled(&world), *expected, "{told}");
    sandbox.gantry(&["resume"]).is(0, "", &format!("{NONE_WAITS}\n"));
    assert_eq!(sandbox.world(), world, "{told}");
    assert_eq!(standings(&sandbox), ["done"], "{told}");
    let mut tally = tally.lock().expect("no kill failed with it");
    match ended.stderr.as_str() {
        text if text.contains(NONE_WAITS) => tally.after_its_end += 1,
        text if text.contains("(before)") => tally.in_its_middle += 1,
        text if text.contains("in doubt") => {}
        _ => tally.before_anything += 1,
    }
    tally.in_doubt += u64::from(ended.stderr.contains("in doubt"));
}

#[test]
fn whenever_it_is_killed_the_resume_ends_in_the_same_world() {
    let (seed, kills) = (number("KILL_SEED", 20_261_120), number("KILLS", 20));
    let sandbox = Sandbox::of_the_release(SPEED, "");
    let began = Instant::now();
    let micros = || u64::try_from(began.elapsed().as_micros()).expect("no release takes so long");
    let running = Running::start(sandbox.gantry_command(&RELEASE)).after(WORDS);
    let words = micros();
    let running = running.after("web:7 → web:8");
    let rollout = micros() - words;
    running.ends().exits(0);
    let pace = Pace { words, rollout, whole: micros() };
    let expected = settled(&sandbox.world());
    assert_eq!(expected["writes"].as_array().map(Vec::len), Some(3), "{expected:#}");
    drop(sandbox);

    println!("{kills} kills, KILL_SEED={seed}; a release in µs: {pace:?}");
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let kill = next.fetch_add(1, Ordering::Relaxed);
                    if kill >= kills {
                        break;
                    }
                    let told = format!("kill {kill} of KILL_SEED={seed}");
                    story(&told, &mut Dice(seed.wrapping_add(kill)), pace, &expected, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no kill failed with it");
    println!("{tally:?}");
    assert!(kills < 20 || tally.in_its_middle > kills / 4, "KILL_SEED={seed} met few in their middle: {tally:?}");
}

/// Slow enough for a rollout to be met on its way.
const SLOWLY: u32 = 30;

/// A sandbox whose release was killed when it had just begun its rollout.
fn killed_in_its_rollout() -> Sandbox {
    let sandbox = Sandbox::of_the_release(SLOWLY, "");
    let running = Running::start(sandbox.gantry_command(&RELEASE)).after("0 of 2 running");
    running.signal("KILL").ends();
    sandbox
}

/// The release as it is when nobody disturbs it.
#[track_caller]
fn is_released(sandbox: &Sandbox) {
    let world = sandbox.world();
    let writes = world["writes"].as_array().expect("writes");
    let made: Vec<_> = writes.iter().map(|write| write["operation"].as_str().unwrap_or_default()).collect();
    assert_eq!(made, ["registry:PutManifest", "ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
    let service = &world["ecs"][0]["clusters"][0]["services"][0];
    assert!(service["taskDefinition"].as_str().is_some_and(|arn| arn.ends_with("/web:8")), "{service}");
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1), "{service}");
    assert_eq!(world["ecs"][0]["taskDefinitions"].as_array().map(Vec::len), Some(2));
}

/// The one run of a project.
fn the_run(project: &Project) -> String {
    let kept = project.journals();
    let [(journal, _)] = kept.as_slice() else { panic!("one journal was expected: {kept:?}") };
    let folder = journal.parent().and_then(|folder| folder.file_name()).expect("a run's folder");
    folder.to_string_lossy().into_owned()
}

#[test]
fn a_copied_project_goes_on_on_another_machine() {
    let sandbox = killed_in_its_rollout();
    let other = Project::copy_of(&sandbox.home);
    let resume = || {
        let mut command = sandbox.gantry_command(&["resume"]);
        command.current_dir(&other.root).env("HOME", &other.root);
        Ended::of(command.output().expect("gantry starts"))
    };
    resume().exits(0).says(["(before) pushed", "(before) ", "web:7 → web:8", "prod/web is drained: only web:8"]);
    is_released(&sandbox);
    resume().is(0, "", &format!("{NONE_WAITS}\n"));
    // here nobody knows that it is done: to go on with it changes nothing
    sandbox.gantry(&["resume"]).exits(0).says(["prod/web is drained: only web:8"]);
    is_released(&sandbox);
}

#[test]
fn a_run_has_one_process_at_a_time() {
    let sandbox = killed_in_its_rollout();
    let run = the_run(&sandbox.home);
    let first = Running::start(sandbox.gantry_command(&["resume", &run])).after("(before) ");
    let second = sandbox.gantry(&["resume", &run]);
    second.exits(2).prints_nothing().says([&format!("run {run} is going on"), "a run has one process at a time"]);
    // and without its name it is not one that waits
    sandbox.gantry(&["resume"]).is(0, "", &format!("{NONE_WAITS}\n"));
    assert_eq!(standings(&sandbox), ["running"]);
    first.signal("KILL").ends();
    assert_eq!(standings(&sandbox), ["died"]);
    sandbox.gantry(&["resume", &run]).exits(0).says(["prod/web is drained: only web:8"]);
    is_released(&sandbox);
}

#[test]
fn a_changed_script_is_refused_with_its_difference_and_adopted_as_far_as_its_calls_agree() {
    let sandbox = killed_in_its_rollout();
    let (world, place) = (sandbox.world(), sandbox.home.root.join("scripts/release.rhai"));
    let script = std::fs::read_to_string(&place).expect("the script");
    let change = |from: &str, to: &str| {
        assert!(script.contains(from), "{from}");
        std::fs::write(&place, script.replace(from, to)).expect("the script");
    };
    change("APP_ENV: \"production\"", "APP_ENV: \"staging\"");
    let refused = sandbox.gantry(&["resume"]);
    refused.exits(2).prints_nothing().says([
        "has changed since",
        "scripts/release.rhai (begun)",
        "-        env: #{ APP_ENV: \"production\" },",
        "+        env: #{ APP_ENV: \"staging\" },",
        "gantry resume --adopt",
    ]);
    // what is done already would be done differently
    let refused = sandbox.gantry(&["resume", "--adopt"]);
    refused.prints_nothing().says(["call 9 was recorded as", "scripts/release.rhai:43"]);
    assert_ne!(refused.code, 0, "{refused}");
    let unwritten = |world: &Value| [world["writes"].clone(), world["registries"].clone()];
    assert_eq!(unwritten(&sandbox.world()), unwritten(&world));
    change("now runs", "runs from now on");
    sandbox.gantry(&["resume"]).exits(2).says(["+    log::info(`${web} runs from now on ${released}`);"]);
    sandbox.gantry(&["resume", "--adopt"]).exits(0).says(["prod/web runs from now on"]);
    is_released(&sandbox);
}

#[test]
fn a_finished_run_is_not_run_again() {
    let sandbox = Sandbox::of_the_release(SPEED, "");
    sandbox.gantry(&RELEASE).exits(0);
    let (world, run) = (sandbox.world(), the_run(&sandbox.home));
    let journal = sandbox.home.kept();
    sandbox.gantry(&["resume", &run]).is(0, "", &format!("run {run} is done: nothing to go on with\n"));
    sandbox.gantry(&["resume"]).is(0, "", &format!("{NONE_WAITS}\n"));
    assert_eq!((sandbox.world(), sandbox.home.kept()), (world, journal));
}

/// The release that looks at the service, pushes, and then takes its time before it deploys.
fn that_takes_its_time(sandbox: &Sandbox) {
    let place = sandbox.home.root.join("scripts/release.rhai");
    let script = std::fs::read_to_string(&place).expect("the script");
    let edit = "let images = #{};\n";
    assert!(script.contains(edit), "{script}");
    let script = script.replace(edit, &format!("log::info(\"pushed\");\ntime::sleep(\"3s\");\n{edit}"));
    std::fs::write(place, script).expect("the script");
}

#[test]
fn a_service_that_someone_else_has_deployed_meanwhile_is_left_alone() {
    let sandbox = Sandbox::of_the_release(SPEED, "");
    that_takes_its_time(&sandbox);
    Running::start(sandbox.gantry_command(&RELEASE)).after("s  pushed\n").signal("KILL").ends();
    sandbox.aws("prod", &["ecs", "update-service", "--cluster", "prod", "--service", "web", "--force-new-deployment"]);
    let writes = sandbox.world()["writes"].clone();
    let refused = sandbox.gantry(&["resume"]);
    refused.prints_nothing().says([
        "the world is not any more what this run stands on; nothing more was written",
        "prod/web runs web:7 by deployment ecs-svc/",
        "and ran web:7 by deployment ecs-svc/",
        "someone else has changed it meanwhile",
    ]);
    assert_eq!(refused.code, 1, "the run has written something: {refused}");
    assert_eq!(sandbox.world()["writes"], writes);
    assert_eq!(writes.as_array().map(Vec::len), Some(2), "our image and their deployment: {writes}");
}

#[test]
fn a_lost_network_ends_the_run_and_it_goes_on_when_it_is_back() {
    let sandbox = Sandbox::of_the_release(SPEED, "");
    that_takes_its_time(&sandbox);
    let way = Way::to(sandbox.at("/endpoint").strip_prefix("http://").expect("http"));
    let through = |args: &[&str]| {
        let mut command = sandbox.gantry_command(args);
        command.env("AWS_ENDPOINT_URL", format!("http://{}", way.address));
        command
    };
    let running = Running::start(through(&RELEASE)).after("s  pushed\n");
    way.is_open(false);
    let lost = running.ends();
    lost.exits(1).prints_nothing().says(["no answer from", "written before it ended", "pushed image"]);
    assert_eq!(standings(&sandbox), ["stopped"]);
    // it is still away
    let still = Ended::of(through(&["resume"]).output().expect("gantry starts"));
    still.prints_nothing();
    assert!([1, 3].contains(&still.code), "{still}");
    assert_eq!(sandbox.world()["writes"].as_array().map(Vec::len), Some(1), "the image");
    way.is_open(true);
    let ended = Ended::of(through(&["resume"]).output().expect("gantry starts"));
    ended.exits(0).says(["(before) pushed", "web:7 → web:8", "prod/web is drained: only web:8"]);
    is_released(&sandbox);
}
