//! What holds for every observation.

use proptest::prelude::*;

use super::super::{Deployment, Observation, Policy, RolloutState, Snapshot, Task, Until, Verdict, diagnosis, judge};
use super::{NOW, OURS, THEIRS, definition, deployment, seen, target, task};

fn deployments() -> impl Strategy<Value = Deployment> {
    let id = prop_oneof![Just(OURS), Just(THEIRS), Just("ecs-svc/3"), Just("")];
    let status = prop_oneof![3 => Just("PRIMARY"), 1 => Just("ACTIVE"), 1 => Just("")];
    let state = prop_oneof![
        Just(None),
        Just(Some(RolloutState::InProgress)),
        Just(Some(RolloutState::Completed)),
        Just(Some(RolloutState::Failed)),
    ];
    (id, status, state, 7..=9_u64, (0..3_u64, 0..3_u64, 0..3_u64), 0..5_u64).prop_map(
        |(id, status, state, revision, counts, failed)| Deployment {
            failed,
            ..deployment(id, status, state, revision, counts)
        },
    )
}

fn tasks() -> impl Strategy<Value = Task> {
    let by = prop_oneof![Just(OURS), Just(THEIRS)];
    let last = prop_oneof![Just("RUNNING"), Just("DEACTIVATING"), Just("STOPPED")];
    let code = prop_oneof![Just(None), Just(Some("TaskFailedToStart")), Just(Some("UserInitiated"))];
    (by, last, code)
        .prop_map(|(by, last, code)| Task { stop_code: code.map(str::to_owned), ..task("t", by, last, "STOPPED") })
}

fn observations() -> impl Strategy<Value = Observation> {
    let lists = (proptest::collection::vec(deployments(), 0..4), proptest::collection::vec(tasks(), 0..6));
    (lists, any::<bool>())
        .prop_map(|((deployments, tasks), breaker)| Observation { breaker, ..seen(deployments, tasks) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(4096)))]

    #[test]
    fn a_success_is_always_of_our_own_deployment(seen in observations()) {
        for until in [Until::Traffic, Until::Deployed, Until::Drained] {
            if let Verdict::Done { reached } = judge(&seen, &target(until), Policy::default(), NOW) {
                prop_assert_eq!(reached, until);
                let primary = seen.primary().map(|primary| (primary.id.as_str(), primary.task_definition.clone()));
                prop_assert_eq!(primary, Some((OURS, definition(8))));
                prop_assert!(until < Until::Drained || seen.others_left(OURS).next().is_none());
            }
        }
    }

    #[test]
    fn a_farther_point_includes_the_nearer_ones(seen in observations()) {
        let done = |until| matches!(judge(&seen, &target(until), Policy::default(), NOW), Verdict::Done { .. });
        prop_assert!(!done(Until::Drained) || done(Until::Deployed));
        prop_assert!(!done(Until::Deployed) || done(Until::Traffic));
    }

    #[test]
    fn whatever_was_seen_can_be_explained_and_shown(seen in observations(), message in any::<String>()) {
        let mut seen = seen;
        for task in &mut seen.tasks {
            task.stopped_reason = Some(message.clone());
        }
        for finding in diagnosis(&seen, &target(Until::Deployed)) {
            prop_assert_eq!(finding.count, finding.tasks.len());
        }
        prop_assert!(Snapshot::of(&seen, &target(Until::Deployed)).to_string().starts_with("web:8: "));
    }
}
