//! Blue/green, linear and canary: stages, traffic, hooks, and the way back.

use std::time::Duration;

use super::super::lifecycle::{Lifecycle, shifts};
use super::super::*;
use super::*;

/// New tasks run; the functions of hooks end as a story says.
struct Functions(HookEnd);

impl Surroundings for Functions {
    fn start(&self, _: &Place, _: &str, image: &str) -> Result<Started, String> {
        Ok(Started { digest: image.to_owned(), fate: Fate::Runs })
    }

    fn hook(&self, _: &Place, _: &str, _: &str) -> HookEnd {
        self.0
    }
}

fn rules(strategy: Strategy, bake: u64, hooks: Vec<Hook>) -> Rules {
    Rules { strategy, bake: Duration::from_secs(bake), hooks, ..Rules::default() }
}

fn hook(function: Option<&str>, point: HookPoint, on_timeout: TimeoutAction) -> Hook {
    let function = function.map(str::to_owned);
    Hook { function, points: vec![point], timeout: Duration::from_mins(1), on_timeout }
}

/// Second, status, stage, production weight, tasks of the new and the old image, whenever one of them changes.
fn story(web: &mut Service, world: &dyn Surroundings, from: u64, to: u64) -> Vec<String> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for second in from..=to {
        web.advance(start().after(Duration::from_secs(second)), world);
        let current = web.current().expect("a service deployment");
        let running = |image: &str| {
            web.tasks.values().filter(|task| task.is_running() && task.revision.arn == format!("web:{image}")).count()
        };
        let stage = current.stage.map_or("-", Lifecycle::name);
        let weight = current.weights.map_or(0.0, |(_, production)| production);
        let line = format!("{} {stage} {weight}% {}+{}", current.status.name(), running("new"), running("old"));
        if lines.last().is_none_or(|(_, last)| *last != line) {
            lines.push((second, line));
        }
    }
    lines.into_iter().map(|(second, line)| format!("{second} {line}")).collect()
}

fn begun(rules: Rules) -> Service {
    let mut web = service(2, rules, false);
    web.deploy(revision("new"), start());
    web
}

#[test]
fn blue_green_goes_through_its_stages_and_then_cleans_up() {
    let mut web = begun(rules(Strategy::BlueGreen, 60, Vec::new()));
    assert_eq!(
        story(&mut web, &Functions(HookEnd::Hangs), 0, 300),
        [
            "0 PENDING - 0% 0+2",
            "1 IN_PROGRESS SCALE_UP 0% 0+2",
            "12 IN_PROGRESS SCALE_UP 0% 2+2",
            "22 IN_PROGRESS TEST_TRAFFIC_SHIFT 0% 2+2",
            "27 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 0% 2+2",
            "32 IN_PROGRESS BAKE_TIME 100% 2+2",
            "92 IN_PROGRESS CLEAN_UP 100% 2+0",
            "102 SUCCESSFUL CLEAN_UP 100% 2+0",
        ]
    );
    assert_eq!(web.deployments.len(), 1);
    assert_eq!(web.primary().map(|primary| primary.rollout.name()), Some("COMPLETED"));
}

#[test]
fn traffic_moves_in_the_steps_of_its_strategy() {
    let weights = |strategy| {
        let mut weights: Vec<f64> = shifts(strategy).into_iter().map(|(weight, _)| weight).collect();
        weights.reverse();
        weights
    };
    let bake = Duration::from_mins(1);
    assert_eq!(weights(Strategy::Rolling), Vec::<f64>::new());
    assert_eq!(weights(Strategy::BlueGreen), [100.0]);
    assert_eq!(weights(Strategy::Linear { step: 40.0, bake }), [40.0, 80.0, 100.0]);
    assert_eq!(weights(Strategy::Linear { step: 33.3, bake }), [33.3, 66.6, 99.9, 100.0]);
    assert_eq!(weights(Strategy::Linear { step: 100.0, bake }), [100.0]);
    assert_eq!(weights(Strategy::Canary { percent: 5.0, bake }), [5.0, 100.0]);

    let mut web = begun(rules(Strategy::Canary { percent: 10.0, bake }, 0, Vec::new()));
    let lines = story(&mut web, &Functions(HookEnd::Hangs), 0, 300);
    assert_eq!(
        lines[5..],
        [
            "32 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 10% 2+2",
            "97 IN_PROGRESS CLEAN_UP 100% 2+0",
            "107 SUCCESSFUL CLEAN_UP 100% 2+0",
        ]
    );
}

