//! The clock stands while a script computes, and runs ahead while a call of it sleeps.

use super::*;
use std::time::Duration;

const SCRIPT: &str = "
    fn work(n) { let x = 0; for i in 0..n { x += i; } x }
    let before = work(20000);
    time::sleep(\"10m\");
    before + work(20000)
";

#[test]
fn a_script_sleeps_ten_simulated_minutes_and_computes_in_none() {
    let stage = stage(SCRIPT);
    let (value, elapsed) = on_paused_clock(async {
        let start = tokio::time::Instant::now();
        let value = stage.try_run().await.unwrap();
        (value, start.elapsed())
    });
    assert_eq!(value.as_int(), Ok(399_980_000));
    assert_eq!(elapsed, Duration::from_mins(10), "the clock moved only while the call slept");
    assert_eq!(stage.calls(), [Call::Host(HostCall::Pause { millis: 600_000 })]);
}

#[test]
fn a_timer_of_another_task_does_not_fire_while_a_script_computes() {
    let stage = stage("let x = 0; for i in 0..50000 { x += 1; } time::sleep(\"1s\"); x");
    let (fired, elapsed) = on_paused_clock(async {
        let start = tokio::time::Instant::now();
        let timer = tokio::spawn(async {
            tokio::time::sleep(Duration::from_millis(999)).await;
        });
        let value = stage.try_run().await.unwrap();
        assert_eq!(value.as_int(), Ok(50000));
        (timer.is_finished(), start.elapsed())
    });
    assert!(fired, "it fires within the script's own sleep");
    assert_eq!(elapsed, Duration::from_secs(1));
}

#[test]
fn the_same_script_runs_on_many_threads_and_on_the_real_clock() {
    let stage = stage("let a = env::get(\"HOME\"); time::sleep(\"2ms\"); a");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let value = runtime.block_on(stage.try_run()).unwrap();
    assert_eq!(value.into_string().unwrap(), "/root");
    assert_eq!(stage.calls().len(), 2);
}

#[test]
fn two_scripts_share_one_paused_clock() {
    let (short, long) = (stage("time::sleep(\"1s\"); 1"), stage("time::sleep(\"3s\"); 2"));
    let elapsed = on_paused_clock(async {
        let start = tokio::time::Instant::now();
        let (a, b) = tokio::join!(short.try_run(), long.try_run());
        assert_eq!((a.unwrap().as_int(), b.unwrap().as_int()), (Ok(1), Ok(2)));
        start.elapsed()
    });
    assert_eq!(elapsed, Duration::from_secs(3));
}
