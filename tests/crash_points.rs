//! The process dies at every call of the nightly release, at each of four moments; each resume ends in exactly the world
//! that an uninterrupted run makes, and a third sitting has nothing to do.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use std::sync::Arc;
use support::checkout;
use support::project::Project;
use support::sittings::{Death, MOMENTS, Sittings};

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

fn release() -> Sittings {
    let world = checkout().join("scripts/release.world.toml");
    Sittings::of(Arc::new(Project::with_the_release()), "scripts/release.rhai", &world)
}

#[test]
fn wherever_the_process_dies_the_resume_ends_in_the_same_world() {
    let (expected, calls) = on_a_paused_clock(async {
        let sittings = release();
        let sitting = sittings.sit(None).await;
        assert!(sitting.result.is_ok() && !sitting.died && sittings.is_done());
        (sittings.world(), sitting.made)
    });
    assert!(calls >= 12, "{calls} calls are fewer than the release makes");
    for call in 1..=calls {
        for moment in MOMENTS {
            let death = Death { call, moment };
            let world = on_a_paused_clock(async {
                let sittings = release();
                let first = sittings.sit(Some(death)).await;
                assert!(first.died, "{death:?} did not happen");
                assert!(!sittings.is_done());
                let second = sittings.sit(None).await;
                assert!(second.result.is_ok(), "{death:?}: {:?}", second.result);
                assert!(sittings.is_done(), "{death:?}");
                sittings.world()
            });
            assert_eq!(world, expected, "{death:?}");
        }
    }
}

#[test]
fn a_process_that_dies_again_and_again_gets_there_too() {
    let expected = on_a_paused_clock(async {
        let sittings = release();
        sittings.sit(None).await;
        sittings.world()
    });
    for moment in MOMENTS {
        let world = on_a_paused_clock(async {
            let sittings = release();
            // a sitting asks again who its sessions are and what the run stands on: it must live a little longer than that
            for round in 1.. {
                let sitting = sittings.sit(Some(Death { call: 10, moment })).await;
                if sitting.result.is_ok() && !sitting.died {
                    break;
                }
                assert!(round < 40, "{moment:?} does not get anywhere");
                if sittings.is_done() {
                    break;
                }
            }
            sittings.world()
        });
        assert_eq!(world, expected, "{moment:?}");
    }
}