#[test]
fn a_function_that_fails_or_hangs_rolls_back_and_the_old_tasks_never_stopped() {
    let at = HookPoint::PostScaleUp;
    let table = [
        (HookEnd::Fails(Duration::from_secs(3)), TimeoutAction::Rollback, "25 ROLLBACK_REQUESTED POST_SCALE_UP 0% 0+2"),
        (HookEnd::Hangs, TimeoutAction::Rollback, "82 ROLLBACK_REQUESTED POST_SCALE_UP 0% 0+2"),
    ];
    for (end, on_timeout, expected) in table {
        let mut web = begun(rules(Strategy::BlueGreen, 0, vec![hook(Some("arn:check"), at, on_timeout)]));
        let before = web.deployments.last().expect("the old one").id.clone();
        let lines = story(&mut web, &Functions(end), 0, 300);
        assert!(lines.contains(&expected.to_owned()), "{lines:#?}");
        assert!(lines.iter().all(|line| line.ends_with("+2")), "{lines:#?}");
        assert!(lines.last().is_some_and(|line| line.contains("ROLLBACK_SUCCESSFUL")), "{lines:#?}");
        let current = web.current().expect("a service deployment");
        assert_eq!(current.cause.map(Cause::name), Some("hook"));
        assert_eq!(web.primary().map(|primary| &primary.id), Some(&before), "it was taken back as it was");
    }
    let hooks = vec![hook(Some("arn:check"), at, TimeoutAction::Continue)];
    let mut web = begun(rules(Strategy::BlueGreen, 0, hooks));
    let lines = story(&mut web, &Functions(HookEnd::Hangs), 0, 300);
    assert!(lines.last().is_some_and(|line| line.contains(" SUCCESSFUL")), "{lines:#?}");
    assert_eq!(web.current().map(|current| current.hooks[0].status.name()), Some("TIMED_OUT"));
}

#[test]
fn a_pause_waits_for_a_person() {
    for (action, end) in [(TimeoutAction::Continue, "SUCCESSFUL"), (TimeoutAction::Rollback, "ROLLBACK_SUCCESSFUL")] {
        let pause = hook(None, HookPoint::PostTestTrafficShift, TimeoutAction::Rollback);
        let mut web = begun(rules(Strategy::BlueGreen, 0, vec![pause]));
        let world = Functions(HookEnd::Hangs);
        let lines = story(&mut web, &world, 0, 50);
        assert_eq!(lines.last().map(String::as_str), Some("27 IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0% 2+2"), "it waits");
        let current = web.current().expect("a service deployment").clone();
        let (id, run) = (current.id.as_str(), &current.hooks[0]);
        assert_eq!((run.status.name(), run.function.as_ref()), ("AWAITING_ACTION", None));
        assert_eq!(run.expires, start().after(Duration::from_secs(27 + 60)));
        let now = start().after(Duration::from_secs(50));
        assert!(!web.answer_pause(id, "another", action, now));
        assert!(web.answer_pause(id, &run.id, action, now));
        assert!(!web.answer_pause(id, &run.id, action, now), "once");
        let lines = story(&mut web, &world, 50, 300);
        assert!(lines.last().is_some_and(|line| line.contains(&format!(" {end} "))), "{lines:#?}");
    }
}
