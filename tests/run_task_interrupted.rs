//! One-off tasks and the end of a run: wherever it dies or is told to stop, the task is run exactly once, and becomes
//! what was said.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use support::checkout;
use support::project::Project;
use support::sittings::{Death, Interruption, MOMENTS, Moment, Sittings, WHENS};

const MIGRATION: &str = r#"
    let web = ecs::service(aws::session("prod"), "prod", "web");
    ecs::run_task(#{ like: web, command: #{ app: ["bin/migrate"] } });
"#;

/// Stopped with the run.
const BOUND: &str = r#"
    let web = ecs::service(aws::session("prod"), "prod", "web");
    ecs::run_task(#{ like: web, command: #{ app: ["bin/migrate"] }, on_interrupt: "stop" });
"#;

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

fn sittings(script: &str, more: &str) -> Sittings {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let tasks = "\n[[tasks]]\ncommand = \"bin/migrate\"\nruns = \"3m\"\nlogs = [\"migrating\"]\n";
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ").replace("{ size = \"20MB\" }, ", "") + tasks + more;
    let project =
        Arc::new(Project::with_the_release().file("scripts/s.rhai", script).file("scripts/s.world.toml", world));
    let world = project.root.join("scripts/s.world.toml");
    Sittings::of(project, "scripts/s.rhai", &world)
}

/// The tasks that were started by themselves, with how each ended.
fn tasks(world: &Value) -> &[Value] {
    world["ecs"][0]["clusters"][0]["tasks"].as_array().map_or(&[], Vec::as_slice)
}

/// The world without what is asked for again and answered with what was made before.
fn settled(mut world: Value) -> Value {
    let writes = world["writes"].as_array_mut().expect("writes");
    writes.dedup();
    world
}

#[test]
fn wherever_it_dies_the_task_is_run_once_and_the_resume_ends_in_the_same_world() {
    let (expected, calls) = on_a_paused_clock(async {
        let sittings = sittings(MIGRATION, "");
        let sitting = sittings.sit(None).await;
        assert!(sitting.result.is_ok() && sittings.is_done(), "{:?}", sitting.result);
        (sittings.world(), sitting.made)
    });
    assert_eq!(tasks(&expected).len(), 1, "{expected:#}");
    assert!(calls >= 5, "{calls} calls are fewer than it makes");
    for call in 1..=calls {
        for moment in MOMENTS {
            let death = Death { call, moment };
            on_a_paused_clock(async {
                let sittings = sittings(MIGRATION, "");
                assert!(sittings.sit(Some(death)).await.died, "{death:?} did not happen");
                let second = sittings.sit(None).await;
                assert!(second.result.is_ok() && sittings.is_done(), "{death:?}: {:?}", second.result);
                assert_eq!(settled(sittings.world()), settled(expected.clone()), "{death:?}");
            });
        }
    }
}

/// What a sitting comes to that dies when the task has been asked for, and is gone on with later.
fn found_after(pause: Duration) -> (Value, Result<(), String>) {
    on_a_paused_clock(async {
        for call in 1.. {
            let sittings = sittings(MIGRATION, "");
            let died = sittings.sit(Some(Death { call, moment: Moment::BeforeTheReply })).await.died;
            assert!(died, "the task is run by no call");
            if tasks(&sittings.world()).is_empty() {
                continue;
            }
            tokio::time::sleep(pause).await;
            let second = sittings.sit(None).await.result;
            let second = second.map_err(|failure| failure.fault.map(|fault| fault.code).unwrap_or_default());
            return (sittings.world(), second);
        }
        unreachable!("one call runs it")
    })
}

#[test]
fn a_task_in_doubt_is_found_while_it_runs_and_after_and_is_not_guessed_at_when_it_is_forgotten() {
    for minutes in [1, 30] {
        let (world, result) = found_after(Duration::from_mins(minutes));
        assert_eq!((result, tasks(&world).len()), (Ok(()), 1), "after {minutes} minutes");
    }
    for hours in [2, 48] {
        let (world, result) = found_after(Duration::from_hours(hours));
        assert_eq!(result, Err("TaskForgotten".to_owned()), "after {hours} hours");
        let runs = world["writes"].as_array().expect("writes").iter().filter(|one| one["operation"] == "ecs:RunTask");
        assert_eq!(runs.count(), 1, "it is not run twice: {world:#}");
    }
}

#[test]
fn a_lost_answer_is_looked_for() {
    for lost in ["lost_after", "lost_before"] {
        let fault = format!("\n[[faults]]\non = \"ecs:RunTask\"\nthen = \"{lost}\"\n");
        on_a_paused_clock(async {
            let sittings = sittings(MIGRATION, &fault);
            let sitting = sittings.sit(None).await;
            assert!(sitting.result.is_ok() && sittings.is_done(), "{lost}: {:?}", sitting.result);
            assert_eq!(tasks(&sittings.world()).len(), 1, "{lost}");
        });
    }
}

#[test]
fn a_task_that_is_left_goes_on_and_so_does_the_run() {
    for call in 1..=5 {
        for when in WHENS {
            let interruption = Interruption { call, when };
            on_a_paused_clock(async {
                let sittings = sittings(MIGRATION, "");
                let first = sittings.interrupted(interruption).await;
                assert!(!sittings.has_failed(), "{interruption:?}");
                if first.result.is_err() {
                    let second = sittings.sit(None).await;
                    assert!(second.result.is_ok() && sittings.is_done(), "{interruption:?}: {:?}", second.result);
                }
                let world = sittings.world();
                assert_eq!(tasks(&world).len(), 1, "{interruption:?}");
                assert_eq!(tasks(&world)[0]["exitCodes"]["app"], 0, "{interruption:?}: {world:#}");
            });
        }
    }
}

#[test]
fn a_task_that_is_bound_to_the_run_is_stopped_with_it() {
    let mut stopped = 0;
    for call in 1..=5 {
        for when in WHENS {
            let interruption = Interruption { call, when };
            on_a_paused_clock(async {
                let sittings = sittings(BOUND, "");
                let first = sittings.interrupted(interruption).await;
                let asked = sittings.world()["writes"].to_string().contains("ecs:StopTask");
                assert_eq!(asked, sittings.has_failed(), "{interruption:?}");
                stopped += usize::from(asked);
                tokio::time::sleep(Duration::from_mins(5)).await;
                let world = sittings.world();
                let ended: Vec<_> = tasks(&world).iter().map(|task| task["stopCode"].as_str().expect("why")).collect();
                let expected = if asked { "UserInitiated" } else { "EssentialContainerExited" };
                assert!(ended.iter().all(|code| *code == expected), "{interruption:?}: {world:#}");
                assert!(asked || first.result.is_ok() || ended.is_empty(), "{interruption:?}: it outlived the run");
            });
        }
    }
    assert!(stopped >= 3, "only {stopped} interruptions met a task");
}
