//! Where a deployment will pause, as its service's configuration tells before it begins.

use super::read::{list, number, text};
use super::target::Until;
use serde_json::Value;

/// The stages that a PAUSE hook may stand at, in a deployment's order. `RECONCILE_SERVICE` is not among them: only a
/// service with several revisions has it.
const STAGES: [&str; 5] = [
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
];

/// A deployment of more steps than this is not foreseen to its end.
const STEPS: u32 = 1000;

/// A place at which a deployment will stand until somebody answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// The stage, in ECS's words.
    pub stage: String,
    /// The new revision's share of the production traffic by then, in percent.
    pub traffic: f64,
    /// Its share of the test traffic by then, in percent.
    pub test_traffic: f64,
}

/// The pauses of a deployment with this `deploymentConfiguration` on its way to `until`, in order: one for each PAUSE hook
/// of a stage. Before each shift of traffic of a linear or canary deployment there is one more visit of
/// `PRE_PRODUCTION_TRAFFIC_SHIFT`. A rolling deployment has no stages.
pub fn pauses(configuration: &Value, until: Until) -> Vec<Foreseen> {
    let shifts = match text(configuration, "strategy").as_deref() {
        Some("BLUE_GREEN") => vec![0.0],
        Some("CANARY") => {
            let canary = configuration.get("canaryConfiguration").unwrap_or(&Value::Null);
            vec![0.0, number(canary, "canaryPercent").unwrap_or(5.0)]
        }
        Some("LINEAR") => steps(configuration),
        _ => return Vec::new(),
    };
    let hooks: Vec<Vec<&str>> = list(configuration, "lifecycleHooks")
        .filter(|hook| text(hook, "targetType").as_deref() == Some("PAUSE"))
        .map(|hook| list(hook, "lifecycleStages").filter_map(Value::as_str).collect())
        .collect();
    let mut found = Vec::new();
    for stage in STAGES {
        let visits = match stage {
            "PRE_PRODUCTION_TRAFFIC_SHIFT" => shifts.clone(),
            "POST_PRODUCTION_TRAFFIC_SHIFT" if until <= Until::Traffic => break,
            "POST_PRODUCTION_TRAFFIC_SHIFT" => vec![100.0],
            _ => vec![0.0],
        };
        let test_traffic = if stage.ends_with("SCALE_UP") { 0.0 } else { 100.0 };
        for traffic in visits {
            let here = || Foreseen { stage: stage.to_owned(), traffic, test_traffic };
            found.extend(hooks.iter().filter(|stages| stages.contains(&stage)).map(|_| here()));
        }
    }
    found
}

/// What has been shifted before each shift of a linear deployment; a tenth of the traffic each where nothing is said.
fn steps(configuration: &Value) -> Vec<f64> {
    let linear = configuration.get("linearConfiguration").unwrap_or(&Value::Null);
    let percent = number(linear, "stepPercent").filter(|percent| *percent > 0.0).unwrap_or(10.0);
    // steps are multiples of a tenth of a percent, which a double does not add up exactly
    let shifted = (0..STEPS).map(|step| (f64::from(step) * percent * 10.0).round() / 10.0);
    shifted.take_while(|shifted| *shifted < 99.95).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_pauses_at_each_visit_of_the_stages_that_its_hooks_name() {
        let (post, pre, after) = ("POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT");
        let with = |strategy: &str, hooks: &[(&str, &[&str])], until| {
            let hooks: Vec<_> =
                hooks.iter().map(|(kind, stages)| json!({ "targetType": kind, "lifecycleStages": stages })).collect();
            let configuration = json!({
                "strategy": strategy,
                "lifecycleHooks": hooks,
                "linearConfiguration": { "stepPercent": 30.0 },
                "canaryConfiguration": { "canaryPercent": 20.0 },
            });
            let found = pauses(&configuration, until);
            found.iter().map(|one| format!("{} {} {}", one.stage, one.traffic, one.test_traffic)).collect::<Vec<_>>()
        };
        let both: &[(&str, &[&str])] = &[("PAUSE", &[after, post])];
        let up = format!("{post} 0 0");
        let at = |percent: u32| format!("{pre} {percent} 100");
        let table = [
            (with("BLUE_GREEN", both, Until::Deployed), vec![up.clone(), format!("{after} 100 100")]),
            (with("BLUE_GREEN", both, Until::Traffic), vec![up.clone()]),
            (with("BLUE_GREEN", &[("AWS_LAMBDA", &[post])], Until::Deployed), vec![]),
            (
                with("BLUE_GREEN", &[("PAUSE", &[post]), ("PAUSE", &[post])], Until::Deployed),
                vec![up.clone(), up.clone()],
            ),
            (with("CANARY", &[("PAUSE", &[pre])], Until::Drained), vec![at(0), at(20)]),
            (with("LINEAR", &[("PAUSE", &[pre, post])], Until::Drained), vec![up, at(0), at(30), at(60), at(90)]),
            (with("ROLLING", both, Until::Deployed), vec![]),
        ];
        for (found, expected) in table {
            assert_eq!(found, expected);
        }
        assert_eq!(pauses(&json!({}), Until::Deployed), vec![]);
        let tenths =
            json!({ "strategy": "LINEAR", "lifecycleHooks": [{ "targetType": "PAUSE", "lifecycleStages": [pre] }] });
        assert_eq!(pauses(&tenths, Until::Drained).len(), 10, "ECS shifts a tenth at a time where nothing is said");
    }
}
