//! The ways in which a release can end, each rehearsed: one verdict, one exit status, one diagnosis and one state that the
//! world is left in.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

#[path = "ends/failing.rs"]
mod failing;
#[path = "ends/left.rs"]
mod left;
#[path = "ends/others.rs"]
mod others;
#[path = "ends/row.rs"]
mod row;
#[path = "ends/succeeding.rs"]
mod succeeding;
mod support;

use row::Ending;
use std::collections::BTreeSet;

/// So many at least are told apart.
const WAYS: usize = 24;

fn all() -> Vec<Ending> {
    [succeeding::endings(), failing::endings(), others::endings()].into_iter().flatten().collect()
}

#[test]
fn every_ending_has_its_verdict_its_status_its_diagnosis_and_what_it_leaves_behind() {
    let endings = all();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let half = endings.len().div_ceil(2);
        let crowd: Vec<_> = endings
            .chunks(half)
            .map(|some| scope.spawn(|| some.iter().filter_map(Ending::mistake).collect::<Vec<_>>()))
            .collect();
        crowd.into_iter().flat_map(|one| one.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{} of {} endings are not as told:\n{}", wrong.len(), endings.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough_of_them_and_only_those_that_claim_success_exit_with_0() {
    let endings = all();
    let names: BTreeSet<&str> = endings.iter().map(Ending::name).collect();
    assert_eq!(names.len(), endings.len(), "two endings have one name");
    assert!(names.len() >= WAYS, "{} are fewer than {WAYS}", names.len());
    for ending in &endings {
        assert_eq!(ending.exit == 0, ending.verdict == "done", "{}", ending.name());
    }
    let told = row::told();
    let kept: BTreeSet<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(kept, names, "tests/ends has other diagnoses than there are endings");
}
