//! What load balancers and task protection tell of a rollout that does not get on.

use jiff::Timestamp;
use serde_json::Value;

use super::diagnosis::{Finding, plainly};
use super::read::{list, number, text};

/// The tasks of before that their protection keeps from ending, as `GetTaskProtection` tells them.
pub fn protections(answer: &Value) -> Option<Finding> {
    let protected: Vec<&Value> = list(answer, "protectedTasks")
        .filter(|one| one.get("protectionEnabled").and_then(Value::as_bool) == Some(true))
        .collect();
    let last = protected
        .iter()
        .filter_map(|one| number(one, "expirationDate"))
        .fold(None, |last: Option<f64>, at| Some(last.map_or(at, |last| last.max(at))));
    let until = last.and_then(clock).map(|at| format!(" until {at}")).unwrap_or_default();
    let id = |one: &&Value| text(one, "taskArn").map(|arn| arn.rsplit('/').next().unwrap_or(&arn).to_owned());
    let tasks: Vec<String> = protected.iter().filter_map(id).collect();
    if tasks.is_empty() {
        return None;
    }
    let hint = "wait for longer than that, or end the protection with `aws ecs update-task-protection \
                --no-protection-enabled`";
    let cause = format!("protected from being ended{until}");
    Some(Finding { count: tasks.len(), tasks, hint: Some(hint.to_owned()), ..plainly(cause) })
}

/// The targets of a group that are not well, as `DescribeTargetHealth` tells them; how many drain is one finding.
pub fn targets(group: &str, answer: &Value) -> Vec<Finding> {
    let group = group.rsplit(":targetgroup/").next().and_then(|rest| rest.split('/').next()).unwrap_or(group);
    let mut found: Vec<Finding> = Vec::new();
    let mut draining = 0_usize;
    for one in list(answer, "TargetHealthDescriptions") {
        let part = |pointer: &str| one.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        match part("/TargetHealth/State") {
            "draining" => draining += 1,
            "unhealthy" | "unavailable" => {
                let why = [part("/TargetHealth/Description"), part("/TargetHealth/Reason")];
                let why: Vec<&str> = why.into_iter().filter(|text| !text.is_empty()).collect();
                let cause = format!("a target is unhealthy in (target-group {group}): {}", why.join(", "));
                match found.iter_mut().find(|known| known.cause == cause) {
                    Some(known) => known.count += 1,
                    None => found.push(plainly(cause)),
                }
            }
            _ => {}
        }
    }
    if draining > 0 {
        found.push(plainly(format!("{draining} targets drain in (target-group {group})")));
    }
    found
}

/// An instant of AWS, in seconds since 1970, as people say it.
#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit for a long while")]
fn clock(seconds: f64) -> Option<String> {
    let at = Timestamp::from_second(seconds as i64).ok()?;
    Some(at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::{protections, targets};
    use serde_json::json;

    #[test]
    fn the_last_protection_to_expire_is_told() {
        let one = |id: &str, enabled: bool, at: f64| {
            let arn = format!("arn:aws:ecs:eu-west-1:1:task/prod/{id}");
            json!({ "taskArn": arn, "protectionEnabled": enabled, "expirationDate": at })
        };
        let answer = json!({ "protectedTasks": [
            one("a", true, 1_795_107_600.5), one("b", true, 1_795_108_500.0), one("c", false, 1_795_200_000.0),
        ], "failures": [] });
        let found = protections(&answer).expect("two are protected");
        assert_eq!(found.to_string(), "task a and 1 more: protected from being ended until 2026-11-19 17:15 UTC");
        assert_eq!(protections(&json!({ "protectedTasks": [one("c", false, 0.0)] })), None);
        assert_eq!(protections(&json!({})), None);
    }

    #[test]
    fn targets_that_are_not_well_are_told_with_their_reason() {
        let target = |state: &str| {
            json!({ "Target": { "Id": "10.0.0.1" }, "TargetHealth": { "State": state,
                "Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [502]" } })
        };
        let states = ["unhealthy", "unhealthy", "healthy", "draining", "initial"].map(target);
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0123";
        let told: Vec<String> =
            targets(arn, &json!({ "TargetHealthDescriptions": states })).iter().map(ToString::to_string).collect();
        let unhealthy = "a target is unhealthy in (target-group web): Health checks failed with these codes: [502], \
                         Target.ResponseCodeMismatch (2 times)";
        assert_eq!(told, [unhealthy, "1 targets drain in (target-group web)"]);
        // the query protocol tells an empty list as an empty text
        assert_eq!(targets(arn, &json!({ "TargetHealthDescriptions": "" })), []);
    }
}
